/**
 * The books, checked by themselves: every interval, for each project, the hours of receipt that closed since the last check.
 *
 *   balanced     the next check begins where this one ended
 *   unbalanced   said once in the log, in the gauge weir_integrity_ok, in /health/ready, and as a signal at every check, until
 *                the same hours balance: each check begins where the books last did
 *
 * A report that does not balance is asked for a second time before it is believed: rollups and raw events are read one after
 * the other while events flow. One process checks at a time; the lock in Redis expires by Redis's clock, which a jump can
 * only turn into a check too many.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { listCountedProjects } from '../stream/counters.js';
import { hourOf } from '../stream/entry-id.js';
import { publishSignal } from '../stream/signals.js';
import type { Logger } from '../telemetry/log.js';
import { integrityOk } from '../telemetry/metrics.js';
import { checkIntegrity, type IntegrityDeps, type IntegrityReport } from './integrity.js';
import { type IntegrityState, keepIntegrityState, readIntegrityStates } from './integrity-state.js';

const HOUR_MS = 3_600_000;
/** How far back the first check of a project looks. */
const FIRST_SPAN_MS = 24 * HOUR_MS;
/** The first check after a start: when what had waited is stored. */
const FIRST_CHECK_MS = 60_000;
/** How often every process reads what the last check found into its gauge. */
const GAUGE_INTERVAL_MS = 15_000;
/** Pause before a report that does not balance is asked for again. */
const CONFIRM_MS = 1_000;
const LOCK_KEY = 'weir:integrity:lock';
/** How long a process that died while it checked keeps the others from it. */
const LOCK_MS = 15 * 60_000;
/** Projects with a series of their own; the state of the others is in /health/ready and in the signals. */
const SERIES_MAX = 1_000;

export interface IntegrityWatchOptions extends IntegrityDeps {
  /** 0: never. */
  intervalMs: number;
  consumerId: string;
  log: Logger;
  onError(error: unknown): void;
  /** Current time in ms, for tests. */
  now?: () => number;
}

export interface IntegrityWatch {
  /** Checks what is due now, unless another process does. */
  check(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts checking in the background. Failures of Redis or the engine go to `onError`; the next interval tries again. */
export function watchIntegrity(options: IntegrityWatchOptions): IntegrityWatch {
  const { redis, log, intervalMs, consumerId } = options;
  const now = options.now ?? Date.now;
  let checking: Promise<void> | undefined;
  let stopped = false;

  async function report(project: string, state: IntegrityState, before: IntegrityState | undefined) {
    await keepIntegrityState(redis, project, state);
    if (!state.ok || before?.ok === false) {
      const detail = state.report ?? { balanced_to: new Date(state.balancedToMs).toISOString() };
      const at = new Date(state.at);
      await publishSignal(redis, { signal: 'integrity', project, value: state.ok ? 1 : 0, at, detail });
    }
    if (!state.ok && before?.ok !== false)
      log.error({ project, ...state.report }, 'the books do not balance: weir verify names the events');
    if (state.ok && before?.ok === false) log.info({ project }, 'the books balance again');
  }

  async function checkProject(project: string, before: IntegrityState | undefined): Promise<void> {
    const toMs = hourOf(now());
    const oldestMs = toMs - options.stream.options.countersTtlMs + HOUR_MS;
    const fromMs = Math.max(before?.balancedToMs ?? toMs - FIRST_SPAN_MS, oldestMs);
    if (fromMs >= toMs) return;
    const found = await checkTwice(options, project, fromMs, toMs);
    const at = new Date(now()).toISOString();
    const state = found.ok
      ? { ok: true, at, balancedToMs: toMs }
      : { ok: false, at, balancedToMs: fromMs, report: found };
    await report(project, state, before);
  }

  async function checkAll(): Promise<void> {
    const lock = ['SET', LOCK_KEY, consumerId, 'NX', 'PX', String(LOCK_MS)];
    if ((await redis.command<string | null>(lock)) === null) return;
    try {
      const states = await readIntegrityStates(redis);
      const toMs = hourOf(now());
      const known = [...states.values()].map((state) => state.balancedToMs);
      const fromMs = Math.min(toMs - FIRST_SPAN_MS, ...known);
      const counted = await listCountedProjects(redis, options.stream.options, fromMs, toMs);
      for (const project of new Set([...counted, ...states.keys()])) {
        if (stopped) return;
        await checkProject(project, states.get(project));
      }
    } finally {
      await redis.command(['DEL', LOCK_KEY]);
    }
  }

  async function showGauge(): Promise<void> {
    const states = [...(await readIntegrityStates(redis))];
    const shown = states.sort(([, a], [, b]) => Number(a.ok) - Number(b.ok)).slice(0, SERIES_MAX);
    integrityOk.reset();
    for (const [project, { ok }] of shown) integrityOk.set({ project }, ok ? 1 : 0);
  }

  function check(): Promise<void> {
    checking ??= checkAll()
      .then(showGauge)
      .finally(() => {
        checking = undefined;
      });
    return checking;
  }

  const checkQuietly = (): void => {
    check().catch(options.onError);
  };
  const timers = [setInterval(() => showGauge().catch(() => {}), GAUGE_INTERVAL_MS)];
  if (intervalMs > 0) {
    timers.push(setInterval(checkQuietly, intervalMs));
    timers.push(setTimeout(checkQuietly, Math.min(FIRST_CHECK_MS, intervalMs)));
  }
  for (const timer of timers) timer.unref();

  return {
    check,
    async stop() {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
      await checking?.catch(() => {});
    },
  };
}

async function checkTwice(
  deps: IntegrityDeps,
  project: string,
  fromMs: number,
  toMs: number,
): Promise<IntegrityReport> {
  const first = await checkIntegrity(deps, { project, fromMs, toMs });
  if (first.ok) return first;
  await sleep(CONFIRM_MS);
  return checkIntegrity(deps, { project, fromMs, toMs });
}
