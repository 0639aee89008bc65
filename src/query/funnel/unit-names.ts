/** Whom units belong to: the judge knows them by their keys. */
import type { QueryContext } from '../context.js';
import { printEventRows } from '../event-rows.js';
import { readNativeBlocks } from '../native-result.js';
import { createParams, fillSql, print } from '../printed.js';
import { streamBytes } from '../run.js';
import type { FunnelPlan } from './plan.js';

export interface UnitName {
  readonly person: string;
  /** Whether that is a user_id; else it is an anonymous_id. */
  readonly known: boolean;
  readonly session: string;
}

/** Keys that travel with the statement; for more of them every unit's name is read. */
const KEYS_SENT_MAX = 1_000;
/** Units that were not computed whole and are named; by the limit of events there are never many. */
const TRUNCATED_NAMED_MAX = 1_000;
/** Rows of one block: what is decoded at a time, beside other requests. */
const BLOCK_ROWS = 4_096;

function printNames(context: QueryContext, plan: FunnelPlan, keys: readonly bigint[]) {
  const params = createParams();
  const rows = printEventRows(
    {
      unit: plan.unit,
      scope: context,
      range: { fromMs: plan.range.fromMs, toMs: plan.untilMs },
      originMs: plan.range.fromMs,
      columns: [
        { name: print`who`, expression: print`person` },
        { name: print`known`, expression: print`toUInt8(person_key = cityHash64(true, person))` },
        { name: print`session`, expression: print`session_id` },
      ],
      events: print`1`,
    },
    params,
  );
  const few = keys.length <= KEYS_SENT_MAX;
  const wanted = few ? print`toString(unit) in ${params.bind('Array(String)', keys.map(String))}` : print`1`;
  const sql = fillSql('clickhouse/funnel-unit-names.sql', { rows, wanted });
  return { sql, params: params.values, settings: { max_block_size: BLOCK_ROWS } };
}

/** Names in the order of the keys. */
export async function nameUnits(
  context: QueryContext,
  plan: FunnelPlan,
  keys: readonly bigint[],
): Promise<UnitName[]> {
  if (keys.length === 0) return [];
  const wanted = new Set(keys);
  const found = new Map<bigint, UnitName>();
  for await (const { rows, columns } of readNativeBlocks(
    streamBytes(context, printNames(context, plan, keys)),
  )) {
    const [units, persons, sessions, knowns] = columns;
    for (let row = 0; row < rows; row++) {
      const key = (BigInt(units!.words![2 * row + 1]!) << 32n) | BigInt(units!.words![2 * row]!);
      if (wanted.has(key))
        found.set(key, {
          person: String(persons!.values[row]),
          session: String(sessions!.values[row]),
          known: knowns!.values[row] === 1,
        });
    }
  }
  return keys.flatMap((key) => found.get(key) ?? []);
}

/** Units that were not computed whole, by their keys: the person, and for sessions her session id. */
export async function nameTruncated(
  context: QueryContext,
  plan: FunnelPlan,
  keys: readonly string[],
): Promise<string[]> {
  const names = await nameUnits(context, plan, keys.slice(0, TRUNCATED_NAMED_MAX).map(BigInt));
  const isSession = plan.unit !== 'person';
  return names.map(({ person, session }) => (isSession && session ? `${person} ${session}` : person)).sort();
}
