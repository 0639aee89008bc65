/** Random funnels over the product of all options, and random users for them with ties, repeats and overlapping steps. */
import type { OracleEvent, Where } from './condition.js';
import type { OracleFunnel } from './funnel.js';
import type { Random } from './random.js';

const EVENTS = ['A', 'B', 'C', 'D', 'X'] as const;
const FROM = Date.UTC(2024, 0, 1);
const SECOND = 1_000;

const randomWhere = (random: Random): Where | undefined => {
  if (random.chance(0.7)) return undefined;
  return random.pick<Where>([
    { property: 'plan', op: 'eq', value: 'pro' },
    { property: 'plan', op: 'ne', value: 'pro' },
    { property: 'n', op: 'gte', value: 2 },
    { property: 'n', op: 'lt', value: 2 },
    {
      or: [
        { property: 'plan', op: 'is_not_set' },
        { property: 'n', op: 'eq', value: 1 },
      ],
    },
  ]);
};

const randomMatch = (
  random: Random,
  spread: number,
): { event?: string; any_of?: string[]; where?: Where } => {
  const where = randomWhere(random);
  const pick = (): string => EVENTS[random.below(spread)]!;
  const base = random.chance(0.15) ? { any_of: [pick(), pick()] } : { event: pick() };
  return where === undefined ? base : { ...base, where };
};

/** Disjoint steps, so that the fast paths are tried as well. */
const plainSteps = (random: Random): OracleFunnel['steps'] =>
  EVENTS.slice(0, 2 + random.below(3)).map((event) => ({ event }));

function randomSteps(random: Random, order: string): OracleFunnel['steps'] {
  if (random.chance(0.25)) return plainSteps(random);
  const spread = 2 + random.below(3);
  const count = 2 + random.below(3);
  return Array.from({ length: count }, (_, index) => {
    const step: OracleFunnel['steps'][number] = randomMatch(random, spread);
    if (order === 'unordered' || index === 0) return step;
    if (random.chance(0.25)) step.within = random.below(6) * SECOND;
    if (index < count - 1 && random.chance(0.2)) step.optional = true;
    return step;
  });
}

const GRAPHS: readonly [number, [number, number][]][] = [
  [
    4,
    [
      [0, 1],
      [0, 2],
      [1, 3],
      [2, 3],
    ],
  ],
  [
    4,
    [
      [0, 1],
      [1, 2],
      [0, 2],
      [2, 3],
    ],
  ],
  [
    3,
    [
      [0, 1],
      [0, 2],
      [1, 2],
    ],
  ],
  [
    4,
    [
      [0, 2],
      [1, 2],
      [2, 3],
    ],
  ],
  [
    4,
    [
      [0, 1],
      [1, 2],
      [0, 3],
    ],
  ],
];

function addGraph(funnel: OracleFunnel, random: Random): void {
  const [count, edges] = random.pick(GRAPHS);
  const spread = 2 + random.below(3);
  funnel.steps = Array.from({ length: count }, (_, index) => ({
    ...randomMatch(random, spread),
    id: `s${index}`,
  }));
  funnel.paths = edges.map(([from, to]) => {
    const edge = { from: `s${from}`, to: `s${to}` };
    return random.chance(0.2) ? { ...edge, within: random.below(6) * SECOND } : edge;
  });
}

/** A valid request: what the product refuses is not made. */
export function randomFunnel(random: Random): OracleFunnel {
  const order = random.pick(['ordered', 'ordered', 'ordered', 'strict', 'unordered'] as const);
  const count = random.pick(['users', 'users', 'sessions', 'conversions'] as const);
  const funnel: OracleFunnel = {
    steps: randomSteps(random, order),
    window: random.pick([0, 1, 3, 5, 10, 100]) * SECOND,
    from: FROM,
    to: FROM + random.pick([5, 10, 20]) * SECOND,
    order,
    count,
  };
  if (order !== 'unordered' && random.chance(0.2)) addGraph(funnel, random);
  if (random.chance(0.4)) funnel.ties = 'strict';
  if (count !== 'conversions' && random.chance(0.3)) funnel.reentry = 'first';
  if (random.chance(0.25)) funnel.hold = random.chance(0.3) ? ['plan', 'n'] : ['plan'];
  if (order !== 'unordered' && random.chance(0.3))
    funnel.exclusions = Array.from({ length: 1 + random.below(2) }, () => randomExclusion(random, funnel));
  if (random.chance(0.4)) {
    funnel.breakdown = random.chance(0.3) ? ['plan', 'n'] : ['plan'];
    const step = [...funnel.steps.keys()].filter((one) => !funnel.steps[one]!.optional);
    funnel.attribution = random.pick(['first', 'last', 'all', `step:${random.pick(step) + 1}`]);
  }
  if (!funnel.paths && random.chance(0.3)) {
    funnel.value = { property: 'n' };
    const required = [...funnel.steps.keys()].filter((one) => !funnel.steps[one]!.optional);
    if (random.chance(0.4)) funnel.value.step = random.pick(required) + 1;
  }
  return funnel;
}

function randomExclusion(
  random: Random,
  funnel: OracleFunnel,
): NonNullable<OracleFunnel['exclusions']>[number] {
  const match = random.chance(0.6) ? { event: 'X' } : randomMatch(random, 4);
  if (random.chance(0.5)) return match;
  const from = 1 + random.below(funnel.steps.length - 1);
  return { ...match, from_step: from, to_step: from + 1 + random.below(funnel.steps.length - from) };
}

/** Up to `most` events within some 20 seconds, many of them at the same instant; a few before `from`. */
export function randomUser(random: Random, user: string, most: number): OracleEvent[] {
  const spread = random.pick([3, 8, 25]);
  return Array.from({ length: 1 + random.below(most) }, () => {
    const properties: Record<string, unknown> = {};
    if (random.chance(0.7)) properties.plan = random.pick(['pro', 'free', 5, true]);
    if (random.chance(0.6)) properties.n = random.below(4);
    return {
      user,
      session: `s${random.below(2)}`,
      event: random.pick(EVENTS),
      t: FROM + (random.below(spread) - 2) * SECOND,
      properties,
    };
  });
}

/** The request as the interface takes it. */
export function writeRequest(funnel: OracleFunnel): Record<string, unknown> {
  const duration = (ms: number): string => `${ms}ms`;
  return {
    ...funnel,
    from: new Date(funnel.from).toISOString(),
    to: new Date(funnel.to).toISOString(),
    window: duration(funnel.window),
    steps: funnel.steps.map(({ within, ...step }) =>
      within === undefined ? step : { ...step, within: duration(within) },
    ),
    ...(funnel.paths && {
      paths: funnel.paths.map(({ within, ...edge }) =>
        within === undefined ? edge : { ...edge, within: duration(within) },
      ),
    }),
  };
}
