/**
 * Batches that took more than one attempt to store. An insert reaches the events table and the views it feeds one after the
 * other; what breaks it off in between (a kill, a lost answer, a failing view) leaves events stored that a rollup missed, and
 * the next attempt does not send again what is stored. Ingest notes such batches before it acknowledges them; here the
 * buckets they touch are compared, and a rollup that differs is made again.
 */
import type { ClickHouse } from '../../clickhouse/client.js';
import { printTouched } from '../../mdl/print/rollup-check.js';
import type { Run } from '../../metadata/metadata.js';
import type { Redis } from '../../redis/client.js';
import { partitionOf } from '../../stream/partition.js';
import { type Doubt, forgetDoubts, readDoubts } from '../../stream/settle.js';
import { toTarget } from './build.js';
import { matchesEvents } from './compare.js';
import { dropRollup, type RollupRecord } from './records.js';

export interface DoubtDeps {
  readonly run: Run;
  readonly clickhouse: ClickHouse;
  readonly redis: Redis;
  readonly partitions: number;
}

async function missed(
  { clickhouse }: DoubtDeps,
  rollup: RollupRecord,
  partition: number,
  doubt: Doubt,
): Promise<boolean> {
  // Received before the cut: it was filled in from what is stored.
  if (rollup.cutMs === null || doubt.toMs < rollup.cutMs) return false;
  // Its view is fed already, and comparing has to wait for the filling: making it again is quicker.
  if (rollup.state === 'backfilling') return true;
  const target = toTarget(rollup);
  const touched = printTouched(target, { partition, ...doubt });
  const { rows } = await clickhouse.query<{ bucket: number }>(touched.sql, { params: touched.params });
  for (const row of rows) {
    const fromMs = Number(row.bucket);
    const range = { fromMs, toMs: fromMs + rollup.plan.grainMs };
    if (!(await matchesEvents(clickhouse, target, range, false))) return true;
  }
  return false;
}

/** Looks into what is noted; true when a rollup has to be made again. @throws StreamError, EngineError, MetadataError */
export async function lookIntoDoubts(deps: DoubtDeps, rollups: readonly RollupRecord[]): Promise<boolean> {
  const made = rollups.filter(({ state }) => state === 'ready' || state === 'backfilling');
  let dropped = false;
  for (let partition = 0; partition < deps.partitions; partition++) {
    const { doubts, overflown } = await readDoubts(deps.redis, partition);
    if (doubts.length === 0) continue;
    const own = made.filter(({ project }) => partitionOf(project, deps.partitions) === partition);
    for (const rollup of own) {
      let isWrong = overflown;
      for (const doubt of doubts) isWrong ||= await missed(deps, rollup, partition, doubt);
      if (!isWrong) continue;
      await dropRollup(deps.run, rollup.id);
      dropped = true;
    }
    await forgetDoubts(deps.redis, partition, doubts);
  }
  return dropped;
}
