/**
 * How many rows a question would read of the events or of a rollup, as the engine expects. Kept for some seconds and for whole
 * days, so that the tiles of a dashboard share one look.
 */
import { LRUCache } from 'lru-cache';
import { loadSql } from '../../clickhouse/sql-file.js';
import { listEventNames } from '../../mdl/plan/query.js';
import type { QueryPlan } from '../../mdl/plan/types.js';
import { hasDays } from '../../mdl/print/days.js';
import { listUserNames } from '../../mdl/print/facts.js';
import type { QueryContext } from '../context.js';
import type { Printed } from '../printed.js';
import { type Estimate, estimateStatement, type Statement } from '../run.js';
import { shareLook } from '../shared-look.js';
import { namesCohort } from './cohorts.js';

const KEPT_MS = 10_000;
/** A number each, and a key of some hundred bytes. */
const KEPT_MAX = 2_000;
const DAY_MS = 86_400_000;

const kept = new LRUCache<string, Promise<number>>({ max: KEPT_MAX, ttl: KEPT_MS });

function count(context: QueryContext, file: string, params: Statement['params']): Promise<number> {
  const key = JSON.stringify([context.clickhouse.database, file, params]);
  return shareLook(kept, key, context, async (unhurried) => {
    const { rows } = await estimateStatement(unhurried, { sql: loadSql(file) as Printed, params });
    return rows;
  });
}

const toWholeDays = (fromMs: number, toMs: number) => ({
  from_ms: Math.floor(fromMs / DAY_MS) * DAY_MS,
  to_ms: Math.ceil(toMs / DAY_MS) * DAY_MS,
});

/** Rows of the events that the plan's scan reads; of whole days, so rather too many. @throws EngineError */
export const countEvents = (context: QueryContext, plan: QueryPlan): Promise<number> =>
  count(context, 'clickhouse/metric-rows-events.sql', {
    project: plan.project,
    events: listEventNames(plan.metric.selections) ?? [],
    ...toWholeDays(plan.scanFromMs, plan.scanToMs),
    dated: Number(hasDays(plan.scanFromMs, plan.scanToMs)),
  });

/** Rows of a rollup's table in the plan's range. @throws EngineError */
export const countRolledUp = (context: QueryContext, plan: QueryPlan, table: string): Promise<number> =>
  count(context, 'clickhouse/metric-rows-rollup.sql', {
    project: plan.project,
    table,
    ...toWholeDays(plan.scanFromMs, plan.toMs),
  });

/** A statement further from the limit than this many times is not estimated by itself as well. */
const FAR = 4;

/** What a plan's statement is expected to read: what was counted of its source, when it reads nothing else. @throws EngineError */
export async function estimatePlan(
  context: QueryContext,
  plan: QueryPlan,
  statement: Statement,
  rows: number,
): Promise<Estimate> {
  const readsMore = plan.merged || namesCohort(plan) || listUserNames(plan).length > 0;
  if (readsMore || rows * FAR > context.limits.maxRowsToRead) return estimateStatement(context, statement);
  return { parts: 0, rows, marks: 0 };
}
