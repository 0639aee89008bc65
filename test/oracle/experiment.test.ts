/** Experiments against walking over every person's events: ties, several exposures, goals before them, merged people. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openQueryContext } from '../../src/query/context.js';
import { analyzeExperiment, type ExperimentAnswer } from '../../src/query/experiment/analyze.js';
import type { OracleEvent } from './condition.js';
import {
  amountOf,
  countSteps,
  covary,
  describeNumbers,
  describeQuantile,
  findUnits,
  type OracleExperiment,
  sum,
  type Unit,
} from './experiment.js';
import { createRandom, ORACLE_SEED, ORACLE_USERS, type Random } from './random.js';
import { createStore, type Store } from './store.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Clocks change in Berlin within the range. */
const FROM = Date.UTC(2024, 2, 28, 23);
const DAYS = 4;
const USERS = ORACLE_USERS || 700;
/** Of an interval of 95 %. */
const Z = 1.959963984540054;
const VARIANTS = ['control', 'new', '3'];

let store: Store;
let drawn: OracleEvent[];
const same = (event: OracleEvent): string => event.user;

/** Whole hours make ties with the exposure and edges of windows common. */
function drawPerson(random: Random, user: string): OracleEvent[] {
  const at = (): number => FROM + (random.below((DAYS + 6) * 24) - 72) * HOUR_MS;
  const own = random.pick<string | number>(['control', 'control', 'new', 'new', 3, 'odd']);
  const events: OracleEvent[] = [];
  for (let i = random.pick([0, 1, 1, 1, 2, 3]); i > 0; i--) {
    const variant = random.chance(0.15) ? 'control' : own;
    const properties = random.chance(0.05) ? {} : { variant };
    events.push({ user, event: 'exposed', t: at(), properties });
  }
  const around = events[0]?.t ?? at();
  for (let i = random.below(7); i > 0; i--)
    events.push({
      user,
      event: random.pick(['view', 'cart', 'buy', 'buy']),
      t: random.chance(0.5) ? around + (random.below(60) - 12) * HOUR_MS : at(),
      properties: random.chance(0.8) ? { amount: random.below(50) + 0.25 } : { amount: 'none' },
    });
  return random.chance(0.2) && events.length > 0 ? [...events, { ...random.pick(events) }] : events;
}

beforeAll(async () => {
  store = await createStore();
  const random = createRandom(ORACLE_SEED);
  drawn = Array.from({ length: USERS }, (_, n) => drawPerson(random, `u${n}`)).flat();
  await store.insert('shop', drawn);
});
afterAll(() => store?.close());

const GOALS = [
  { event: 'buy' },
  { event: 'buy', measure: 'count' },
  { event: 'buy', measure: { sum: 'amount' } },
  { event: 'buy', measure: { average: 'amount' } },
  { funnel: { steps: [{ event: 'view' }, { event: 'cart' }, { event: 'buy' }] } },
  { funnel: { steps: [{ event: 'exposed' }, { event: 'buy' }] } },
  { ratio: { numerator: { event: 'buy' }, denominator: { event: 'view' } } },
];

const ask = (experiment: OracleExperiment, project = 'shop', more: object = {}): Promise<ExperimentAnswer> =>
  openQueryContext({ clickhouse: store.clickhouse, project }).then((context) =>
    analyzeExperiment(context, {
      exposure: { event: 'exposed', variant: 'variant' },
      variants: experiment.variants,
      goals: GOALS,
      window: `${experiment.windowMs / HOUR_MS}h`,
      pre_period: `${experiment.beforeMs / HOUR_MS}h`,
      from: new Date(experiment.fromMs).toISOString(),
      to: new Date(experiment.toMs).toISOString(),
      timezone: 'Europe/Berlin',
      ...more,
    }),
  );

const named = (events: readonly OracleEvent[], name: string): OracleEvent[] =>
  events.filter(({ event }) => event === name);
const amounts = (events: readonly OracleEvent[]): number[] =>
  named(events, 'buy').flatMap((event) => amountOf(event) ?? []);

/** Each goal's number of a person, and for ratios the denominator's. */
const NUMBERS: readonly ((unit: Unit) => readonly [number, number?])[] = [
  ({ after }) => [named(after, 'buy').length > 0 ? 1 : 0],
  ({ after }) => [named(after, 'buy').length],
  ({ after }) => [sum(amounts(after))],
  ({ after }) => [sum(amounts(after)), amounts(after).length],
  (unit) => [countSteps(unit, ['view', 'cart', 'buy']) === 3 ? 1 : 0],
  (unit) => [countSteps(unit, ['exposed', 'buy']) === 2 ? 1 : 0],
  ({ after }) => [named(after, 'buy').length, named(after, 'view').length],
];

function expectGoals(answer: ExperimentAnswer, units: readonly Unit[]): void {
  for (const [index, read] of NUMBERS.entries())
    for (const [place, variant] of answer.variants.entries()) {
      const numbers = units.filter((unit) => unit.variant === variant.name).map(read);
      const first = numbers.map(([a]) => a);
      const told = answer.goals[index]!.variants[place]!;
      expect(told.units).toBe(numbers.length);
      if (numbers[0]?.[1] === undefined) {
        const { mean, variance } = describeNumbers(first);
        expect(told.value).toBeCloseTo(mean, 9);
        const shown =
          told.conversions === undefined ? variance : (mean * (1 - mean) * first.length) / (first.length - 1);
        expect(told.standard_deviation).toBeCloseTo(Math.sqrt(shown), 9);
        if (told.conversions !== undefined) expect(told.conversions).toBe(sum(first));
      } else {
        const denominator = sum(numbers.map(([, b]) => b!));
        if (denominator === 0) expect(told.value).toBeNull();
        else expect(told.value).toBeCloseTo(sum(first) / denominator, 9);
      }
    }
}

describe(`experiments equal the naive computation, seed ${ORACLE_SEED}`, () => {
  const random = createRandom(ORACLE_SEED + 1);
  const questions = Array.from({ length: 6 }, (): OracleExperiment => {
    const fromMs = FROM + random.below(2) * DAY_MS;
    return {
      fromMs,
      toMs: fromMs + (2 + random.below(2)) * DAY_MS,
      windowMs: random.pick([1, 6, 24, 72]) * HOUR_MS,
      beforeMs: random.pick([0, 12, 48]) * HOUR_MS,
      variants: random.pick([VARIANTS, ['new', 'control']]),
      personOf: same,
    };
  });

  it.each(questions)('units, conversions, sums and ratios %#', async (question) => {
    const { units, several, others } = findUnits(drawn, question);
    const answer = await ask(question);
    expect(answer.left_out).toEqual({ several_variants: several, other_variants: others });
    expect(several).toBeGreaterThan(0);
    expect(answer.variants.map(({ name }) => name)).toEqual(question.variants);
    expectGoals(answer, units);
  });

  it.each(questions)('quantiles with their intervals %#', async (question) => {
    const words = { median: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99 };
    const goals = Object.keys(words).map((word) => ({ event: 'buy', measure: { [word]: 'amount' } }));
    const answer = await ask(question, 'shop', { goals });
    const { units } = findUnits(drawn, question);
    for (const [index, level] of Object.values(words).entries()) {
      const expected = question.variants.map((name) => {
        const own = units.filter(({ variant }) => variant === name).map(({ after }) => amounts(after));
        return { events: own.flat().length, ...describeQuantile(own, level, Z) };
      });
      const { variants } = answer.goals[index]!;
      for (const [place, told] of variants.entries()) {
        const { events, quantile, interval } = expected[place]!;
        expect(told.observations).toBe(events);
        if (quantile === undefined) expect(told.value).toBeNull();
        else expect(told.value).toBeCloseTo(quantile, 9);
        expect(told.interval === null).toBe(!interval);
        for (const end of [0, 1] as const)
          if (interval) expect(told.interval![end]).toBeCloseTo(interval[end], 9);
        const control = expected[0]!;
        expect(told.comparison === null).toBe(place === 0 || !interval || !control.interval);
        if (place === 0 || !interval || !control.interval) continue;
        expect(told.comparison!.difference).toBeCloseTo(quantile! - control.quantile!, 9);
        const errors = [interval, control.interval].map(([low, high]) => (high - low) / (2 * Z));
        expect(told.comparison!.standard_error).toBeCloseTo(Math.hypot(...errors), 9);
      }
    }
  });

  it('each step of a funnel counts over all exposed', async () => {
    const question = questions[0]!;
    const { units } = findUnits(drawn, question);
    const answer = await ask(question);
    for (const told of answer.goals[4]!.variants) {
      const own = units.filter(({ variant }) => variant === told.variant);
      const levels = own.map((unit) => countSteps(unit, ['view', 'cart', 'buy']));
      expect(told.steps!.map(({ count }) => count)).toEqual(
        [1, 2, 3].map((step) => levels.filter((level) => level >= step).length),
      );
      expect(told.steps![0]!.rate).toBe(told.steps![0]!.count / own.length);
    }
  });

  it('the adjustment by the time before takes out what the covariance explains', async () => {
    const question = { ...questions[0]!, variants: ['control', 'new'], beforeMs: 48 * HOUR_MS };
    const { units } = findUnits(drawn, question);
    const answer = await ask(question);
    const [a, b] = ['control', 'new'].map((name) => {
      const own = units.filter(({ variant }) => variant === name);
      const y = own.map(({ after }) => named(after, 'buy').length);
      const x = own.map(({ before }) => named(before, 'buy').length);
      return { y, x };
    }) as [{ y: number[]; x: number[] }, { y: number[]; x: number[] }];
    const weigh = (own: { y: number[]; x: number[] }, of: (o: typeof own) => number): number =>
      of(own) * (own.y.length - 1);
    const theta =
      sum([a, b].map((own) => weigh(own, ({ x, y }) => covary(x, y)))) /
      sum([a, b].map((own) => weigh(own, ({ x }) => covary(x, x))));
    const change = ({ x, y }: typeof a): number[] => y.map((one, i) => one - theta * x[i]!);
    const expected = describeNumbers(change(b)).mean - describeNumbers(change(a)).mean;
    const told = answer.goals[1]!.variants[1]!.comparison!.adjusted_by_before!;
    expect(told.difference).toBeCloseTo(expected, 9);
    const plain = describeNumbers(a.y).variance / a.y.length + describeNumbers(b.y).variance / b.y.length;
    const left =
      describeNumbers(change(a)).variance / a.y.length + describeNumbers(change(b)).variance / b.y.length;
    expect(told.variance_reduction).toBeCloseTo(1 - left / plain, 9);
  });

  it('a metric counts as the goal it is made of', async () => {
    const define = (formula: string): object => ({ definition: `metric "m" { formula = "${formula}" }` });
    const pairs = [
      [define('uniq(buy)'), GOALS[0], 1],
      [define('count(buy)'), GOALS[1], 1],
      [define('sum(buy.amount) / 4'), GOALS[2], 0.25],
      [define('avg(buy.amount)'), GOALS[3], 1],
      [define('count(buy) / count(view) * 100'), GOALS[6], 100],
      [define('p90(buy.amount) * 3'), { event: 'buy', measure: { p90: 'amount' } }, 3],
      [
        define('count(buy where amount > 25)'),
        { event: 'buy', where: [{ property: 'amount', op: 'gt', value: 25 }], measure: 'count' },
        1,
      ],
    ] as const;
    const answer = await ask(questions[0]!, 'shop', {
      goals: pairs.flatMap((pair) => pair.slice(0, 2)),
    });
    for (const [index, [, , factor]] of pairs.entries()) {
      const [metric, goal] = [answer.goals[2 * index]!, answer.goals[2 * index + 1]!];
      expect(metric.kind).toBe(goal.kind);
      for (const [place, told] of metric.variants.entries())
        expect(told.value).toBeCloseTo(goal.variants[place]!.value! * factor, 9);
    }
  });

  it.each([
    'max(buy.amount)',
    'p90_approx(buy.amount)',
    'p90(buy.amount) / count(buy)',
    'count(*)',
    'count(buy) - count(view)',
    "previous(count(buy), '1d')",
    'uniq(buy.amount)',
  ])('a metric that no person has a number of is refused: %s', async (formula) => {
    const goals = [{ definition: `metric "m" { formula = "${formula}" }` }];
    await expect(ask(questions[0]!, 'shop', { goals })).rejects.toMatchObject({
      status: 422,
      errors: [{ path: 'goals[0]' }],
    });
  });

  it('the last point of a curve is the whole', async () => {
    const answer = await ask(questions[1]!);
    for (const goal of answer.goals)
      for (const told of goal.variants.slice(1)) {
        const last = told.curve.at(-1)!;
        expect(last.value).toBeCloseTo(told.value!, 12);
        expect(last.difference).toBeCloseTo(told.comparison!.difference, 12);
      }
  });

  it('persons that were merged count once, and with all they did', async () => {
    await store.insert('merged', drawn);
    // Every u1… joins u0…: what both did is one person's.
    const target = (user: string): string => user.replace(/^u1(\d\d)$/, 'u2$1');
    const rows = [...new Set(drawn.map(({ user }) => user))].filter((user) => target(user) !== user);
    await store.clickhouse.command(
      `insert into identity_overrides (project, person_key, target_key, target, seq)
       select 'merged', cityHash64(toUInt8(1), own), cityHash64(toUInt8(1), other), other, 1
       from values('own String, other String', ${rows.map((user) => `('${user}', '${target(user)}')`).join(', ')})`,
    );
    const question = { ...questions[0]!, personOf: ({ user }: OracleEvent) => target(user) };
    const { units, several, others } = findUnits(drawn, question);
    const answer = await ask(question, 'merged');
    expect(answer.left_out).toEqual({ several_variants: several, other_variants: others });
    expectGoals(answer, units);
  });
});
