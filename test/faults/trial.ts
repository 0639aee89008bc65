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
  kind: Fault['kind'];
  ms: number;
}

export interface TrialResult {
  verdict: Verdict;
  acknowledged: number;
  /** Events whose acknowledgement never came; they may be stored or not, but not twice. */
  inDoubt: number;
  /**
   * After each fault, unless faults overlapped: how long until a new event was stored, from the kill or, when something hung, from
   * its going on. The event goes through the partition of the producers' project, in order, so everything acknowledged before
   * it has its outcome by then.
   */
  recoveries: Recovery[];
}

const DRAIN_TIMEOUT_MS = 240_000;
const PRODUCERS = 4;

/** Resolves when the instance has recovered from the fault, with the milliseconds it took; undefined when nothing was struck. */
async function inflict(instance: Instance, fault: Fault): Promise<number | undefined> {
  const pids = findTargets(instance.pid, fault.target);
  if (fault.kind === 'hang') {
    strike(pids, 'SIGSTOP');
    await sleep(fault.hangMs);
  }
  strike(pids, fault.kind === 'hang' ? 'SIGCONT' : 'SIGKILL');
  const start = performance.now();
  if (fault.target === 'everything') await instance.start();
  else await instance.waitUntilStoring();
  // Struck while it was being started again: there was nothing to recover from.
  return pids.length === 0 ? undefined : performance.now() - start;
}

/** Strikes with every fault of a schedule at its time; resolves with the recoveries that nothing else disturbed. */
async function inflictAll(instance: Instance, schedule: Schedule, begin: number): Promise<Recovery[]> {
  const recoveries: Recovery[] = [];
  const under: Promise<unknown>[] = [];
  for (const fault of schedule.faults) {
    await sleep(Math.max(0, begin + fault.atMs - Date.now()));
    const over = inflict(instance, fault);
    under.push(over);
    // Awaited below; until then a failure must not end the process before the instance is stopped.
    over.catch(() => {});
    if (schedule.overlapping) continue;
    const ms = await over;
    if (ms !== undefined) recoveries.push({ target: fault.target, kind: fault.kind, ms });
  }
  await Promise.all(under);
  return recoveries;
}

/**
 * Runs one schedule against a running instance and leaves it running. `events` is about how many are sent while it lasts;
 * undefined: as many as are taken.
 */
export async function runTrial(
  instance: Instance,
  schedule: Schedule,
  events?: number,
): Promise<TrialResult> {
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
    fromMs: begin,
    untilMs: begin + schedule.durationMs,
    ...(events === undefined ? {} : { events }),
  });
  // Awaited below; until then a failure must not end the process before the instance is stopped.
  producing.catch(() => {});
  const recoveries = await inflictAll(instance, schedule, begin);
  const inDoubt = await producing;
  await instance.waitUntilStoring();
  await instance.waitUntilDrained(DRAIN_TIMEOUT_MS);
  const verdict = ledger.compare(
    await instance.countIds('events', prefix),
    await instance.countIds('rejected_events', prefix),
  );
  return { verdict, acknowledged: ledger.acknowledgedCount, inDoubt, recoveries };
}
