/**
 * Keeps rollups as they should be: one process at a time, whichever front holds the lock in Postgres, makes what is missing,
 * drops what is not wanted, and looks into batches of events that rollups may have missed a part of.
 *
 * What is wanted is looked at when a metric changed (Postgres notifies), and every RECONCILE_MS because meanings also change
 * with what events hold. Progress is written down step by step (build.ts), so whoever has the lock next goes on from there.
 */
import type { ClickHouse } from '../../clickhouse/client.js';
import type { Metadata } from '../../metadata/metadata.js';
import type { MetricSources } from '../../query/metric/sources.js';
import type { Redis } from '../../redis/client.js';
import { rollups as rollupsCount } from '../../telemetry/metrics.js';
import { ROLLUP_STATES } from '../store.js';
import { type BuildDeps, stepRollup } from './build.js';
import { lookIntoDoubts } from './doubts.js';
import { holdKeeperLock, listRollups, type RollupRecord, restRollup } from './records.js';
import { reconcileRollups } from './wanted.js';

const CHANNEL = 'weir_metrics';
/** How often progress is looked for while something is being made, and otherwise. */
const BUSY_TICK_MS = 250;
const IDLE_TICK_MS = 2_000;
const RECONCILE_MS = 60_000;
/** Pause after a failure, doubled at each further one. */
const REST_MIN_MS = 1_000;
const REST_MAX_MS = 3_600_000;
/** Failures in a row after which a rollup is called failed, with the reason. */
const FAILURES_SHOWN = 3;

export interface RollupKeeperOptions {
  readonly metadata: Metadata;
  readonly clickhouse: ClickHouse;
  readonly redis: Redis;
  readonly sources: MetricSources;
  readonly partitions: number;
  readonly onError: (error: Error) => void;
}

export interface RollupKeeper {
  /** Looks now instead of at the next tick; resolves when it has. */
  tick(): Promise<void>;
  close(): Promise<void>;
}

/** Starts keeping, until closed. */
export function createRollupKeeper(options: RollupKeeperOptions): RollupKeeper {
  return new Keeper(options);
}

class Keeper implements RollupKeeper {
  private closed = false;
  private changed = true;
  private reconciledAt = 0;
  private timer: NodeJS.Timeout | undefined;
  private ticking: Promise<void> | undefined;
  private readonly unlisten: () => Promise<void>;

  constructor(private readonly options: RollupKeeperOptions) {
    this.unlisten = options.metadata.listen(CHANNEL, () => {
      this.changed = true;
      this.schedule(0);
    });
    this.schedule(IDLE_TICK_MS);
  }

  async tick(): Promise<void> {
    clearTimeout(this.timer);
    await this.ticking;
    if (this.closed) return;
    let pauseMs = IDLE_TICK_MS;
    this.ticking = this.work()
      .then((busy) => {
        if (busy) pauseMs = BUSY_TICK_MS;
      })
      .catch((error: Error) => this.options.onError(error))
      .finally(() => {
        this.ticking = undefined;
      });
    await this.ticking;
    this.schedule(pauseMs);
  }

  private schedule(delayMs: number): void {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.tick(), delayMs);
    this.timer.unref();
  }

  /** True when something is still being made. */
  private async work(): Promise<boolean> {
    const { metadata } = this.options;
    let busy = false;
    await holdKeeperLock(metadata.transaction, async () => {
      if (this.changed || Date.now() - this.reconciledAt >= RECONCILE_MS) await this.reconcile();
      const deps = { ...this.options, run: metadata };
      if (await lookIntoDoubts(deps, await listRollups(metadata))) await this.reconcile();
      busy = await this.makeAll();
    });
    return busy;
  }

  private async reconcile(): Promise<void> {
    const { metadata: run, clickhouse, sources } = this.options;
    this.changed = false;
    try {
      await reconcileRollups({ run, clickhouse, sources }, await listRollups(run));
      this.reconciledAt = Date.now();
    } catch (error) {
      this.changed = true;
      throw error;
    }
  }

  private async makeAll(): Promise<boolean> {
    const rollups = await listRollups(this.options.metadata);
    for (const state of ROLLUP_STATES)
      rollupsCount.set({ state }, rollups.filter((rollup) => rollup.state === state).length);
    const open = rollups.filter(({ state }) => state !== 'ready');
    let finished = 0;
    for (const rollup of open) {
      if (this.closed) return false;
      if (rollup.isResting) continue;
      if (await this.make(rollup)) finished++;
    }
    // A rollup that is ready may be what an old one waits for.
    if (finished > 0) this.changed = true;
    return open.some(({ isResting }) => !isResting);
  }

  private async make(rollup: RollupRecord): Promise<boolean> {
    const { metadata: run, clickhouse, redis, partitions } = this.options;
    const deps: BuildDeps = { run, clickhouse, redis, partitions, isStopping: () => this.closed };
    try {
      return await stepRollup(deps, rollup);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const state =
        rollup.state !== 'dropping' && rollup.attempts + 1 >= FAILURES_SHOWN ? 'failed' : rollup.state;
      const pauseMs = Math.min(REST_MIN_MS * 2 ** Math.min(rollup.attempts, 20), REST_MAX_MS);
      await restRollup(run, rollup, state, reason.slice(0, 1_000), pauseMs);
      this.options.onError(error instanceof Error ? error : new Error(reason));
      return false;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.unlisten();
    await this.ticking;
  }
}
