/**
 * A rollup made, step by step. Each step may be repeated, by this process or by another after a crash.
 *
 *   creating      The cut is chosen: an instant a moment ahead, by the clock that stamps the receipt of events. Table and view
 *                 are made; the view takes what is received from the cut on. If that took until after the cut, both are
 *                 removed and made again with a later one: an insert that began before there was a view does not feed it, so
 *                 everything stored by then must have been received before the cut.
 *   backfilling   When all that was received before the cut is stored, it is filled in, month after month. A month is filled
 *                 into a table beside, under a name that no other attempt has, and put in place as a whole, so neither a
 *                 crash nor a statement that outlives its sender leaves a part or a double.
 *   ready         Questions are answered from it.
 *   failed        It will be tried again after a pause.
 *   dropping      No question is answered from it; view and table are removed.
 */
import { randomBytes } from 'node:crypto';
import type { ClickHouse } from '../../clickhouse/client.js';
import { loadSql } from '../../clickhouse/sql-file.js';
import {
  printFilling,
  printMonths,
  printRemoval,
  printRollup,
  type RollupTarget,
} from '../../mdl/print/rollup.js';
import type { PrintedQuery } from '../../mdl/print/sql.js';
import type { Run } from '../../metadata/metadata.js';
import type { Redis } from '../../redis/client.js';
import { faultPoint } from '../../stream/fault-point.js';
import { partitionOf } from '../../stream/partition.js';
import { readReceiptClock, settlePartition } from '../../stream/settle.js';
import { moveRollup, type RollupRecord, removeRollup } from './records.js';

/** How far ahead the cut lies, at first: longer than table and view take to be made. */
const CUT_AHEAD_MS = 1_500;
/** A month's filling: its time and memory; group by goes to disk above half of it. */
const FILL_TIMEOUT_MS = 3_600_000;
const FILL_MEMORY_BYTES = 4 * 1024 ** 3;
const FILL_SETTINGS = {
  max_memory_usage: FILL_MEMORY_BYTES,
  max_bytes_before_external_group_by: FILL_MEMORY_BYTES / 2,
  max_partitions_per_insert_block: 0,
} as const;

export interface BuildDeps {
  readonly run: Run;
  readonly clickhouse: ClickHouse;
  readonly redis: Redis;
  /** Number of partitions of the stream. */
  readonly partitions: number;
  /** Whether to stop between two steps. */
  readonly isStopping: () => boolean;
}

const execute = (clickhouse: ClickHouse, { sql, params }: PrintedQuery): Promise<void> =>
  clickhouse.command(sql, { params, settings: FILL_SETTINGS, timeoutMs: FILL_TIMEOUT_MS });

export const toTarget = ({ plan, project, table, cutMs }: RollupRecord): RollupTarget => ({
  rollup: plan,
  project,
  table,
  cutMs: cutMs ?? 0,
});

/** Takes a rollup one step on. False: there is something to wait for. @throws EngineError, StreamError, MetadataError */
export async function stepRollup(deps: BuildDeps, rollup: RollupRecord): Promise<boolean> {
  switch (rollup.state) {
    case 'creating':
      return createRollup(deps, rollup);
    case 'backfilling':
      return fillRollup(deps, rollup);
    case 'failed':
      return moveRollup(deps.run, rollup, { state: 'creating', filledMonth: 0 });
    case 'dropping':
      return dropTables(deps, rollup);
    default:
      return false;
  }
}

async function createRollup(deps: BuildDeps, rollup: RollupRecord): Promise<boolean> {
  const { run, clickhouse, redis } = deps;
  const partition = partitionOf(rollup.project, deps.partitions);
  // What failed before may have been too slow.
  const aheadMs = CUT_AHEAD_MS * (rollup.attempts + 1);
  await removeTables(clickhouse, rollup.table);
  const cutMs = (await readReceiptClock(redis, partition)) + aheadMs;
  for (const statement of printRollup({ ...toTarget(rollup), cutMs })) await execute(clickhouse, statement);
  if ((await readReceiptClock(redis, partition)) >= cutMs)
    throw new Error(`the view was made later than ${aheadMs} ms after it was begun`);
  return moveRollup(run, rollup, { state: 'backfilling', cutMs, filledMonth: 0 });
}

async function fillRollup(deps: BuildDeps, rollup: RollupRecord): Promise<boolean> {
  const { run, clickhouse, redis } = deps;
  const partition = partitionOf(rollup.project, deps.partitions);
  if ((await settlePartition(redis, partition, rollup.cutMs!)) !== 'settled') return false;
  const target = toTarget(rollup);
  const months = printMonths(target, rollup.filledMonth);
  const { rows } = await clickhouse.query<{ month: number }>(months.sql, {
    params: months.params,
    settings: FILL_SETTINGS,
    timeoutMs: FILL_TIMEOUT_MS,
  });
  let reached = rollup;
  for (const { month } of rows) {
    if (deps.isStopping()) return false;
    await fillMonth(clickhouse, target, month);
    if (!(await moveRollup(run, reached, { state: 'backfilling', filledMonth: month }))) return false;
    reached = { ...reached, filledMonth: month };
  }
  await removeBeside(clickhouse, rollup.table);
  return moveRollup(run, reached, { state: 'ready', reason: '' });
}

async function fillMonth(clickhouse: ClickHouse, target: RollupTarget, month: number): Promise<void> {
  const staging = `${target.table}_fill_${randomBytes(6).toString('hex')}`;
  const { fill, place, empty, clear } = printFilling(target, month, staging);
  try {
    for (const statement of fill) await execute(clickhouse, statement);
    faultPoint('after-fill');
    const { rows } = await clickhouse.query<{ found: number }>(loadSql('clickhouse/rollup-rows.sql'), {
      params: { table: staging },
    });
    // All of the month's events may have been erased since it was listed.
    await execute(clickhouse, Number(rows[0]?.found) > 0 ? place : empty);
    faultPoint('after-place');
  } finally {
    await execute(clickhouse, clear).catch(() => {});
  }
}

async function dropTables({ run, clickhouse }: BuildDeps, rollup: RollupRecord): Promise<boolean> {
  await removeTables(clickhouse, rollup.table);
  await removeRollup(run, rollup.id);
  return true;
}

/** What attempts that were broken off left beside a rollup. */
async function removeBeside(clickhouse: ClickHouse, table: string): Promise<void> {
  const { rows } = await clickhouse.query<{ name: string }>(loadSql('clickhouse/rollup-beside.sql'), {
    params: { prefix: `${table}_fill_` },
  });
  for (const { name } of rows)
    for (const statement of printRemoval(name)) await execute(clickhouse, statement);
}

/** The view, the table, and what is beside it. */
async function removeTables(clickhouse: ClickHouse, table: string): Promise<void> {
  await removeBeside(clickhouse, table);
  for (const statement of printRemoval(table)) await execute(clickhouse, statement);
}
