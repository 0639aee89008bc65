/** Whom units belong to: the judge knows them by their keys. */
import type { QueryContext } from '../context.js';
import { printEventRows } from '../event-rows.js';
import { createParams, fillSql, print } from '../printed.js';
import { runStatement } from '../run.js';
import type { FunnelPlan } from './plan.js';

export interface UnitName {
  readonly key: string;
  readonly user_id: string;
  /** For sessions; empty where the client sent none. */
  readonly session_id?: string;
}

/** Names in the order of the keys. @param keys decimal digits; some thousand at most */
export async function nameUnits(
  context: QueryContext,
  plan: FunnelPlan,
  keys: readonly string[],
): Promise<UnitName[]> {
  if (keys.length === 0) return [];
  const params = createParams();
  const rows = printEventRows(
    {
      unit: plan.unit,
      scope: context,
      range: { fromMs: plan.range.fromMs, toMs: plan.untilMs },
      originMs: plan.range.fromMs,
      columns: [
        { name: print`who`, expression: print`person` },
        { name: print`session`, expression: print`session_id` },
      ],
      events: print`1`,
    },
    params,
  );
  const sql = fillSql('clickhouse/funnel-unit-names.sql', { rows, keys: params.bind('Array(String)', keys) });
  const answer = await runStatement<{ unit_key: string; person: string; session: string }>(context, {
    sql,
    params: params.values,
  });
  const found = new Map(answer.rows.map((row) => [row.unit_key, row]));
  return keys.flatMap((key) => {
    const row = found.get(key);
    if (!row) return [];
    return [{ key, user_id: row.person, ...(plan.unit !== 'person' && { session_id: row.session }) }];
  });
}
