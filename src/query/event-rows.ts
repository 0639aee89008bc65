/** The rows that trends and funnels aggregate: events of persons, or with the session each belongs to. */
import type { QueryContext } from './context.js';
import { type EventScope, printEvents } from './people.js';
import { createParams, fillSql, type Params, type Printed, print } from './printed.js';
import { LOOK, runStatement } from './run.js';
import type { Range } from './time/buckets.js';
import { printSpan } from './time/span.js';

/**
 * person           by person_key
 * session          by the client's session id; every event of the range has one
 * derived session  some have none: sessions end at gaps, and all events of the range have to be read to see them
 */
export type UnitKind = 'person' | 'session' | 'derived session';

/** A further column: an expression over `events` and the name it goes by. */
export interface RowColumn {
  readonly name: Printed;
  readonly expression: Printed;
}

export interface RowsRequest {
  readonly unit: UnitKind;
  readonly scope: EventScope;
  readonly range: Range;
  /** Offsets are counted from here, epoch ms. */
  readonly originMs: number;
  readonly columns: readonly RowColumn[];
  /** Which events; with derived sessions all are read, and the caller leaves out again those it does not want. */
  readonly events: Printed;
  /** Whose events, when not everybody's. */
  readonly persons?: Printed;
}

const UNITS: Readonly<Record<UnitKind, Printed>> = {
  person: print`person_key as unit`,
  session: print`cityHash64(person_key, session_id) as unit`,
  'derived session': print`person_key, session_id`,
};

/** A statement with the columns unit, offset (ms) and those asked for. */
export function printEventRows(request: RowsRequest, params: Params): Printed {
  const { unit, scope, range, originMs, columns, events, persons = print`1` } = request;
  const derived = unit === 'derived session';
  const rows = fillSql('clickhouse/event-rows.sql', {
    unit: UNITS[unit],
    origin: params.bind('Int64', originMs),
    columns: columns.reduce(
      (text, { name, expression }) => print`${text}, ${expression} as ${name}`,
      print``,
    ),
    project: params.bind('String', scope.project),
    span: printSpan(range, params),
    wanted: derived ? persons : print`${persons} and ${events}`,
    ...printEvents(scope, params),
  });
  if (!derived) return rows;
  const carried = columns.reduce((text, { name }) => print`${text}, ${name}`, print``);
  return fillSql('clickhouse/session-rows.sql', { rows, columns: carried });
}

/** Whether sessions of the range can be read off the events or have to be derived. */
export async function findSessionKind(context: QueryContext, range: Range): Promise<UnitKind> {
  const params = createParams();
  const sql = fillSql('clickhouse/session-gaps.sql', {
    project: params.bind('String', context.project),
    span: printSpan(range, params),
  });
  const { rows } = await runStatement<{ found: number }>(context, {
    sql,
    params: params.values,
    settings: LOOK,
  });
  return Number(rows[0]?.found) === 1 ? 'derived session' : 'session';
}
