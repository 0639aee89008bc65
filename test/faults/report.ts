/** What a series of trials comes to: one line of a results file for each, and their sums. */
import { existsSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { isClean } from './ledger.js';
import { describeSchedule, type Schedule, TARGETS } from './schedule.js';
import type { Recovery, TrialResult } from './trial.js';

/** Ids of each kind that a results line names; the numbers are always whole. */
const IDS_SHOWN_MAX = 20;

/** One line of a results file. A trial that could not be brought to its end has an `error` and no figures. */
export interface ResultLine {
  seed: number;
  at: string;
  faults: string;
  elapsed_ms: number;
  /** The machine's load average of the last minute at the schedule's end. */
  load: number;
  acknowledged: number;
  in_doubt: number;
  lost: number;
  duplicated: number;
  phantom: number;
  recoveries: Recovery[];
  /** Ids of events that were lost, doubled or made up. */
  torn?: Record<string, string[]>;
  error?: string;
}

const describeTrial = (schedule: Schedule, elapsedMs: number) => ({
  seed: schedule.seed,
  at: new Date().toISOString(),
  faults: describeSchedule(schedule),
  elapsed_ms: Math.round(elapsedMs),
  load: Number(loadavg()[0]?.toFixed(1)),
});

export function composeResult(schedule: Schedule, elapsedMs: number, result: TrialResult): ResultLine {
  const { verdict } = result;
  const torn = Object.entries(verdict).map(([kind, ids]) => [kind, ids.slice(0, IDS_SHOWN_MAX)]);
  return {
    ...describeTrial(schedule, elapsedMs),
    acknowledged: result.acknowledged,
    in_doubt: result.inDoubt,
    lost: verdict.lost.length + verdict.rejectsLost.length,
    duplicated: verdict.duplicated.length,
    phantom: verdict.phantom.length,
    recoveries: result.recoveries.map((recovery) => ({ ...recovery, ms: Math.round(recovery.ms) })),
    ...(isClean(verdict) ? {} : { torn: Object.fromEntries(torn) as Record<string, string[]> }),
  };
}

export function composeFailure(schedule: Schedule, elapsedMs: number, error: unknown): ResultLine {
  return {
    ...describeTrial(schedule, elapsedMs),
    acknowledged: 0,
    in_doubt: 0,
    lost: 0,
    duplicated: 0,
    phantom: 0,
    recoveries: [],
    error: error instanceof Error ? error.message : String(error),
  };
}

/** The lines of a results file; a last line that a killed run left unfinished is ignored. */
export function readResults(path: string): ResultLine[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as ResultLine];
      } catch {
        return [];
      }
    });
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

function describeRecoveries(name: string, times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((q) => seconds(quantile(sorted, q)));
  return `recovery after ${name}: p50 ${p50}, p90 ${p90}, p99 ${p99}, worst ${seconds(sorted.at(-1) ?? 0)} (${sorted.length} times)`;
}

export interface Totals {
  schedules: number;
  acknowledged: number;
  in_doubt: number;
  lost: number;
  duplicated: number;
  phantom: number;
  /** Schedules that could not be brought to their end. */
  unfinished: number;
  recovery_p99_ms: number;
}

export function sumResults(lines: readonly ResultLine[]): Totals {
  const sum = (field: 'acknowledged' | 'in_doubt' | 'lost' | 'duplicated' | 'phantom'): number =>
    lines.reduce((total, line) => total + line[field], 0);
  const times = lines.flatMap((line) => line.recoveries.map(({ ms }) => ms)).sort((a, b) => a - b);
  return {
    schedules: lines.length,
    acknowledged: sum('acknowledged'),
    in_doubt: sum('in_doubt'),
    lost: sum('lost'),
    duplicated: sum('duplicated'),
    phantom: sum('phantom'),
    unfinished: lines.filter((line) => line.error !== undefined).length,
    recovery_p99_ms: quantile(times, 0.99),
  };
}

const perMillion = (count: number, of: number): string => ((count * 1_000_000) / Math.max(1, of)).toFixed(2);

/** The totals as one line. */
export function describeTotals(totals: Totals): string {
  const of = totals.acknowledged;
  return (
    `${totals.schedules} schedules, ${of} events acknowledged, ${totals.in_doubt} in doubt; per million acknowledged: ` +
    `lost ${perMillion(totals.lost, of)}, duplicated ${perMillion(totals.duplicated, of)}, phantom ${perMillion(totals.phantom, of)}` +
    (totals.unfinished > 0 ? `; ${totals.unfinished} NOT FINISHED` : '')
  );
}

/** Recovery times by what was killed or hung, a line each, and of all. */
export function describeAllRecoveries(lines: readonly ResultLine[]): string[] {
  const all = lines.flatMap((line) => line.recoveries);
  const times = new Map<string, number[]>();
  for (const target of TARGETS)
    for (const kind of ['kill', 'hang']) {
      const own = all.filter((one) => one.target === target && one.kind === kind).map(({ ms }) => ms);
      if (own.length > 0) times.set(`${kind} ${target}`, own);
    }
  times.set(
    'any of them',
    all.map(({ ms }) => ms),
  );
  return [...times].map(([name, own]) => describeRecoveries(name, own));
}

export const isTorn = (line: ResultLine): boolean => line.torn !== undefined || line.error !== undefined;
