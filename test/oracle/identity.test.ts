/**
 * Random people with several ids, who log in, share devices, get aliases and properties; sent through the front and ingest, late and
 * twice. Every kind of question must answer as if each event had carried the person's name and what was known of her.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClickHouse } from '../../src/clickhouse/client.js';
import { createIdentity } from '../../src/identity/identity.js';
import { freshClickHouse, runClickHouse, startWeir, type Weir } from '../support/stack.js';
import type { OracleEvent } from './condition.js';
import { findPeople, idOf, knowAt, nameOf, type SentEvent } from './people.js';
import { createRandom, ORACLE_SEED, type Random } from './random.js';
import { computeRetention, listNames, type OracleQuestion } from './retention.js';
import { computeTrend } from './trends.js';

const DAY = 86_400_000;
const ABOUT = { links: ['default'], changes: ['default'] };
const START = Date.UTC(2026, 2, 1);
const END = START + 14 * DAY;
const PAYLOADS = 60;
const PLANS = ['free', 'pro', 'team'];
const random = createRandom(ORACLE_SEED);

let weir: Weir;
let clickhouseUrl: string;
let sent: SentEvent[];
/** Events with their people's names, and what was known of them, as the other oracles read them. */
let resolved: OracleEvent[];
let people: ReturnType<typeof findPeople>;

let nextId = 0;

function drawProperties(random: Random, event: string): Record<string, unknown> {
  const set = { plan: random.pick(PLANS), seats: random.below(5) };
  if (random.chance(0.1)) return { $unset: [random.pick(['plan', 'seats'])] };
  if (event === '$identify' || random.chance(0.2))
    return random.chance(0.3) ? { $set_once: set } : { $set: set };
  return {};
}

function drawEvent(random: Random, payload: number): SentEvent {
  const user = `u${random.below(14)}`;
  const anonymous = `a${random.below(26)}`;
  const kind = random.below(20);
  const base = { id: `e${String(nextId++).padStart(5, '0')}`, t: START + random.below(END - START), payload };
  if (kind < 3) {
    const distinct = random.chance(0.2) ? { $anon_distinct_id: anonymous } : {};
    const properties = { ...drawProperties(random, '$identify'), ...distinct };
    return { ...base, event: '$identify', user, anonymous, properties };
  }
  if (kind < 5) {
    const previous_id = random.pick([anonymous, `u${random.below(14)}`, `old${random.below(8)}`]);
    const distinct = random.chance(0.3) ? { $anon_distinct_id: previous_id } : {};
    const own = random.chance(0.8)
      ? { user, anonymous: '' }
      : { user: '', anonymous: `a${random.below(26)}` };
    return { ...base, ...own, event: '$alias', properties: { previous_id, ...distinct } };
  }
  const event = random.pick(['visit', 'visit', 'buy', 'share']);
  const own = random.pick([
    { user, anonymous: '' },
    { user: '', anonymous },
    { user: '', anonymous: `old${random.below(8)}` },
    { user, anonymous },
  ]);
  return { ...base, ...own, event, properties: drawProperties(random, event) };
}

async function post(path: string, key: string, body: unknown): Promise<unknown> {
  const response = await fetch(weir.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} ${response.status} ${text}`);
  return JSON.parse(text);
}

const toNative = (one: SentEvent) => ({
  event: one.event,
  event_id: one.id,
  ...(one.user !== '' && { user_id: one.user }),
  ...(one.anonymous !== '' && { anonymous_id: one.anonymous }),
  timestamp: new Date(one.t).toISOString(),
  properties: one.properties,
});

beforeAll(async () => {
  clickhouseUrl = (await freshClickHouse({ migrate: false })).url;
  weir = await startWeir({ clickhouse: clickhouseUrl });
  sent = [];
  for (let payload = 0; payload < PAYLOADS; payload++) {
    const events = Array.from({ length: 1 + random.below(14) }, () => drawEvent(random, payload));
    const again = sent.length > 0 && random.chance(0.4) ? [random.pick(sent), random.pick(sent)] : [];
    await post('/v1/events?wait=stored', weir.keys.write, [...again, ...events].map(toNative));
    sent.push(...events.sort((a, b) => a.t - b.t || (a.id < b.id ? -1 : 1)));
  }
  people = findPeople(sent);
  const now = new Map<string, Record<string, unknown>>();
  resolved = sent.map((one) => {
    const user = nameOf(people.people, idOf(one));
    if (!now.has(user)) now.set(user, knowAt(sent, people.people, user, Number.POSITIVE_INFINITY));
    const then = knowAt(sent, people.people, user, one.t);
    return { user, event: one.event, t: one.t, properties: { user: now.get(user), user_then: then } };
  });
}, 300_000);

afterAll(() => weir.stop());

const range = { from: new Date(START).toISOString(), to: new Date(END).toISOString() };
const bounds = Array.from({ length: 15 }, (_, day) => START + day * DAY);

interface Table {
  columns: string[];
  rows: unknown[][];
}

test('the events make what is asked worth asking', () => {
  expect(people.refused.length).toBeGreaterThan(20);
  expect(people.people.filter(({ ids }) => ids.length > 3).length).toBeGreaterThan(5);
});

test.each([
  { measure: 'users', breakdown: [] },
  { measure: 'sessions', breakdown: [] },
  { measure: 'users', breakdown: ['user.plan'] },
  { measure: 'count', breakdown: ['user_then.plan'] },
  { measure: 'count', breakdown: ['user_then.seats', 'user.plan'] },
])('trends of $measure by $breakdown', async ({ measure, breakdown }) => {
  for (const where of [
    undefined,
    { property: 'user.plan', op: 'eq', value: 'pro' },
    { property: 'user_then.seats', op: 'gte', value: 2 },
    { property: 'user.seats', op: 'is_not_set' },
    { property: 'user_then.plan', op: 'in', value: ['free', 'team'] },
  ]) {
    const asked = { events: [{ event: 'visit', measure }], where, breakdown, breakdown_limit: 100, ...range };
    const answer = (await post('/v1/analytics/trends', weir.keys.read, asked)) as Table;
    const [expected] = computeTrend(
      {
        series: [{ events: ['visit'], measure }],
        from: START,
        to: END,
        bounds,
        breakdown,
        limit: 100,
        ...(where && { where }),
      },
      resolved,
    );
    const found = new Map<string, number[]>();
    for (const row of answer.rows) {
      const key = JSON.stringify(row.slice(2, 2 + breakdown.length));
      found.set(key, [...(found.get(key) ?? []), row[2 + breakdown.length] as number]);
    }
    expect(Object.fromEntries(found), JSON.stringify(where)).toEqual(Object.fromEntries(expected!));
  }
});

test('a funnel', async () => {
  const window = 3 * DAY;
  const units = new Map<string, OracleEvent[]>();
  for (const event of resolved) units.set(event.user, [...(units.get(event.user) ?? []), event]);
  const counts = [0, 0];
  for (const own of units.values()) {
    const starts = own.filter(({ event }) => event === 'visit');
    if (starts.length > 0) counts[0]! += 1;
    const converts = starts.some((start) =>
      own.some(({ event, t }) => event === 'buy' && t >= start.t && t <= start.t + window),
    );
    if (converts) counts[1]! += 1;
  }
  const question = { steps: [{ event: 'visit' }, { event: 'buy' }], window: '3d', ...range };
  for (const times of [true, false]) {
    const answer = (await post('/v1/analytics/funnels/analyze', weir.keys.read, { ...question, times })) as {
      steps: { count: number }[];
    };
    expect(answer.steps.map(({ count }) => count)).toEqual(counts);
  }
});

test('retention', async () => {
  const question: OracleQuestion = {
    start: 'visit',
    back: 'buy',
    fromMs: START,
    toMs: END,
    mode: 'first_time',
    criterion: 'on',
    minTimes: 1,
    grain: 'day',
    timezone: 'UTC',
    periods: 5,
    rolling: false,
  };
  const events = resolved.map(({ user, event, t }) => ({ user, event, at: t }));
  const expected = computeRetention(events, question, listNames(question, END + 10 * DAY));
  const answer = (await post('/v1/analytics/retention', weir.keys.read, {
    start: { event: 'visit' },
    return: { event: 'buy' },
    grain: 'day',
    periods: 5,
    ...range,
  })) as { periods: { size: number; counts: number[]; same_period: number }[] };
  const seen = answer.periods.map(({ size, counts, same_period }) => ({ size, counts, same_period }));
  expect(seen).toEqual(expected);
});

test('a cohort, by what people did and what is known of them', async () => {
  const buys = (user: string): number =>
    resolved.filter((one) => one.user === user && one.event === 'buy').length;
  const users = [...new Set(resolved.map(({ user }) => user))];
  const size = async (criteria: unknown): Promise<number> =>
    ((await post('/v1/analytics/cohorts/preview', weir.keys.read, { criteria })) as { size: number }).size;
  const bought = { did: { event: 'buy' }, times: { gte: 2 } };
  expect(await size(bought)).toBe(users.filter((user) => buys(user) >= 2).length);
  const isPro = (user: string): boolean =>
    knowAt(sent, people.people, user, Number.POSITIVE_INFINITY).plan === 'pro';
  const pro = { property: 'user.plan', op: 'eq', value: 'pro' };
  expect(await size({ and: [bought, pro] })).toBe(
    users.filter((user) => buys(user) >= 2 && isPro(user)).length,
  );
});

test('a metric, by the day and by what is known', async () => {
  const calculate = async (more: object): Promise<Table & { totals: { value: number } }> =>
    (await post('/v1/analytics/metrics/calculate', weir.keys.read, {
      definition: 'metric "visitors" { formula = "uniq(visit)" }',
      grain: 'all',
      ...range,
      ...more,
    })) as Table & { totals: { value: number } };
  const count = (test: (event: OracleEvent) => boolean): number =>
    new Set(resolved.filter((one) => one.event === 'visit' && test(one)).map(({ user }) => user)).size;
  const read = (event: OracleEvent, when: 'user' | 'user_then', name: string): unknown =>
    (event.properties![when] as Record<string, unknown>)[name];
  expect((await calculate({})).totals.value).toBe(count(() => true));
  for (const when of ['user', 'user_then'] as const) {
    const { rows } = await calculate({ dimensions: [`${when}.plan`], breakdown_limit: 20 });
    const found = Object.fromEntries(rows.map((row) => [String(row[1]), row[2]]));
    const plans = [
      ...new Set(resolved.filter(({ event }) => event === 'visit').map((one) => read(one, when, 'plan'))),
    ];
    const expected = plans.map((plan) => [
      String(plan ?? null),
      count((one) => read(one, when, 'plan') === plan),
    ]);
    expect(found).toEqual(Object.fromEntries(expected));
  }
  const where = { property: 'user_then.seats', op: 'gt', value: 1 };
  expect((await calculate({ where })).totals.value).toBe(
    count((one) => Number(read(one, 'user_then', 'seats')) > 1),
  );
});

test('everybody is listed once, with what is known of her', async () => {
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(weir.url + path, { headers: { authorization: `Bearer ${weir.keys.read}` } });
    expect(response.status, path).toBe(200);
    return response.json();
  };
  interface Listed {
    user_id?: string;
    anonymous_id?: string;
    events: number;
  }
  const listed: Listed[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = (await get(`/v1/users?limit=7&cursor=${cursor}`)) as {
      data: Listed[];
      next_cursor: string | null;
    };
    listed.push(...page.data);
    cursor = page.next_cursor;
  }
  const nameListed = (one: Listed): string =>
    one.user_id !== undefined ? `u:${one.user_id}` : `a:${one.anonymous_id}`;
  const counts = new Map<string, number>();
  for (const { user } of resolved) counts.set(user, (counts.get(user) ?? 0) + 1);
  expect(Object.fromEntries(listed.map((one) => [nameListed(one), one.events]))).toEqual(
    Object.fromEntries(counts),
  );
  for (const one of listed.filter(({ user_id }) => user_id !== undefined)) {
    const shown = (await get(`/v1/users/${one.user_id}`)) as { properties: unknown; events: number };
    const known = knowAt(sent, people.people, `u:${one.user_id}`, Number.POSITIVE_INFINITY);
    expect(shown, one.user_id).toMatchObject({ properties: known, events: one.events });
    expect(shown.properties).toEqual(known);
  }
});

test('the refused links are those that would have joined two users', async () => {
  const response = await fetch(`${weir.url}/v1/identity/refused?limit=1000`, {
    headers: { authorization: `Bearer ${weir.keys.read}` },
  });
  const { data } = (await response.json()) as { data: { event_id: string; owner: string }[] };
  const found = data.map(({ event_id, owner }) => `${event_id} u:${owner}`).sort();
  expect(found).toEqual(people.refused.map(({ id, owner }) => `${id} ${owner}`).sort());
});

test('taken again, once or from nothing, the links give the same people', async () => {
  const again = (await freshClickHouse()).url;
  const nameOfDatabase = (url: string): string => new URL(url).pathname.slice(1);
  await runClickHouse(
    again,
    `insert into events select * from ${nameOfDatabase(clickhouseUrl)}.events settings max_partitions_per_insert_block = 0`,
  );
  const clickhouse = createClickHouse(again);
  const { rows: batches } = await clickhouse.query<{
    partition: number;
    seq: number;
    first: number;
    last: number;
  }>(
    'select batch_partition as partition, batch_seq as seq, toUnixTimestamp64Milli(min(received_at)) as first, toUnixTimestamp64Milli(max(received_at)) as last from events group by partition, seq order by partition, seq',
  );
  const listOverrides = (url: string): Promise<string> =>
    runClickHouse(
      url,
      'select person_key, argMax(target, seq) as name from identity_overrides group by person_key order by person_key format TSV',
    );
  const identity = createIdentity(clickhouse);
  const expected = await listOverrides(clickhouseUrl);
  expect(expected.split('\n').length).toBeGreaterThan(20);
  for (let round = 0; round < 2; round++) {
    for (const { partition, seq, first, last } of batches) {
      const range = { partition, seq: Number(seq), fromMs: Number(first), toMs: Number(last) };
      await identity.takeBatch(range, ABOUT);
      // As after a crash between the rows and the acknowledgement.
      if (Number(seq) % 3 === 0) await identity.takeBatch(range, ABOUT);
    }
    expect(await listOverrides(again)).toBe(expected);
  }
  await clickhouse.close();
});
