/**
 * Runs metrics when they are due. Every front has a runner; a run happens once because it is a row whose key is the metric and
 * the time it was due, and whoever adds the row runs it.
 *
 *   due       A schedule's next time has come. The latest time up to now is claimed, so runs that were missed are made good by
 *             one; the schedule moves on to its next time in the same transaction.
 *   running   The metric is computed over its time_window (or DEFAULT_WINDOW_MS) before the time it was due.
 *   done      The answer is kept, RESULTS_KEPT_MAX of a metric.
 *   failed    With the reason. Where trying again may help it was tried ATTEMPTS_MAX times.
 *
 * A run whose process ended is claimed anew after ABANDONED_MS, at most ATTEMPTS_MAX times.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouse } from '../../clickhouse/client.js';
import { BoundaryError } from '../../errors.js';
import type { Metadata } from '../../metadata/metadata.js';
import { loadStatement } from '../../metadata/statement.js';
import { openQueryContext } from '../../query/context.js';
import { calculateMetric } from '../../query/metric/calculate.js';
import type { MetricSources } from '../../query/metric/sources.js';
import { metricRunsTotal } from '../../telemetry/metrics.js';
import { createTicker, type Ticker } from '../../ticker.js';
import { readMetric } from '../texts.js';
import { findLast, findNext, type Schedule } from './cron.js';

const ABANDON = loadStatement('result-abandon');
const ADVANCE = loadStatement('schedule-advance');
const CLAIM = loadStatement('result-claim');
const DUE = loadStatement('schedule-due');
const FINISH = loadStatement('result-finish');
const RECLAIM = loadStatement('result-reclaim');
const TRIM = loadStatement('result-trim');

/** How often due schedules are looked for: how late a run begins at most. */
const TICK_MS = 1_000;
/** Runs one front has under way; more wait for the next tick, here or elsewhere. */
const RUNNING_MAX = 2;
const ATTEMPTS_MAX = 3;
const RETRY_PAUSE_MS = 2_000;
/** Longer than three attempts take at the longest. */
const ABANDONED_MS = 600_000;
const DEFAULT_WINDOW_MS = 86_400_000;
/** Results kept of one metric: two months of every ten minutes. */
const RESULTS_KEPT_MAX = 10_000;
/** An answer larger than this is not kept. */
const ANSWER_BYTES_MAX = 1_048_576;

interface Due extends Schedule {
  readonly metric: string;
  readonly project: string;
  readonly version: number;
  readonly now: Date;
}

interface Claimed {
  readonly metric: string;
  readonly project: string;
  readonly version: number;
  readonly scheduledFor: Date;
}

export interface ScheduleRunnerOptions {
  readonly metadata: Metadata;
  readonly clickhouse: ClickHouse;
  readonly sources: MetricSources;
  readonly onError: (error: Error) => void;
}

/** Claims the runs that are due. Schedules that another process looks at are passed over. @throws MetadataError */
async function claimDue(metadata: Metadata): Promise<readonly Claimed[]> {
  return metadata.transaction(async (run) => {
    const claimed: Claimed[] = [];
    for (const due of await run.query<Due>(DUE, [RUNNING_MAX])) {
      const { metric, project, version, now } = due;
      const scheduledFor = findLast(due, now);
      const next = findNext(due, now);
      // A pattern whose times are all past: the row stays, far away.
      await run.query(ADVANCE, [metric, next ?? new Date(8_000_000_000_000)]);
      if (!scheduledFor) continue;
      const own = await run.query(CLAIM, [metric, scheduledFor, project, version]);
      if (own.length > 0) claimed.push({ metric, project, version, scheduledFor });
    }
    return claimed;
  });
}

const reclaimAbandoned = (metadata: Metadata): Promise<Claimed[]> =>
  metadata.query<Claimed>(RECLAIM, [ABANDONED_MS, ATTEMPTS_MAX, RUNNING_MAX]);

/** A round runs what is due. */
export function createScheduleRunner(options: ScheduleRunnerOptions): Ticker {
  const { metadata, clickhouse, sources, onError } = options;

  async function calculate({ metric, project, scheduledFor }: Claimed): Promise<string> {
    const stored = (await sources.listMetrics(project)).find(({ id }) => id === metric);
    const windowMs = (stored && readMetric(stored.definition)?.settings.timeWindowMs) ?? DEFAULT_WINDOW_MS;
    const answer = await calculateMetric(await openQueryContext({ clickhouse, project }), sources, {
      metric,
      from: new Date(scheduledFor.getTime() - windowMs).toISOString(),
      to: scheduledFor.toISOString(),
      grain: 'all',
    });
    const text = JSON.stringify(answer);
    if (Buffer.byteLength(text) <= ANSWER_BYTES_MAX) return text;
    throw new Error(`the answer has more than ${ANSWER_BYTES_MAX} bytes; give the metric fewer dimensions`);
  }

  async function runOne(claimed: Claimed): Promise<void> {
    const finish = async (state: 'done' | 'failed', answer: string | null, reason: string) => {
      await metadata.query(FINISH, [claimed.metric, claimed.scheduledFor, state, answer, reason]);
      metricRunsTotal.inc({ state });
    };
    for (let attempt = 1; ; attempt++) {
      try {
        await finish('done', await calculate(claimed), '');
        break;
      } catch (error) {
        const mayPass = error instanceof BoundaryError && error.retryable;
        if (mayPass && attempt < ATTEMPTS_MAX && !ticker.isClosed) {
          await sleep(RETRY_PAUSE_MS);
          continue;
        }
        await finish(
          'failed',
          null,
          (error instanceof Error ? error.message : String(error)).slice(0, 1_000),
        );
        break;
      }
    }
    await metadata.query(TRIM, [claimed.metric, RESULTS_KEPT_MAX]);
  }

  async function work(): Promise<void> {
    const claimed = [...(await claimDue(metadata)), ...(await reclaimAbandoned(metadata))];
    await metadata.query(ABANDON, [ABANDONED_MS, ATTEMPTS_MAX, 'the process that ran it ended']);
    await Promise.all(claimed.map(runOne));
  }

  const ticker = createTicker(TICK_MS, work, onError);
  return ticker;
}
