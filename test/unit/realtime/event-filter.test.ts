/** A condition judged on a whole event in this process, against the naive reading of the same condition. */
import { expect, it } from 'vitest';
import type { LiveEvent } from '../../../src/event/live.js';
import { parseCondition } from '../../../src/query/condition/parse.js';
import { createEventFilter } from '../../../src/realtime/event-filter.js';
import { holds, type OracleEvent, type Where } from '../../oracle/condition.js';
import { createRandom, ORACLE_SEED, type Random } from '../../oracle/random.js';

const VALUES: unknown[] = [
  5,
  5.5,
  0,
  -3,
  '5',
  '',
  'pro',
  'prö',
  true,
  false,
  null,
  [],
  ['pro', 5],
  {},
  { k: 'v' },
  { k: null },
];
const NAMES = ['a', 'b', 'deep.er', 'deep.er.still'];
const SCALARS = VALUES.filter((value) => ['string', 'number', 'boolean'].includes(typeof value));
const ORDERED = SCALARS.filter((value) => typeof value !== 'boolean');
const TEXTS = SCALARS.filter((value) => typeof value === 'string');

function randomEvent(random: Random): OracleEvent {
  const properties: Record<string, unknown> = {};
  for (const name of ['a', 'b']) if (random.chance(0.7)) properties[name] = random.pick(VALUES);
  if (random.chance(0.5)) properties.deep = { er: random.pick(VALUES) };
  const context = random.chance(0.5) ? { a: random.pick(VALUES) } : {};
  return {
    user: 'u',
    session: random.pick(['', 's1']),
    event: random.pick(['A', 'B']),
    t: 0,
    properties,
    context,
  };
}

function randomWhere(random: Random, depth: number): Where {
  if (depth < 2 && random.chance(0.3)) {
    const parts = Array.from({ length: random.below(3) }, () => randomWhere(random, depth + 1));
    return random.pick<Where>([
      { and: parts },
      { or: parts },
      parts,
      { not: randomWhere(random, depth + 1) },
    ]);
  }
  const property = random.pick([...NAMES, 'context.a', 'event.session_id', 'event.event', 'event.user_id']);
  const op = random.pick([
    'eq',
    'ne',
    'gt',
    'gte',
    'lt',
    'lte',
    'in',
    'not_in',
    'contains',
    'not_contains',
    'starts_with',
    'ends_with',
    'matches',
    'is_set',
    'is_not_set',
  ]);
  if (op.endsWith('_set')) return { property, op };
  if (op === 'in' || op === 'not_in')
    return { property, op, value: [random.pick(SCALARS), random.pick(SCALARS)] };
  if (op === 'matches') return { property, op, value: random.pick(['pr', '^pro$', '\\d', '[^a-z]']) };
  if (op.endsWith('_with')) return { property, op, value: random.pick(TEXTS) };
  return { property, op, value: random.pick(/^[gl]t/.test(op) ? ORDERED : SCALARS) };
}

const toLive = ({ user, session, event, properties, context }: OracleEvent): LiveEvent => ({
  event,
  event_id: 'e',
  user_id: user,
  ...(session && { session_id: session }),
  timestamp: new Date(0).toISOString(),
  received_at: new Date(0).toISOString(),
  properties,
  context,
});

it(`a filter lets through the events that the condition means (seed ${ORACLE_SEED})`, () => {
  const random = createRandom(ORACLE_SEED);
  const events = Array.from({ length: 200 }, () => randomEvent(random));
  let passed = 0;
  for (let i = 0; i < 400; i++) {
    const where = randomWhere(random, 0);
    const condition = parseCondition(where, (path, message) => {
      throw new Error(`${path.join('.')}: ${message}`);
    });
    const filter = createEventFilter(condition!);
    for (const event of events) {
      const expected = holds(where, event);
      if (filter(toLive(event)) !== expected)
        throw new Error(`${JSON.stringify(where)} of ${JSON.stringify(event)} is ${expected}`);
      if (expected) passed++;
    }
  }
  expect(passed).toBeGreaterThan(1_000);
});

it('a key with dots in it is the same path as nested objects, as it is in the table', () => {
  const filter = createEventFilter(parseCondition({ property: 'a.b.c', op: 'eq', value: 1 }, () => {})!);
  const event = (properties: object) =>
    toLive({ user: 'u', event: 'A', t: 0, properties: { ...properties } });
  for (const properties of [{ a: { b: { c: 1 } } }, { 'a.b': { c: 1 } }, { a: { 'b.c': 1 } }, { 'a.b.c': 1 }])
    expect([properties, filter(event(properties))]).toEqual([properties, true]);
  expect(filter(event({ a: { b: 1 }, c: 1 }))).toBe(false);
});
