/** What live views read from the tables: everything up to a batch, to count on from there. */
import type { ClickHouse } from '../clickhouse/client.js';
import { openQueryContext, type QueryContext } from '../query/context.js';
import { printEvents } from '../query/people.js';
import { createParams, fillSql, type Params, type Printed, printPath } from '../query/printed.js';
import { runStatement } from '../query/run.js';
import { FUNNEL_EVENTS_MAX, TYPES_MAX } from './limits.js';
import { personKey } from './person-windows.js';

/** Rows of persons that are read at most; the windows sample long before. */
const PERSON_ROWS_MAX = 1_000_000;

/** Events of a project from a time on, stored by batches up to a number. */
export interface LiveRange {
  readonly project: string;
  readonly fromMs: number;
  readonly seq: number;
}

const bindRange = ({ project, fromMs, seq }: LiveRange, params: Params): Record<string, Printed> => ({
  project: params.bind('String', project),
  from: params.bind('Int64', fromMs),
  seq: params.bind('UInt64', seq),
});

async function read<T>(
  context: QueryContext,
  file: string,
  slots: (params: Params) => Parameters<typeof fillSql>[1],
): Promise<readonly T[]> {
  const params = createParams();
  const sql = fillSql(file, slots(params));
  return (await runStatement<T>(context, { sql, params: params.values })).rows;
}

/** Events by type and second. @throws EngineError, RequestError over a limit */
export async function readCounts(
  clickhouse: ClickHouse,
  range: LiveRange,
): Promise<{ event: string; second: number; events: number }[]> {
  const context = await openQueryContext({ clickhouse, project: range.project });
  const rows = await read<{ event: string; second: number; events: number }>(
    context,
    'clickhouse/live-counts.sql',
    (params) => ({ ...bindRange(range, params), types: params.bind('UInt32', TYPES_MAX) }),
  );
  return rows.map(({ event, second, events }) => ({ event, second: Number(second), events: Number(events) }));
}

interface PersonRow {
  own_low: number;
  own_high: number;
  low: number;
  high: number;
  second: number;
}

/** The newest second of each person, and the person each id's events belong to now. `event`: of one type only. */
export async function readPersons(
  clickhouse: ClickHouse,
  range: LiveRange,
  event?: string,
): Promise<{ persons: { own: number; person: number; second: number }[]; isMerged: boolean }> {
  const context = await openQueryContext({ clickhouse, project: range.project });
  const rows = await read<PersonRow>(context, 'clickhouse/live-persons.sql', (params) => ({
    ...printEvents(context, params),
    ...bindRange(range, params),
    event: params.bind('String', event ?? ''),
    max: params.bind('UInt32', PERSON_ROWS_MAX),
  }));
  const persons = rows.map((row) => ({
    own: personKey(Number(row.own_low), Number(row.own_high)),
    person: personKey(Number(row.low), Number(row.high)),
    second: Number(row.second),
  }));
  return { persons, isMerged: context.merged === true };
}

/** A numeric property by second: sum of the values, and how many there are. */
export async function readSums(
  clickhouse: ClickHouse,
  range: LiveRange,
  event: string,
  property: string,
): Promise<{ second: number; sum: number; numbers: number }[]> {
  const context = await openQueryContext({ clickhouse, project: range.project });
  const rows = await read<{ second: number; sum: number; numbers: number }>(
    context,
    'clickhouse/live-sums.sql',
    (params) => ({
      ...bindRange(range, params),
      event: params.bind('String', event),
      value: printPath('properties', [property]),
    }),
  );
  return rows.map((row) => ({
    second: Number(row.second),
    sum: Number(row.sum),
    numbers: Number(row.numbers),
  }));
}

export interface FunnelEvent {
  /** Key of the id's own person, and of the one it counts as. */
  own: number;
  person: number;
  event: string;
  ms: number;
}

/** Events of some types, in no order; more than FUNNEL_EVENTS_MAX mean that there were too many. */
export async function readFunnelEvents(
  clickhouse: ClickHouse,
  range: LiveRange,
  events: readonly string[],
): Promise<FunnelEvent[]> {
  const context = await openQueryContext({ clickhouse, project: range.project });
  const rows = await read<Omit<PersonRow, 'second'> & { event: string; ms: number }>(
    context,
    'clickhouse/live-funnel-events.sql',
    (params) => ({
      ...printEvents(context, params),
      ...bindRange(range, params),
      events_asked: params.bind('Array(String)', events),
      max: params.bind('UInt32', FUNNEL_EVENTS_MAX + 1),
    }),
  );
  return rows.map((row) => ({
    own: personKey(Number(row.own_low), Number(row.own_high)),
    person: personKey(Number(row.low), Number(row.high)),
    event: row.event,
    ms: Number(row.ms),
  }));
}
