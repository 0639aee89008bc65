/**
 * Retention and cohorts over 10 million events of 500,000 people (made inside the engine): 30-day retention, a new cohort of three
 * conditions, and writing its members; each beside the SQL one would write first, in the same run, with the same answer.
 * "first run" is cold but for the file system's pages, "again" the median of the others.
 *
 * BENCH_EVENTS: events (10000000). BENCH_DATA: a folder that keeps the events between runs.
 */
import type { ClickHouse } from '../src/clickhouse/client.js';
import { answerSize } from '../src/query/cohort/answer.js';
import { readCriteria } from '../src/query/cohort/criteria.js';
import { resolveMembership } from '../src/query/cohort/formula.js';
import { printStore } from '../src/query/cohort/print.js';
import { DEFAULT_LIMITS, type QueryContext } from '../src/query/context.js';
import { createParams } from '../src/query/printed.js';
import { answerRetention } from '../src/query/retention/run.js';
import { RECEIVED_MS, withFunnelEngine } from './support/funnel-events.js';
import { type Figure, median, report } from './support/report.js';

const RUNS = 5;
const AS_OF = Date.UTC(2024, 0, 22);

/** Who viewed on day 0 and how many of them on each of 30 days after: a self-join by person and day. */
const NAIVE_RETENTION = `
select dateDiff('day', started.day, back.day) as k, uniqExact(started.person_key) as people
from (select person_key, min(toDate(timestamp)) as day from events where project = 'people' and event = 'view' group by person_key) as started
join (select distinct person_key, toDate(timestamp) as day from events where project = 'people' and event = 'view') as back
    on back.person_key = started.person_key
where back.day >= started.day and k <= 30
group by k order by k`;

/** The three conditions as three subqueries. */
const NAIVE_COHORT = `
select count() as size from (select distinct person_key from events where project = 'people' and timestamp < '2024-01-22')
where person_key in (
    select person_key from events where project = 'people' and event = 'view' and timestamp >= '2024-01-08' and timestamp < '2024-01-22'
    group by person_key having count() >= 3)
  and person_key in (select person_key from events where project = 'people' and event = 'cart' and timestamp < '2024-01-22')
  and person_key not in (
    select person_key from events where project = 'people' and event = 'purchase' and timestamp >= '2024-01-15' and timestamp < '2024-01-22')`;

const CRITERIA = {
  and: [
    { did: { event: 'view' }, times: { gte: 3 }, within: '14d' },
    { did: { event: 'cart' } },
    { did_not: { event: 'purchase' }, within: '7d' },
  ],
};

interface Timing {
  readonly first: number;
  readonly again: number;
  readonly answer: number;
}

async function time(ask: () => Promise<number>): Promise<Timing> {
  const times: number[] = [];
  let answer = 0;
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    answer = await ask();
    times.push(performance.now() - start);
  }
  return { first: times[0]!, again: median(times.slice(1)), answer };
}

async function run(clickhouse: ClickHouse): Promise<void> {
  const context: QueryContext = {
    clickhouse,
    project: 'people',
    limits: DEFAULT_LIMITS,
    receivedMs: RECEIVED_MS,
  };
  const question = { start: { event: 'view' }, from: '2024-01-01', to: '2024-01-22', periods: 30 };
  const retention = await time(async () => {
    const { periods } = await answerRetention(context, question);
    return periods.reduce((sum, { counts }) => sum + counts[1]!, 0);
  });
  const naiveRetention = await time(async () => {
    const { rows } = await clickhouse.query<{ k: number; people: number }>(NAIVE_RETENTION);
    return Number(rows.find(({ k }) => Number(k) === 1)!.people);
  });
  const membership = await resolveMembership(readCriteria(CRITERIA), AS_OF, async () => undefined);
  const cohort = await time(async () => (await answerSize(context, membership)).size);
  const naiveCohort = await time(async () => {
    const { rows } = await clickhouse.query<{ size: number }>(NAIVE_COHORT);
    return Number(rows[0]!.size);
  });
  let version = Date.now();
  const stored = await time(async () => {
    const params = createParams();
    const sql = printStore(membership, context, { cohort: 'co_bench', version: String(version++) }, params);
    await clickhouse.command(sql, { params: params.values });
    return 0;
  });
  for (const [mine, naive] of [
    [retention, naiveRetention],
    [cohort, naiveCohort],
  ] as const)
    if (mine.answer !== naive.answer) throw new Error(`${mine.answer} is not ${naive.answer}`);
  const timings: [string, Timing][] = [
    ['30-day retention', retention],
    ['30-day retention, naive SQL', naiveRetention],
    ['a new cohort of three conditions', cohort],
    ['a new cohort of three conditions, naive SQL', naiveCohort],
    ['writing the members of the cohort', stored],
  ];
  const figures: Figure[] = timings.flatMap(([name, { first, again }]) => [
    { figure: `${name}, first run`, value: first, unit: 'ms' },
    { figure: `${name}, again`, value: again, unit: 'ms' },
  ]);
  const ratio = (name: string, naive: Timing, own: Timing): Figure => ({
    figure: `${name}, naive SQL against it`,
    value: naive.again / own.again,
    unit: 'times',
  });
  figures.push(ratio('30-day retention', naiveRetention, retention));
  figures.push(ratio('a new cohort of three conditions', naiveCohort, cohort));
  figures.push({ figure: 'people in the cohort', value: cohort.answer, unit: 'people' });
  report('query-retention', figures);
}

await withFunnelEngine(run);
