/** One trial: producers send, faults strike, everything settles, and the ledger is compared with what the tables hold. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from './instance.js';
import { KEYS } from './instance.js';
import { createLedger, type Verdict } from './ledger.js';
import { findTargets, strike } from './processes.js';
import { produce } from './producer.js';
import type { Fault, Schedule, Target } from './schedule.js';

export interface Recovery {
  target: Target;
  ms: number;
}

export interface TrialResult {
  verdict: Verdict;
  acknowledged: number;
  /** Events whose acknowledgement never came; they may be stored or not, but not twice. */
  inDoubt: number;
  /** After each killing fault: how long until a new event was stored. */
  recoveries: Recovery[];
}

const DRAIN_TIMEOUT_MS = 240_000;
const PRODUCERS = 4;

async function inflict(instance: Instance, fault: Fault): Promise<number | undefined> {
  const pids = findTargets(instance.pid, fault.target);
  if (fault.kind === 'hang') {
    strike(pids, 'SIGSTOP');
    await sleep(fault.hangMs);
    strike(pids, 'SIGCONT');
    return undefined;
  }
  strike(pids, 'SIGKILL');
  if (fault.target === 'everything') {
    const start = performance.now();
    await instance.start();
    return performance.now() - start;
  }
  return instance.waitUntilStoring();
}

/** Runs one schedule against a running instance and leaves it running. */
export async function runTrial(instance: Instance, schedule: Schedule): Promise<TrialResult> {
  const ledger = createLedger();
  const prefix = `s${schedule.seed}-${Date.now().toString(36)}`;
  const begin = Date.now();
  const producing = produce({
    url: () => instance.url,
    writeKey: KEYS.write,
    seed: schedule.seed,
    prefix,
    project: 'default',
    ledger,
    producers: PRODUCERS,
    untilMs: begin + schedule.durationMs,
  });
  // Awaited below; until then a failure must not end the process before the instance is stopped.
  producing.catch(() => {});
  const recoveries: Recovery[] = [];
  for (const fault of schedule.faults) {
    await sleep(Math.max(0, begin + fault.atMs - Date.now()));
    const recovery = await inflict(instance, fault);
    if (recovery !== undefined) recoveries.push({ target: fault.target, ms: recovery });
  }
  const inDoubt = await producing;
  await instance.waitUntilStoring();
  await instance.waitUntilDrained(DRAIN_TIMEOUT_MS);
  const verdict = ledger.compare(
    await instance.countIds('events', prefix),
    await instance.countIds('rejected_events', prefix),
  );
  return { verdict, acknowledged: ledger.acknowledgedCount, inDoubt, recoveries };
}
