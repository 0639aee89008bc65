/**
 * Evaluates alerts when they are due. Every front has a runner; an evaluation is claimed by moving the alert's next time, so one
 * process does it, and what was missed while nobody ran is made good by one evaluation now. A claim that dies with its
 * process costs one interval; what is found is kept by record.ts, which makes doing it twice harmless.
 *
 * An alert that fails (its metric is gone, the engine is away) keeps its states, and says why in `last_error`.
 */
import { BoundaryError } from '../errors.js';
import { loadStatement } from '../metadata/statement.js';
import { alertEvaluationsTotal } from '../telemetry/metrics.js';
import { addDefaults } from './defaults.js';
import { judgeNow } from './observe.js';
import { createReader, type ReaderParts } from './reader.js';
import { recordFindings } from './record.js';
import { type AlertRecord, ruleOf } from './store.js';

const CLAIM = loadStatement('alert-claim');
const FAIL = loadStatement('alert-fail');
const TRIM = loadStatement('alert-trim');

/** How often due alerts are looked for: how late an evaluation begins at most. */
const TICK_MS = 1_000;
/** Alerts one front evaluates at once: questions it has under way for them. More wait for the next tick, here or elsewhere. */
const EVALUATIONS_MAX = 4;
/** A failed evaluation is tried again after this, or with the next interval when that is sooner. */
const RETRY_MS = 10_000;
/** How long a failing evaluation may explain itself. */
const ERROR_LENGTH_MAX = 500;
const TRIM_INTERVAL_MS = 3_600_000;
const HISTORY_DAYS = 180;
const MESSAGE_DAYS = 14;
/** Samples of signals: five weeks, so that a week can be compared with the one before. About 60 bytes each. */
const SAMPLE_DAYS = 70;

export interface AlertRunnerOptions extends ReaderParts {
  readonly onError: (error: Error) => void;
  /** Current time in ms, for tests. */
  readonly now?: () => number;
}

export interface AlertRunner {
  /** Evaluates what is due now. */
  tick(): Promise<void>;
  close(): Promise<void>;
}

/** What a person can do something with; drivers' messages may name hosts. */
function describeFailure(error: unknown): string {
  if (error instanceof BoundaryError) return `${error.name} ${error.code}`;
  return (error instanceof Error ? error.message : String(error)).slice(0, ERROR_LENGTH_MAX);
}

export function createAlertRunner(options: AlertRunnerOptions): AlertRunner {
  const { metadata, onError, now = Date.now } = options;
  const stopping = new AbortController();
  let hasDefaults = false;
  let trimmedAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let ticking: Promise<void> | undefined;

  async function evaluate(record: AlertRecord): Promise<void> {
    try {
      const rule = ruleOf(record);
      const reader = createReader(options, record.project, rule.source, stopping.signal);
      const nowMs = now();
      const found = await judgeNow(rule, reader, nowMs);
      await recordFindings(metadata, record, rule, found, nowMs);
      alertEvaluationsTotal.inc({ outcome: 'done' });
    } catch (error) {
      if (stopping.signal.aborted) return;
      alertEvaluationsTotal.inc({ outcome: 'failed' });
      await metadata
        .query(FAIL, [record.id, describeFailure(error), record.revision, RETRY_MS])
        .catch(onError);
    }
  }

  async function work(): Promise<void> {
    if (!hasDefaults) hasDefaults = await addDefaults(metadata);
    await Promise.all((await metadata.query<AlertRecord>(CLAIM, [EVALUATIONS_MAX])).map(evaluate));
    if (performance.now() - trimmedAt < TRIM_INTERVAL_MS) return;
    trimmedAt = performance.now();
    await metadata.query(TRIM, [HISTORY_DAYS, MESSAGE_DAYS, SAMPLE_DAYS]);
  }

  async function tick(): Promise<void> {
    clearTimeout(timer);
    await ticking;
    if (stopping.signal.aborted) return;
    ticking = work().catch(onError);
    await ticking;
    schedule();
  }

  function schedule(): void {
    clearTimeout(timer);
    if (stopping.signal.aborted) return;
    timer = setTimeout(() => void tick(), TICK_MS);
    timer.unref();
  }

  schedule();
  return {
    tick,
    async close() {
      stopping.abort();
      clearTimeout(timer);
      await ticking;
    },
  };
}
