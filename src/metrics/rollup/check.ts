/** Whether rollups are equal to the events: how many events each bucket of a span has, and all values of some buckets. */
import type { ClickHouse } from '../../clickhouse/client.js';
import { loadSql } from '../../clickhouse/sql-file.js';
import type { Run } from '../../metadata/metadata.js';
import { toTarget } from './build.js';
import { matchesEvents } from './compare.js';
import { listRollups, type RollupRecord } from './records.js';

/** Buckets of a rollup whose values are computed again from the events, taken at random out of all. */
const SAMPLES = 4;
/** Rollups of one project that are checked at once. */
const CHECKED_MAX = 100;

export interface CheckedRollup {
  readonly name: string;
  readonly ok: boolean;
}

export interface CheckDeps {
  readonly run: Run;
  readonly clickhouse: ClickHouse;
}

async function sampleBuckets(clickhouse: ClickHouse, table: string): Promise<readonly number[]> {
  const { rows } = await clickhouse.query<{ bucket: number }>(loadSql('clickhouse/rollup-sample.sql'), {
    params: { table, samples: SAMPLES },
  });
  return rows.map(({ bucket }) => Number(bucket));
}

async function isEqual(
  clickhouse: ClickHouse,
  rollup: RollupRecord,
  fromMs: number,
  toMs: number,
): Promise<boolean> {
  const { grainMs } = rollup.plan;
  const target = toTarget(rollup);
  const span = {
    fromMs: Math.floor(fromMs / grainMs) * grainMs,
    toMs: Math.ceil(toMs / grainMs) * grainMs,
  };
  if (!(await matchesEvents(clickhouse, target, span, false))) return false;
  for (const bucket of await sampleBuckets(clickhouse, rollup.table))
    if (!(await matchesEvents(clickhouse, target, { fromMs: bucket, toMs: bucket + grainMs }, true)))
      return false;
  return true;
}

/** Checks every rollup that answers for a project; the span is of the time of events, epoch ms. @throws EngineError, MetadataError */
export async function checkRollups(
  { run, clickhouse }: CheckDeps,
  project: string,
  fromMs: number,
  toMs: number,
): Promise<CheckedRollup[]> {
  const ready = (await listRollups(run)).filter((one) => one.project === project && one.state === 'ready');
  const checked: CheckedRollup[] = [];
  for (const rollup of ready.slice(0, CHECKED_MAX))
    checked.push({ name: rollup.name, ok: await isEqual(clickhouse, rollup, fromMs, toMs) });
  return checked;
}
