/** The statement that reads one person's events as a funnel sees them, over all time: what lies outside the range explains too. */
import { printEventRows, type RowColumn } from '../event-rows.js';
import { type EventScope, printPerson } from '../people.js';
import { createParams, fillSql, print } from '../printed.js';
import type { Statement } from '../run.js';
import { MAX_INSTANT_MS, MIN_INSTANT_MS } from '../time/instant.js';
import type { FunnelPlan } from './plan.js';
import { printClass, printHeldKey } from './print.js';

const ALL_TIME = { fromMs: MIN_INSTANT_MS, toMs: MAX_INSTANT_MS };

export function printUnitEvents(plan: FunnelPlan, scope: EventScope, user: string, limit: number): Statement {
  const params = createParams();
  const { definition, matchers } = plan;
  const asked = printClass({ plan, scope, params });
  if (definition.hold.length > 0)
    asked.push({ name: print`held`, expression: printHeldKey(definition.hold, params) });
  const told: RowColumn[] = [
    { name: print`type_name`, expression: print`toString(event)` },
    { name: print`id`, expression: print`event_id` },
    { name: print`session`, expression: print`session_id` },
  ];
  const names = params.bind(
    'Array(String)',
    matchers.events.map(({ event }) => event),
  );
  const rows = printEventRows(
    {
      unit: plan.unit,
      scope,
      range: ALL_TIME,
      originMs: plan.range.fromMs,
      columns: [...asked, ...told],
      events: definition.order === 'strict' ? print`1` : print`event in ${names}`,
      persons: printPerson(scope, user, params),
    },
    params,
  );
  const sql = fillSql('clickhouse/funnel-unit-events.sql', {
    rows,
    columns: asked.reduce((text, { name }) => print`${text}, ${name}`, print``),
    relevant: definition.order === 'strict' ? print`1` : print`type_name in ${names}`,
    limit: params.bind('UInt32', limit),
  });
  return { sql, params: params.values };
}
