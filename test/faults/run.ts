/**
 * `npm run faults -- --schedules 500 --seed 1 --seconds 6`: runs fault schedules one after the other against one embedded
 * instance and prints what was lost, doubled or made up. Exit code 1 when anything was. `--seed N --schedules 1` replays one.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createInstance } from './instance.js';
import { isClean } from './ledger.js';
import { describeSchedule, drawSchedule, TARGETS, type Target } from './schedule.js';
import { type Recovery, runTrial } from './trial.js';

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '6' },
    keep: { type: 'boolean', default: false },
  },
});

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;

const perMillion = (count: number, of: number): string => ((count * 1_000_000) / Math.max(1, of)).toFixed(2);

const base = mkdtempSync(join(tmpdir(), 'weir-faults-'));
const folder = join(base, 'data');
mkdirSync(folder);
const instance = await createInstance(folder);
const totals = { acknowledged: 0, inDoubt: 0, lost: 0, duplicated: 0, phantom: 0, rejectsLost: 0, failed: 0 };
const recoveries: Recovery[] = [];
await instance.start();
try {
  for (let n = 0; n < Number(values.schedules); n += 1) {
    const schedule = drawSchedule(Number(values.seed) + n, Number(values.seconds) * 1_000);
    const result = await runTrial(instance, schedule);
    totals.acknowledged += result.acknowledged;
    totals.inDoubt += result.inDoubt;
    for (const name of ['lost', 'duplicated', 'phantom', 'rejectsLost'] as const)
      totals[name] += result.verdict[name].length;
    recoveries.push(...result.recoveries);
    const clean = isClean(result.verdict);
    if (!clean) totals.failed += 1;
    console.log(
      `seed ${schedule.seed}: ${clean ? 'clean' : 'TORN '} ${result.acknowledged} acknowledged; ${describeSchedule(schedule)}`,
    );
    if (!clean) console.log(JSON.stringify(result.verdict).slice(0, 2_000));
  }
} finally {
  await instance.stop();
}
const timesOf = (target?: Target): number[] =>
  recoveries
    .filter((r) => target === undefined || r.target === target)
    .map((r) => r.ms)
    .sort((a, b) => a - b);
const all = timesOf();
for (const target of TARGETS) {
  const times = timesOf(target);
  if (times.length > 0)
    console.log(
      `recovery after ${target}: median ${(quantile(times, 0.5) / 1000).toFixed(2)} s, worst ${((times.at(-1) ?? 0) / 1000).toFixed(2)} s (${times.length})`,
    );
}
console.log(
  `\n${values.schedules} schedules, ${totals.acknowledged} events acknowledged, ${totals.inDoubt} in doubt; per million acknowledged: ` +
    `lost ${perMillion(totals.lost + totals.rejectsLost, totals.acknowledged)}, duplicated ${perMillion(totals.duplicated, totals.acknowledged)}, ` +
    `phantom ${perMillion(totals.phantom, totals.acknowledged)}; recovery p50 ${(quantile(all, 0.5) / 1000).toFixed(2)} s, ` +
    `p99 ${(quantile(all, 0.99) / 1000).toFixed(2)} s, worst ${((all.at(-1) ?? 0) / 1000).toFixed(2)} s (${all.length} kills)`,
);
console.log(
  JSON.stringify({
    bench: 'faults',
    schedules: Number(values.schedules),
    ...totals,
    recovery_p99_ms: Math.round(quantile(all, 0.99)),
  }),
);
if (values.keep || totals.failed > 0) console.log(`data and log kept in ${base}`);
else rmSync(base, { recursive: true, force: true });
if (totals.failed > 0) process.exitCode = 1;
