/**
 * Funnels over 10 million events of 500,000 people (made inside the engine): the four-step seven-day funnel by windowFunnel
 * and by the fold, fifty steps against five, and a person of 300,000 events among the others. Each question runs several times;
 * "cold" is the first run, "again" the median of the others: nothing is cached but the file system's pages.
 *
 * BENCH_EVENTS: events (10000000). BENCH_DATA: a folder that keeps the events between runs.
 */
import type { ClickHouse } from '../src/clickhouse/client.js';
import { DEFAULT_LIMITS, type QueryContext } from '../src/query/context.js';
import { analyzeFunnel } from '../src/query/funnel/analyze.js';
import { KINDS, RECEIVED_MS, withFunnelEngine } from './support/funnel-events.js';
import { readProcessorMs } from './support/processor-time.js';
import { type Figure, median, report } from './support/report.js';

const RUNS = 5;
interface Timing {
  cold: number;
  again: number;
  /** Processor time of the engine and of this process, of one run: what is comparable on a busy machine. */
  engineCpu: number;
  ownCpu: number;
  counts: number[];
}

async function time(enginePid: number, context: QueryContext, question: object): Promise<Timing> {
  const times: number[] = [];
  let counts: number[] = [];
  const engineStart = readProcessorMs(enginePid);
  const ownStart = process.cpuUsage();
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    const answer = await analyzeFunnel(context, question);
    times.push(performance.now() - start);
    counts = answer.steps.map(({ count }) => count);
  }
  const own = process.cpuUsage(ownStart);
  return {
    cold: times[0]!,
    again: median(times.slice(1)),
    engineCpu: (readProcessorMs(enginePid) - engineStart) / RUNS,
    ownCpu: (own.user + own.system) / 1_000 / RUNS,
    counts,
  };
}

const steps = (names: readonly string[]): object[] => names.map((event) => ({ event }));
const week = { window: '7d', from: '2024-01-05', to: '2024-01-12' };

async function run(clickhouse: ClickHouse, pid: number): Promise<void> {
  const contextOf = (project: string): QueryContext => ({
    clickhouse,
    project,
    limits: DEFAULT_LIMITS,
    receivedMs: RECEIVED_MS,
  });
  const four = { ...week, steps: steps(KINDS.slice(0, 4)) };
  const people = contextOf('people');
  const fast = await time(pid, people, { ...four, times: false });
  const fold = await time(pid, people, four);
  if (fast.counts.join() !== fold.counts.join()) throw new Error('the two plans disagree');
  const overlapping = await time(pid, people, { ...four, steps: steps(['view', 'view', 'cart', 'view']) });
  const unordered = await time(pid, people, { ...four, order: 'unordered' });
  const conversions = await time(pid, people, { ...four, count: 'conversions' });
  const broken = await time(pid, people, { ...four, breakdown: ['country'] });
  const names = Array.from({ length: 50 }, (_, step) => `step${step}`);
  const month = { window: '21d', from: '2024-01-01', to: '2024-01-22' };
  const five = await time(pid, contextOf('fifty'), { ...month, steps: steps(names.slice(0, 5)) });
  const fifty = await time(pid, contextOf('fifty'), { ...month, steps: steps(names) });
  const heavy = await time(pid, contextOf('heavy'), {
    ...month,
    steps: steps(['view', 'cart', 'view', 'purchase']),
  });
  const timings: [string, Timing][] = [
    ['4 steps, 7 days, windowFunnel (counts)', fast],
    ['4 steps, 7 days, fold (counts and times)', fold],
    ['4 overlapping steps, fold', overlapping],
    ['4 steps, unordered', unordered],
    ['4 steps, conversions', conversions],
    ['4 steps, by country', broken],
    ['5 of 50 steps, fold', five],
    ['50 steps, fold', fifty],
    ['a person of 300,000 events, fold', heavy],
  ];
  const figures: Figure[] = timings.flatMap(([name, { cold, again, engineCpu, ownCpu }]) => [
    { figure: `${name}, first run`, value: cold, unit: 'ms' },
    { figure: `${name}, again`, value: again, unit: 'ms' },
    { figure: `${name}, processor time of the engine`, value: engineCpu, unit: 'ms' },
    { figure: `${name}, own processor time`, value: ownCpu, unit: 'ms' },
  ]);
  figures.push({
    figure: '50 steps against 5, processor time',
    value: (fifty.engineCpu + fifty.ownCpu) / (five.engineCpu + five.ownCpu),
    unit: 'times',
  });
  report('query-funnel', figures);
}

await withFunnelEngine(run);
