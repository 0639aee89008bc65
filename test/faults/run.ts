/**
 * `npm run faults -- --schedules 500`: runs fault schedules one after the other against embedded instances and prints what was
 * lost, doubled or made up. Exit code 1 when anything was, or when a schedule could not be brought to its end.
 *
 *   --schedules N     how many (20)               --seed N        the first one's seed (1); --schedules 1 replays one
 *   --seconds N       how long each one is (4)    --events N      about how many events each sends (20000; 0: all it can)
 *   --kill TARGET     each schedule is one kill of this alone: api, ingest, engine, redis, postgres, everything
 *   --out FILE        results as JSON lines, added to what is there; seeds in it are not run again
 *   --until HH:MM     begins no schedule after this time of day, UTC
 *   --fresh-every N   schedules on one data folder (100)
 *   --totals          only prints what --out holds     --keep     keeps data folders that were clean
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createInstance, type Instance } from './instance.js';
import {
  composeFailure,
  composeResult,
  describeAllRecoveries,
  describeTotals,
  isTorn,
  type ResultLine,
  readResults,
  sumResults,
} from './report.js';
import { drawKill, drawSchedule, type Schedule, TARGETS } from './schedule.js';
import { runTrial } from './trial.js';

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '4' },
    events: { type: 'string', default: '20000' },
    kill: { type: 'string' },
    out: { type: 'string' },
    until: { type: 'string' },
    'fresh-every': { type: 'string', default: '100' },
    totals: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});

/** Running totals are printed after this many schedules. */
const TOTALS_EVERY = 10;

/** The next time the clock shows HH:MM UTC, in ms. */
function parseUntil(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const [hours, minutes] = text.split(':').map(Number) as [number, number];
  const at = new Date().setUTCHours(hours, minutes, 0, 0);
  if (Number.isNaN(at)) throw new Error(`--until ${text} is not a time of day such as 04:45`);
  return at > Date.now() ? at : at + 86_400_000;
}

function draw(seed: number): Schedule {
  const durationMs = Number(values.seconds) * 1_000;
  if (values.kill === undefined) return drawSchedule(seed, durationMs);
  const target = TARGETS.find((one) => one === values.kill);
  if (target === undefined) throw new Error(`--kill ${values.kill} is none of ${TARGETS.join(', ')}`);
  return drawKill(seed, durationMs, target);
}

interface Stage {
  instance: Instance;
  base: string;
  used: number;
}

async function openStage(): Promise<Stage> {
  const base = mkdtempSync(join(tmpdir(), 'weir-faults-'));
  mkdirSync(join(base, 'data'));
  const instance = await createInstance(join(base, 'data'));
  await instance.start();
  return { instance, base, used: 0 };
}

/** Ends an instance; its data and log stay when they have to be looked at. */
async function closeStage({ instance, base }: Stage, keep: boolean): Promise<void> {
  await instance.stop();
  if (keep) console.log(`data and log kept in ${base}`);
  else rmSync(base, { recursive: true, force: true });
}

async function run(stage: Stage, schedule: Schedule): Promise<ResultLine> {
  const startedAt = performance.now();
  const events = Number(values.events);
  try {
    const result = await runTrial(stage.instance, schedule, events === 0 ? undefined : events);
    return composeResult(schedule, performance.now() - startedAt, result);
  } catch (error) {
    return composeFailure(schedule, performance.now() - startedAt, error);
  }
}

function record(line: ResultLine): void {
  if (values.out !== undefined) appendFileSync(values.out, `${JSON.stringify(line)}\n`);
  console.log(
    `${line.at.slice(11, 19)} seed ${line.seed}: ${isTorn(line) ? 'TORN ' : 'clean'} ${line.acknowledged} acknowledged in ${(line.elapsed_ms / 1000).toFixed(1)} s; ${line.faults}`,
  );
  if (isTorn(line)) console.log(JSON.stringify(line.error ?? line.torn).slice(0, 2_000));
}

async function runAll(lines: ResultLine[]): Promise<void> {
  const done = new Set(lines.map(({ seed }) => seed));
  const first = Number(values.seed);
  const untilMs = parseUntil(values.until);
  let stage: Stage | undefined;
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (stopping = true));
  for (let seed = first; seed < first + Number(values.schedules); seed += 1) {
    if (done.has(seed)) continue;
    if (stopping || Date.now() > untilMs) break;
    stage ??= await openStage();
    const line = await run(stage, draw(seed));
    stage.used += 1;
    lines.push(line);
    record(line);
    if (lines.length % TOTALS_EVERY === 0) console.log(describeTotals(sumResults(lines)));
    if (isTorn(line) || stage.used >= Number(values['fresh-every'])) {
      await closeStage(stage, isTorn(line) || values.keep);
      stage = undefined;
    }
  }
  if (stage !== undefined) await closeStage(stage, values.keep);
}

const lines = values.out === undefined ? [] : readResults(values.out);
if (!values.totals) await runAll(lines);
for (const text of describeAllRecoveries(lines)) console.log(text);
console.log(`\n${describeTotals(sumResults(lines))}`);
console.log(JSON.stringify({ bench: 'faults', ...sumResults(lines) }));
if (lines.some(isTorn)) process.exitCode = 1;
