/**
 * How long the front's other requests wait while a funnel is judged: the longest delay of this thread's event loop during a fold,
 * judged on a thread of its own (as Weir does) and on this one (as it did). Questions: half a million people, and a person of
 * 300,000 events among others.
 *
 * BENCH_EVENTS, BENCH_DATA: see support/funnel-events.ts.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ClickHouse } from '../src/clickhouse/client.js';
import { DEFAULT_LIMITS, type QueryContext } from '../src/query/context.js';
import { runFold } from '../src/query/funnel/fold-thread.js';
import { prepareFold } from '../src/query/funnel/prepare.js';
import { readFunnelQuestion } from '../src/query/funnel/request.js';
import { runFoldTask } from '../src/query/funnel/run-fold-task.js';
import { readNativeBlocks } from '../src/query/native-result.js';
import { streamBytes } from '../src/query/run.js';
import { withFunnelEngine } from './support/funnel-events.js';
import { type Figure, report } from './support/report.js';

/** The longest delay while the work runs, and how long it took, in ms. */
async function watch(work: () => Promise<unknown>): Promise<{ delay: number; took: number }> {
  const monitor = monitorEventLoopDelay({ resolution: 1 });
  monitor.enable();
  const start = performance.now();
  await work();
  const took = performance.now() - start;
  // A block that lasts to the end of the work is seen at the loop's next turn.
  await new Promise((resolve) => setTimeout(resolve, 5));
  monitor.disable();
  return { delay: monitor.max / 1e6, took };
}

const month = { window: '7d', from: '2024-01-01', to: '2024-01-22' };
const QUESTIONS = [
  { name: 'all people, 21 days', project: 'people', steps: ['view', 'cart', 'checkout', 'purchase'] },
  { name: 'a person of 300,000 events', project: 'heavy', steps: ['view', 'cart', 'view', 'purchase'] },
];

async function run(clickhouse: ClickHouse): Promise<void> {
  const figures: Figure[] = [];
  for (const { name, project, steps } of QUESTIONS) {
    const context: QueryContext = { clickhouse, project, limits: DEFAULT_LIMITS };
    const question = readFunnelQuestion({ ...month, steps: steps.map((event) => ({ event })) });
    const { plan, statement } = await prepareFold(context, question);
    const task = { kind: 'answer', question, plan } as const;
    const onThread = () => runFold(context, statement, task);
    const here = () => runFoldTask(task, readNativeBlocks(streamBytes(context, statement)));
    // The thread is started and the pages are read once.
    await onThread();
    for (const [place, work] of [
      ['a thread of its own', onThread],
      ['the asking thread', here],
      // What a busy machine makes anybody wait.
      [
        'no thread: nothing is asked for two seconds',
        () => new Promise((resolve) => setTimeout(resolve, 2_000)),
      ],
    ] as const) {
      const { delay, took } = await watch(work);
      figures.push({
        figure: `${name}, judged on ${place}: longest wait of others`,
        value: delay,
        unit: 'ms',
      });
      figures.push({ figure: `${name}, judged on ${place}: the question`, value: took, unit: 'ms' });
    }
  }
  report('query-funnel-delay', figures);
}

await withFunnelEngine(run);
