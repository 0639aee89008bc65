/**
 * Training a churn model: people of very different habits (made inside the engine), the three aggregations, the fit and the
 * verdict, as `POST /v1/analytics/predictions/churn` does it. "process" is this one with the thread that fits, without the engine.
 *
 * BENCH_PEOPLE: people (100000), twenty events each on average. BENCH_DATA: a folder that keeps the events between runs.
 */
import type { ClickHouse } from '../src/clickhouse/client.js';
import { answerChurnQuestion } from '../src/predict/churn/run.js';
import { DEFAULT_LIMITS } from '../src/query/context.js';
import { withEngine } from './support/funnel-events.js';
import { report } from './support/report.js';

const PEOPLE = Number(process.env.BENCH_PEOPLE ?? 100_000);
const EVENTS = PEOPLE * 20;
const QUESTION = { event: 'opened', horizon: '28d', cut: '2024-06-01', limit: 0 };

/** 240 days around the cut. The product of two even draws makes some people frequent and many rare. */
const makeHabits = (clickhouse: ClickHouse): Promise<void> =>
  clickhouse.command(`
    insert into events (project, event, timestamp, event_id, user_id, received_at)
    select 'people', if(cityHash64(number, 4) % 4 = 0, concat('kind_', toString(cityHash64(number, 5) % 10)), 'opened'),
      toDateTime64('2023-11-20 00:00:00', 3, 'UTC') + toIntervalMillisecond(cityHash64(number, 3) % (240 * 86400000)),
      toString(number),
      toString(intDiv((cityHash64(number, 1) % ${PEOPLE}) * (cityHash64(number, 2) % ${PEOPLE}), ${PEOPLE})),
      toDateTime64('2024-08-01 00:00:00', 3, 'UTC')
    from numbers(${EVENTS})`);

async function run(clickhouse: ClickHouse): Promise<void> {
  const before = process.resourceUsage().maxRSS;
  const start = performance.now();
  const answer = await answerChurnQuestion(
    { clickhouse, project: 'people', limits: DEFAULT_LIMITS },
    QUESTION,
  );
  const seconds = (performance.now() - start) / 1_000;
  report('predict-churn', [
    {
      figure: 'people learnt from, calibration included',
      value: answer.people.learnt + answer.people.calibrated,
      unit: 'people',
    },
    { figure: 'people judged by', value: answer.people.judged, unit: 'people' },
    { figure: 'training', value: seconds, unit: 's' },
    { figure: 'memory of the process at most', value: process.resourceUsage().maxRSS / 1_024, unit: 'MB' },
    { figure: 'memory of the process before', value: before / 1_024, unit: 'MB' },
    { figure: 'AUC', value: answer.scoreboard.auc ?? 0, unit: '' },
  ]);
}

await withEngine(makeHabits, run);
