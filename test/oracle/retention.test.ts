import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClickHouse, createClickHouse } from '../../src/clickhouse/client.js';
import { DEFAULT_LIMITS } from '../../src/query/context.js';
import type { RetentionPeriod } from '../../src/query/retention/answer.js';
import { answerRetention, explainRetention } from '../../src/query/retention/run.js';
import { freshClickHouse, runClickHouse } from '../support/stack.js';
import { createRandom, ORACLE_SEED, ORACLE_USERS, type Random } from './random.js';
import { computeRetention, listNames, type OracleEvent, type OracleQuestion } from './retention.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const USERS = ORACLE_USERS || 300;
const QUESTIONS = Number(process.env.ORACLE_QUESTIONS ?? 25);

/** Spans with something to trip over: New Year, a leap day, clocks that change, half-hour offsets. */
const SPANS = [
  { name: 'New Year', timezone: 'UTC', fromMs: Date.UTC(2023, 11, 20), days: 20 },
  { name: 'a leap day', timezone: 'Asia/Kolkata', fromMs: Date.UTC(2024, 1, 19, 18, 30), days: 16 },
  { name: 'clocks going forward', timezone: 'Europe/Berlin', fromMs: Date.UTC(2024, 2, 22, 23), days: 14 },
  { name: 'clocks going back', timezone: 'America/New_York', fromMs: Date.UTC(2024, 9, 25, 4), days: 16 },
] as const;

function drawEvents(random: Random, fromMs: number, days: number): OracleEvent[] {
  const events: OracleEvent[] = [];
  for (let user = 0; user < USERS; user += 1) {
    const count = random.below(9);
    for (let i = 0; i < count; i += 1) {
      // Whole hours make ties and events on the edges of buckets common; some lie before and after the range.
      const hours = random.below((days + 50) * 24) - 10 * 24;
      const value = random.chance(0.7) ? random.below(100) + 0.5 : undefined;
      events.push({
        user: `u${user}`,
        event: random.pick(['a', 'a', 'b', 'c']),
        at: fromMs + hours * HOUR_MS,
        ...(value === undefined ? {} : { value }),
        ...(random.chance(0.8) ? { plan: random.pick(['"pro"', '"free"', '"team"', '7', 'true']) } : {}),
      });
      if (random.chance(0.2)) events.push({ ...events.at(-1)! });
    }
  }
  return events;
}

function drawQuestion(random: Random, span: (typeof SPANS)[number]): OracleQuestion {
  const grain = random.pick(
    span.timezone === 'UTC'
      ? (['hour', 'day', 'week', 'month', 'quarter'] as const)
      : (['day', 'week', 'month'] as const),
  );
  const days = grain === 'hour' ? 1 : span.days;
  const brackets: [number, number][] | undefined = random.chance(0.2)
    ? [
        [1, 1],
        [0, 2],
        [2, 5],
      ]
    : undefined;
  return {
    start: 'a',
    back: random.pick(['a', 'b', 'b']),
    fromMs: span.fromMs + (random.chance(0.3) ? 7 * HOUR_MS : 0),
    toMs: span.fromMs + days * DAY_MS - (random.chance(0.3) ? 5 * HOUR_MS : 0),
    mode: random.pick(['first_time', 'recurring', 'first_ever'] as const),
    criterion: brackets ? 'on' : random.pick(['on', 'on_or_after'] as const),
    minTimes: random.chance(0.3) ? 2 : 1,
    grain,
    timezone: span.timezone,
    periods: 6,
    ...(brackets ? { brackets } : {}),
    rolling: random.chance(0.3) && grain !== 'hour' && grain !== 'quarter',
    ...(random.chance(0.25) ? { value: random.pick(['sum', 'avg'] as const) } : {}),
  };
}

const toBody = (q: OracleQuestion): object => ({
  start: { event: q.start },
  return: { event: q.back },
  from: new Date(q.fromMs).toISOString(),
  to: new Date(q.toMs).toISOString(),
  mode: q.mode,
  criterion: q.criterion,
  min_times: q.minTimes,
  grain: q.grain,
  timezone: q.timezone,
  windows: q.rolling ? 'rolling' : 'calendar',
  ...(q.brackets ? { brackets: q.brackets } : { periods: q.periods }),
  ...(q.value ? { value: { [q.value]: 'v' } } : {}),
});

describe('retention equals the naive computation', () => {
  const random = createRandom(ORACLE_SEED);
  let clickhouse: ClickHouse;
  const strategies = new Set<unknown>();
  const events = SPANS.map((span) => drawEvents(random, span.fromMs, span.days));

  beforeAll(async () => {
    const { url } = await freshClickHouse();
    clickhouse = createClickHouse(url);
    const rows = events.flatMap((own, span) =>
      own.flatMap((event, n) =>
        [`p${span}`, 'stranger'].map((project) => {
          const properties = `{${[
            ...(event.value === undefined ? [] : [`"v":${event.value.toFixed(1)}`]),
            ...(event.plan === undefined ? [] : [`"plan":${event.plan}`]),
          ].join(',')}}`;
          const at = new Date(event.at).toISOString().replace('T', ' ').replace('Z', '');
          return `{"project":"${project}","event":"${event.event}","event_id":"${span}.${n}","user_id":"${event.user}","timestamp":"${at}","received_at":"2030-01-01 00:00:00.000","properties":${properties}}`;
        }),
      ),
    );
    await runClickHouse(
      url,
      `insert into events settings max_partitions_per_insert_block = 0 format JSONEachRow\n${rows.join('\n')}`,
    );
  });
  afterAll(() => clickhouse.close());

  SPANS.forEach((span, index) => {
    it(`across ${span.name} (${span.timezone}), seed ${ORACLE_SEED}`, async () => {
      const context = { clickhouse, project: `p${index}`, limits: DEFAULT_LIMITS };
      for (let n = 0; n < QUESTIONS; n += 1) {
        const question = drawQuestion(random, span);
        const until = Math.max(...events[index]!.map((event) => event.at)) + DAY_MS;
        const expected = computeRetention(events[index]!, question, listNames(question, until));
        const answer = await answerRetention(context, toBody(question));
        const seen = answer.periods.map(({ size, counts, same_period }) => ({ size, counts, same_period }));
        expect(seen, JSON.stringify(question)).toEqual(expected);
      }
    });
  });

  SPANS.forEach((span, index) => {
    it(`by a property of the start, across ${span.name}, seed ${ORACLE_SEED}`, async () => {
      const context = { clickhouse, project: `p${index}`, limits: DEFAULT_LIMITS };
      const until = Math.max(...events[index]!.map((event) => event.at)) + DAY_MS;
      for (let n = 0; n < QUESTIONS / 3; n += 1) {
        const question = drawQuestion(random, span);
        const names = listNames(question, until);
        const limit = 1 + random.below(7);
        const body = { ...toBody(question), breakdown: ['plan'], breakdown_limit: limit };
        const answer = await answerRetention(context, body);
        const show = ({ size, counts, same_period }: RetentionPeriod) => ({ size, counts, same_period });
        const whole = computeRetention(events[index]!, question, names);
        expect(answer.periods.map(show), JSON.stringify(question)).toEqual(whole);
        const tables = new Map(
          ['"pro"', '"free"', '"team"', '7', 'true', 'null'].map((plan) => {
            const rows = computeRetention(events[index]!, question, names, (own) => own === plan);
            return [plan, { rows, size: rows.reduce((sum, row) => sum + row.size, 0) }];
          }),
        );
        const ranked = [...tables].filter(([, { size }]) => size > 0);
        ranked.sort(([a, x], [b, y]) => y.size - x.size || (`[${a}]` < `[${b}]` ? -1 : 1));
        const kept = ranked.slice(0, limit).map(([plan]) => plan);
        const others = ranked.slice(limit).map(([plan]) => plan);
        const expected = kept.map((plan) => ({ values: [JSON.parse(plan)], rows: tables.get(plan)!.rows }));
        if (others.length > 0) {
          const rows = computeRetention(events[index]!, question, names, (own) => others.includes(own));
          expected.push({ values: ['$other'], rows });
        }
        const seen = answer.breakdown!.map(({ values, periods }) => ({ values, rows: periods.map(show) }));
        expect(seen, JSON.stringify(body)).toEqual(expected);
      }
    });
  });

  /** Starts that are returns too, in as many buckets as have a bit each and in one more: two plans, one answer. */
  SPANS.forEach((span, index) => {
    it(`of the same events, across ${span.name}, seed ${ORACLE_SEED}`, async () => {
      const context = { clickhouse, project: `p${index}`, limits: DEFAULT_LIMITS };
      const until = span.fromMs + (span.days + 80) * DAY_MS;
      const masked = { event: 'a', where: [{ property: 'plan', op: 'in', value: ['pro', 'free'] }] };
      for (let n = 0; n < QUESTIONS; n += 1) {
        const { value: _, brackets: __, ...drawn } = drawQuestion(random, span);
        const question: OracleQuestion = {
          ...drawn,
          back: 'a',
          mode: 'first_time',
          minTimes: 1,
          rolling: false,
          grain: random.pick(['day', 'day', 'week'] as const),
          periods: random.pick([1, 6, 30, 45, 46, 47, 48, 49, 50, 51, 70]),
        };
        const narrowed = random.chance(0.5);
        const own = events[index]!.filter(({ plan }) => !narrowed || plan === '"pro"' || plan === '"free"');
        const body = { ...toBody(question), ...(narrowed && { start: masked, return: masked }) };
        const expected = computeRetention(own, question, listNames(question, until));
        const { periods } = await answerRetention(context, body);
        const seen = periods.map(({ size, counts, same_period }) => ({ size, counts, same_period }));
        expect(seen, JSON.stringify(body)).toEqual(expected);
        const { plan } = await explainRetention(context, body);
        strategies.add((plan as { strategy: string }).strategy);
      }
      expect([...strategies].sort()).toEqual(['mask', 'times']);
    });
  });

  for (const measure of ['people', 'sum'] as const)
    it(`adds up: the mean is the complete rows together, of ${measure}`, async () => {
      const context = { clickhouse, project: 'p0', limits: DEFAULT_LIMITS };
      const { value: _, ...question } = {
        ...drawQuestion(random, SPANS[0]),
        grain: 'day' as const,
        rolling: false,
        brackets: undefined,
      };
      const body = toBody(question as OracleQuestion);
      const answer = await answerRetention(
        context,
        measure === 'sum' ? { ...body, value: { sum: 'v' } } : body,
      );
      const size = answer.periods.reduce((sum, period) => sum + period.size, 0);
      const returned = answer.periods.reduce((sum, period) => sum + (period.counts[1] ?? 0), 0);
      expect(answer.mean[1]).toBeCloseTo(returned / size, 12);
      expect(answer.periods.every((period) => period.counts[0] === period.size)).toBe(true);
    });

  it('has no mean of averages', async () => {
    const context = { clickhouse, project: 'p0', limits: DEFAULT_LIMITS };
    const { value: _, brackets: __, ...question } = drawQuestion(random, SPANS[0]);
    const body = { ...toBody({ ...question, criterion: 'on' }), value: { avg: 'v' } };
    const { mean, mean_simple } = await answerRetention(context, body);
    expect(mean).toEqual([1, ...mean.slice(1).map(() => null)]);
    expect(mean_simple).toEqual(mean);
  });
});
