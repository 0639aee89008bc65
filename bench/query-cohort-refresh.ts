/**
 * Keeping the members of a cohort fresh: a refresh by what changed in a quarter of an hour, against one that calculates them whole (as
 * one statement over all events, and as the one that counts for the refreshes after it), in the same run, over the same events.
 * Both publish what they store. The members must be the same.
 *
 * BENCH_EVENTS: events (10000000), of a twentieth as many people over 21 days. BENCH_DATA: a folder that keeps them between runs.
 */
import type { ClickHouse } from '../src/clickhouse/client.js';
import { migrateClickHouse } from '../src/clickhouse/migrate.js';
import { readCriteria } from '../src/query/cohort/criteria.js';
import { resolveMembership } from '../src/query/cohort/formula.js';
import { publishMembers } from '../src/query/cohort/members.js';
import { printStore } from '../src/query/cohort/print.js';
import { type RefreshOptions, refreshMembers } from '../src/query/cohort/refresh.js';
import { DEFAULT_LIMITS } from '../src/query/context.js';
import { createParams } from '../src/query/printed.js';
import { withEngine } from './support/funnel-events.js';
import { type Figure, median, report } from './support/report.js';

const EVENTS = Number(process.env.BENCH_EVENTS ?? 10_000_000);
const PROJECT = 'people';
const FIRST = Date.UTC(2024, 0, 1);
const END = Date.UTC(2024, 0, 22);
const QUARTER_MS = 900_000;
const RUNS = 5;

/** Each received 200 ms after its time; half of them views. A third of the people are gold. */
async function fill(clickhouse: ClickHouse): Promise<void> {
  const began = `toDateTime64('2024-01-01 00:00:00', 3, 'UTC')`;
  const time = `${began} + toIntervalMillisecond(toUInt64(number / ${EVENTS} * ${END - FIRST}))`;
  await clickhouse.command(
    `insert into events (project, event, timestamp, event_id, user_id, session_id, received_at, properties)
    select '${PROJECT}', ['view', 'cart', 'purchase', 'click'][1 + if(cityHash64(number, 1) % 2 = 0, 0, cityHash64(number, 2) % 4)],
      ${time}, toString(number), concat('u', toString(cityHash64(number, 4) % ${EVENTS / 20})), 's', ${time} + toIntervalMillisecond(200),
      concat('{"price":', toString((cityHash64(number, 6) % 10000) / 100 + 0.001), '}')::JSON
    from numbers(${EVENTS})`,
    { timeoutMs: 1_800_000, settings: { max_execution_time: 1_800 } },
  );
  await clickhouse.command(
    `insert into user_property_changes (project, name, person_key, at, received_at, event_id, op, value)
    select '${PROJECT}', 'tier', cityHash64(toUInt8(1), concat('u', toString(number))), ${began}, ${began}, toString(number), 1, '"gold"'
    from numbers(${EVENTS / 20}) where number % 3 = 0`,
  );
  await clickhouse.command('optimize table events final', { timeoutMs: 1_800_000 });
}

const COHORTS = {
  'three conditions': {
    and: [
      { did: { event: 'view' }, times: { gte: 3 }, within: '14d' },
      { did: { event: 'cart' } },
      { did_not: { event: 'purchase' }, within: '7d' },
    ],
  },
  'views of a price, ever': {
    did: { event: 'view', where: { property: 'price', op: 'gte', value: 50 } },
    times: { gte: 5 },
  },
  'no purchase for a week': { did_not: { event: 'purchase' }, within: '7d' },
  'a cart, then a purchase': { sequence: [{ event: 'cart' }, { event: 'purchase' }], within: '14d' },
  'a view, a cart, a purchase, ever': {
    sequence: [{ event: 'view' }, { event: 'cart' }, { event: 'purchase' }],
  },
  'three views of gold people': {
    did: { event: 'view', where: { property: 'user.tier', op: 'eq', value: 'gold' } },
    times: { gte: 3 },
    within: '14d',
  },
};

let version = Date.now();
const nextVersion = async () => String(++version);

async function time(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** The members in an order of their own, as one number. */
async function digest(clickhouse: ClickHouse, cohort: string): Promise<string> {
  const { rows } = await clickhouse.query<{ digest: string }>(
    'select toString(sum(cityHash64(person_key))) as digest from cohort_members where project = {project:String} and cohort_id = {cohort:String}',
    { params: { project: PROJECT, cohort } },
  );
  return rows[0]!.digest;
}

async function measure(
  clickhouse: ClickHouse,
  name: string,
  written: object,
  cohort: string,
): Promise<Figure[]> {
  const context = { clickhouse, project: PROJECT, limits: DEFAULT_LIMITS };
  const membershipAt = (ms: number) => resolveMembership(readCriteria(written), ms, async () => undefined);
  const refresh = async (asOfMs: number, id: string, way: string): Promise<void> => {
    const options: RefreshOptions = {
      context,
      cohort: id,
      membershipAt,
      asOfMs,
      receivedMs: asOfMs,
      nextVersion,
      renewMs: END,
    };
    const refreshed = await refreshMembers(options);
    if (refreshed.way !== way) throw new Error(`${refreshed.way} because of ${refreshed.why}, not ${way}`);
  };
  const plainly = async (asOfMs: number): Promise<void> => {
    const params = createParams();
    const members = { project: PROJECT, cohort: `${cohort}_plain`, version: await nextVersion() };
    const sql = printStore(await membershipAt(asOfMs), context, members, params);
    await clickhouse.command(sql, { params: params.values });
    await publishMembers(clickhouse, members, asOfMs);
  };
  const [whole, plain, changes]: [number[], number[], number[]] = [[], [], []];
  const startMs = END - (RUNS + 1) * QUARTER_MS;
  await refresh(startMs, cohort, 'whole');
  for (let run = 1; run <= RUNS; run++) {
    const asOfMs = startMs + run * QUARTER_MS;
    changes.push(await time(() => refresh(asOfMs, cohort, 'changes')));
    whole.push(await time(() => refresh(asOfMs, `${cohort}_whole${run}`, 'whole')));
    plain.push(await time(() => plainly(asOfMs)));
    const digests = await Promise.all([cohort, `${cohort}_whole${run}`].map((id) => digest(clickhouse, id)));
    if (new Set(digests).size > 1) throw new Error(`${name}: the members are not the same`);
  }
  const figure = (what: string, value: number, unit: string): Figure => ({
    figure: `${name}: ${what}`,
    value,
    unit,
  });
  return [
    figure('one statement over all events', median(plain), 'ms'),
    figure('whole, with what the next is a change to', median(whole), 'ms'),
    figure('by what changed in 15 minutes', median(changes), 'ms'),
    figure('one statement against what changed', median(plain) / median(changes), 'times'),
    figure('whole against what changed', median(whole) / median(changes), 'times'),
  ];
}

await withEngine(fill, async (clickhouse) => {
  await migrateClickHouse(clickhouse);
  const figures: Figure[] = [];
  for (const [index, [name, written]] of Object.entries(COHORTS).entries())
    figures.push(...(await measure(clickhouse, name, written, `co_${version}_${index}`)));
  report('query-cohort-refresh', figures);
});
