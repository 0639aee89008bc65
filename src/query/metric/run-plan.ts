/** Runs a plan where it costs least, and tells its total from its rows. */
import { LRUCache } from 'lru-cache';
import { EngineError } from '../../errors.js';
import { answerWithoutEvents } from '../../mdl/plan/evaluate.js';
import { holdsTotal, isOneRow, isRanked } from '../../mdl/plan/query.js';
import type { QueryPlan } from '../../mdl/plan/types.js';
import type { QueryContext } from '../context.js';
import { type Answer, refuseOverLimit, runStatement } from '../run.js';
import { estimatePlan } from './row-counts.js';
import { type ChosenSource, chooseSource } from './source.js';
import type { AnsweringRollup } from './sources.js';
import { toStatement } from './statement.js';

export type Value = number | string | null;

export interface ResultRow {
  readonly bucket: number;
  readonly value: Value;
  readonly is_total?: number;
  readonly [group: `g${number}`]: string | null;
}

export interface Result {
  readonly rows: readonly ResultRow[];
  /** The metric over all of them; undefined where the rows do not hold it. */
  readonly total: Value | undefined;
  readonly rowsRead: number;
  readonly source: ChosenSource['name'];
}

export const OTHER = '$other';

/** ClickHouse's code for a table that does not exist. */
const UNKNOWN_TABLE = '60';

/**
 * Whether the groups of a question were within its limit when it was asked last. Then they need not be ranked, which costs as much
 * as grouping them; should they have become too many since, the answer shows it and is asked for again.
 */
const wereFew = new LRUCache<string, boolean>({ max: 2_000 });
const DAY_MS = 86_400_000;

const keyOf = ({ clickhouse }: QueryContext, plan: QueryPlan): string => {
  const { metric, project, dimensions, where, groupLimit, fromMs, toMs } = plan;
  const days = Math.ceil((toMs - fromMs) / DAY_MS);
  const { selections } = metric;
  return JSON.stringify([clickhouse.database, project, selections, dimensions, where, groupLimit, days]);
};

/** Answers a plan from the events or from the cheapest of the rollups. @throws RequestError 422; EngineError */
export async function runPlan(
  context: QueryContext,
  rollups: readonly AnsweringRollup[],
  plan: QueryPlan,
): Promise<Result> {
  try {
    const source = await chooseSource(context, plan, rollups);
    const statement = toStatement(plan, source.rollup, { total: holdsTotal(plan) });
    refuseOverLimit(context, await estimatePlan(context, plan, statement, source.rows));
    return { ...(await runGroups(context, plan, source)), source: source.name };
  } catch (error) {
    // A rollup that was replaced while the question was on its way.
    if (rollups.length > 0 && error instanceof EngineError && error.code === UNKNOWN_TABLE)
      return runPlan(context, [], plan);
    throw error;
  }
}

async function runGroups(
  context: QueryContext,
  plan: QueryPlan,
  { rollup }: ChosenSource,
): Promise<Omit<Result, 'source'>> {
  const total = holdsTotal(plan);
  const run = (few: boolean): Promise<Answer<ResultRow>> =>
    runStatement<ResultRow>(context, toStatement(plan, rollup, { total, few }));
  if (!isRanked(plan)) return splitTotal(plan, await run(false));
  const key = keyOf(context, plan);
  if (wereFew.get(key) === true) {
    const answer = splitTotal(plan, await run(true));
    if (countGroups(plan, answer.rows) <= plan.groupLimit) return answer;
  }
  const answer = splitTotal(plan, await run(false));
  wereFew.set(key, !answer.rows.some((row) => row.g0 === OTHER));
  return answer;
}

const countGroups = (plan: QueryPlan, rows: readonly ResultRow[]): number =>
  new Set(rows.map((row) => plan.dimensions.map((_, i) => row[`g${i}`] ?? null).join('\0'))).size;

/** The rows without that of the total; one row of one group is its own total. */
function splitTotal(plan: QueryPlan, { rows, rowsRead }: Answer<ResultRow>): Omit<Result, 'source'> {
  if (!holdsTotal(plan)) return { rows, rowsRead, total: undefined };
  if (isOneRow(plan)) return { rows, rowsRead, total: rows[0]?.value ?? null };
  const total = rows.find(({ is_total }) => is_total === 1);
  // A formula that aggregates nothing has no row over no events.
  const value = total ? total.value : answerWithoutEvents(plan, plan.fromMs, plan.toMs);
  return { rows: rows.filter((row) => row !== total), rowsRead, total: value };
}
