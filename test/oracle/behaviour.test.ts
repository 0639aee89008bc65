import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClickHouse, createClickHouse } from '../../src/clickhouse/client.js';
import { DEFAULT_LIMITS, type QueryContext } from '../../src/query/context.js';
import { answerLifecycle } from '../../src/query/lifecycle/lifecycle.js';
import { foldLinks, type Picture } from '../../src/query/paths/fold-links.js';
import { answerPaths } from '../../src/query/paths/paths.js';
import { answerStickiness } from '../../src/query/stickiness/stickiness.js';
import { answerTrends } from '../../src/query/trends/answer.js';
import { freshClickHouse, runClickHouse } from '../support/stack.js';
import { createRandom, ORACLE_SEED, ORACLE_USERS } from './random.js';
import { rankWays } from './ways.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const FROM = Date.UTC(2024, 1, 20);
const DAYS = 14;
const USERS = ORACLE_USERS || 400;
const RANGE = { from: new Date(FROM).toISOString(), to: new Date(FROM + DAYS * DAY_MS).toISOString() };

interface Seen {
  user: string;
  event: string;
  at: number;
}

function drawEvents(): Seen[] {
  const random = createRandom(ORACLE_SEED);
  const events: Seen[] = [];
  for (let user = 0; user < USERS; user += 1) {
    let at = FROM + (random.below(30) - 12) * DAY_MS;
    for (let i = random.below(12); i > 0; i -= 1) {
      events.push({ user: `u${user}`, event: random.pick(['a', 'a', 'b', 'c', 'd']), at });
      // Ties, steps on both sides of the gap, days off.
      at += random.pick([0, 10 * MINUTE_MS, 30 * MINUTE_MS, 31 * MINUTE_MS, DAY_MS, 3 * DAY_MS]);
    }
  }
  return events;
}

/** Whoever comes to a node goes on from it, but where ways end; and each end of a link is a node. */
function expectWhole({ nodes, links }: Picture): void {
  const sum = (end: 'source' | 'target', step: number, event: string): number =>
    links
      .filter((link) => link[end] === event && link.step === (end === 'source' ? step : step - 1))
      .reduce((total, { visits }) => total + visits, 0);
  const last = Math.max(...nodes.map(({ step }) => step));
  for (const { step, event, visits } of nodes) {
    if (step > 1) expect(sum('target', step, event), `to ${event} at ${step}`).toBe(visits);
    if (step < last && event !== '$end')
      expect(sum('source', step, event), `from ${event} at ${step}`).toBe(visits);
  }
  const told = new Set(nodes.map(({ step, event }) => `${step} ${event}`));
  for (const { step, source, target } of links)
    expect([told.has(`${step} ${source}`), told.has(`${step + 1} ${target}`)]).toEqual([true, true]);
}

const dayOf = (at: number): number => Math.floor((at - FROM) / DAY_MS);

describe('questions about behaviour equal the naive computation', () => {
  const events = drawEvents();
  const people = [...new Set(events.map((event) => event.user))].map((user) =>
    events.filter((event) => event.user === user),
  );
  let clickhouse: ClickHouse;
  let context: QueryContext;

  beforeAll(async () => {
    const { url } = await freshClickHouse();
    clickhouse = createClickHouse(url);
    context = { clickhouse, project: 'p', limits: DEFAULT_LIMITS };
    const rows = events.flatMap((event, n) =>
      ['p', 'stranger'].map((project) => {
        const timestamp = new Date(event.at).toISOString().replace('T', ' ').replace('Z', '');
        return JSON.stringify({
          project,
          event: event.event,
          event_id: `e${n}`,
          user_id: event.user,
          timestamp,
          received_at: '2030-01-01 00:00:00.000',
        });
      }),
    );
    await runClickHouse(url, `insert into events format JSONEachRow\n${rows.join('\n')}`);
  });
  afterAll(() => clickhouse.close());

  it('stickiness', async () => {
    const expected = Array.from({ length: DAYS }, (_, i) => [i + 1, 0] as [number, number]);
    for (const own of people) {
      const days = new Set(
        own.filter((e) => e.event === 'a' && dayOf(e.at) >= 0 && dayOf(e.at) < DAYS).map((e) => dayOf(e.at)),
      );
      if (days.size > 0) expected[days.size - 1]![1] += 1;
    }
    const answer = await answerStickiness(context, { event: 'a', ...RANGE });
    expect(answer.rows).toEqual(expected);
    expect(answer.users).toBe(expected.reduce((sum, [, n]) => sum + n, 0));
  });

  it('lifecycle', async () => {
    const expected = Array.from({ length: DAYS }, () => [0, 0, 0, 0]);
    for (const own of people) {
      const days = new Set(own.filter((e) => e.event !== 'd' && dayOf(e.at) < DAYS).map((e) => dayOf(e.at)));
      const first = Math.min(...days);
      for (let day = 0; day < DAYS; day += 1) {
        if (days.has(day)) expected[day]![day === first ? 0 : days.has(day - 1) ? 1 : 2]! += 1;
        else if (days.has(day - 1)) expected[day]![3]! += 1;
      }
    }
    const answer = await answerLifecycle(context, { any_of: ['a', 'b', 'c'], ...RANGE });
    expect(answer.rows.map((row) => row.slice(1, 5))).toEqual(expected);
    expect(answer.rows.every((row) => row[5])).toBe(true);
  });

  it('lifecycle of a range that cuts its first and last bucket', async () => {
    // Weeks from a Thursday on: what lies in the first one before it is earlier history.
    const range = { from: '2024-02-22', to: '2024-03-05T12:00:00Z' };
    const [from, to] = [Date.parse(range.from), Date.parse(range.to)];
    const MONDAY = Date.UTC(2024, 1, 19);
    const weekOf = (at: number): number =>
      at >= MONDAY && at < from ? Number.NEGATIVE_INFINITY : Math.floor((at - MONDAY) / (7 * DAY_MS));
    const expected = Array.from({ length: 3 }, () => [0, 0, 0, 0]);
    for (const own of people) {
      const seen = own.filter((e) => e.event !== 'd' && e.at < to).map(({ at }) => at);
      const weeks = new Set(seen.map(weekOf));
      for (let week = 0; week < 3; week += 1) {
        if (weeks.has(week))
          expected[week]![Math.min(...weeks) === week ? 0 : weeks.has(week - 1) ? 1 : 2]! += 1;
        else if (weeks.has(week - 1)) expected[week]![3]! += 1;
      }
    }
    const question = { ...range, timezone: 'UTC' };
    const answer = await answerLifecycle(context, { ...question, any_of: ['a', 'b', 'c'], grain: 'week' });
    expect(answer.rows.map((row) => row.slice(1, 5))).toEqual(expected);
    expect(expected[0]!.every((count) => count > 0)).toBe(true);
    const trend = await answerTrends(context, {
      ...question,
      events: [{ any_of: ['a', 'b', 'c'], measure: 'users' }],
      grain: 'week',
    });
    expect(answer.rows.map((row) => row[1] + row[2] + row[3])).toEqual(
      trend.rows.map((row) => row[trend.columns.indexOf('value')]),
    );
  });

  function listWays(options: { start?: string; end?: string; steps: number }): string[][] {
    const ways: string[][] = [];
    for (const own of people) {
      const inside = own
        .filter((e) => dayOf(e.at) >= 0 && dayOf(e.at) < DAYS)
        .sort((x, y) => x.at - y.at || (x.event < y.event ? -1 : 1));
      const visits: Seen[][] = [];
      for (const event of inside) {
        const last = visits.at(-1)?.at(-1);
        if (last && event.at - last.at <= 30 * MINUTE_MS) visits.at(-1)!.push(event);
        else visits.push([event]);
      }
      for (const visit of visits) {
        const names = visit.map((e) => e.event).filter((name, i, all) => name !== all[i - 1]);
        const end = options.end === undefined ? names.length : names.indexOf(options.end) + 1;
        const start =
          options.start === undefined
            ? options.end === undefined
              ? 1
              : Math.max(1, end - options.steps + 1)
            : names.indexOf(options.start) + 1;
        if (start > 0 && end >= start)
          ways.push(names.slice(start - 1, Math.min(end, start - 1 + options.steps)));
      }
    }
    return ways;
  }

  it.each([
    { steps: 4 },
    { start: 'b', steps: 3 },
    { end: 'c', steps: 3 },
    { start: 'a', end: 'd', steps: 6 },
  ])('paths %j', async (options) => {
    const ways = listWays(options);
    const links = new Map<string, number>();
    for (const way of ways) {
      way.forEach((name, i) => {
        const target = way[i + 1] ?? '$end';
        if (target === '$end' && i + 1 >= options.steps) return;
        const key = `${i + 1} ${name} ${target}`;
        links.set(key, (links.get(key) ?? 0) + 1);
      });
    }
    const answer = await answerPaths(context, { ...RANGE, ...options });
    expect(
      Object.fromEntries(answer.links.map((l) => [`${l.step} ${l.source} ${l.target}`, l.visits])),
    ).toEqual(Object.fromEntries(links));
    expect(answer.ways.map((way) => [way.events, way.visits])).toEqual(rankWays(ways));
    const first = answer.nodes.filter((node) => node.step === 1).reduce((sum, node) => sum + node.visits, 0);
    expect(first).toBe(ways.length);
    expectWhole(answer);
  });
});

describe('folding', () => {
  it('keeps what is frequent and adds up the rest', () => {
    const links = [
      { step: 1, source: 'a', target: 'b', visits: 5 },
      { step: 1, source: 'a', target: 'c', visits: 3 },
      { step: 1, source: 'a', target: 'd', visits: 2 },
      { step: 1, source: 'a', target: '$end', visits: 1 },
    ];
    const folded = foldLinks(links, 1);
    expect(folded.links).toEqual([
      { step: 1, source: 'a', target: 'b', visits: 5 },
      { step: 1, source: 'a', target: '$other', visits: 5 },
      { step: 1, source: 'a', target: '$end', visits: 1 },
    ]);
    expect(folded.nodes).toEqual([
      { step: 1, event: 'a', visits: 11 },
      { step: 2, event: 'b', visits: 5 },
      { step: 2, event: '$other', visits: 5 },
      { step: 2, event: '$end', visits: 1 },
    ]);
  });
});
