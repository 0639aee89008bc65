/** Every operator on every kind of value, through the engine, against the same condition judged in memory. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseCondition } from '../../src/query/condition/parse.js';
import { printCondition } from '../../src/query/condition/print.js';
import { createParams } from '../../src/query/printed.js';
import { holds, type OracleEvent, type Where } from '../oracle/condition.js';
import { createRandom, ORACLE_SEED, type Random } from '../oracle/random.js';
import { createStore, type Store } from '../oracle/store.js';

const VALUES: unknown[] = [
  5,
  5.5,
  0,
  -3,
  1e21,
  '5',
  '',
  'pro',
  'Pro',
  'prö',
  'a"b\\c\n`',
  "it's",
  '日本',
  true,
  false,
  null,
  undefined,
  [],
  ['pro', 'x'],
  [5, null],
  [true],
  {},
  { k: 'v' },
  { k: null },
];

const NAMES = ['a', 'we`ird', 'back\\slash', "quo'te", 'sp ace', 'ключ', 'deep.er', '{p0:String}'];

const setPath = (target: Record<string, unknown>, path: string, value: unknown): void => {
  const [first, ...rest] = path.split('.') as [string, ...string[]];
  if (rest.length === 0) target[first] = value;
  else target[first] = { [rest.join('.')]: value };
};

let store: Store;
let events: OracleEvent[];

function randomEvent(random: Random, index: number): OracleEvent {
  const properties: Record<string, unknown> = {};
  const context: Record<string, unknown> = {};
  for (const name of NAMES) if (random.chance(0.7)) setPath(properties, name, random.pick(VALUES));
  if (random.chance(0.5)) context.a = random.pick(VALUES);
  // The engine is sent JSON, in which undefined is not.
  const clean = JSON.parse(JSON.stringify({ properties, context })) as Pick<
    OracleEvent,
    'properties' | 'context'
  >;
  return {
    user: `u${index}`,
    session: random.pick(['', 's1']),
    event: random.pick(['A', 'B']),
    t: Date.UTC(2024, 0, 1) + index,
    ...clean,
  };
}

beforeAll(async () => {
  store = await createStore();
  const random = createRandom(ORACLE_SEED);
  events = Array.from({ length: 400 }, (_, index) => randomEvent(random, index));
  await store.insert('mine', events);
});

afterAll(() => store.close());

const OPERATORS = [
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
];
const PATTERNS = ['pr', '^pro$', 'o|x', '\\d', '[^a-z]', '本', '\\\\', ''];

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
  const op = random.pick(OPERATORS);
  const property = random.pick([...NAMES, 'context.a', 'event.session_id', 'event.event', 'event.user_id']);
  const scalars = VALUES.filter((value) => ['string', 'number', 'boolean'].includes(typeof value));
  const texts = scalars.filter((value) => typeof value === 'string');
  if (op === 'is_set' || op === 'is_not_set') return { property, op };
  if (op === 'in' || op === 'not_in')
    return { property, op, value: Array.from({ length: 1 + random.below(3) }, () => random.pick(scalars)) };
  if (op === 'matches') return { property, op, value: random.pick(PATTERNS) };
  if (op === 'starts_with' || op === 'ends_with') return { property, op, value: random.pick(texts) };
  if (['gt', 'gte', 'lt', 'lte'].includes(op))
    return { property, op, value: random.pick(scalars.filter((value) => typeof value !== 'boolean')) };
  return { property, op, value: random.pick(scalars) };
}

test(`the engine finds the events that the condition means (seed ${ORACLE_SEED})`, async () => {
  const random = createRandom(ORACLE_SEED + 7);
  for (let i = 0; i < 250; i++) {
    const where = randomWhere(random, 0);
    const condition = parseCondition(where, (path, message) => {
      throw new Error(`${path.join('.')} ${message} ${JSON.stringify(where)}`);
    })!;
    const params = createParams();
    const sql = `select user_id from events where project = 'mine' and ${printCondition(condition, params)} order by timestamp`;
    const { rows } = await store.clickhouse.query<{ user_id: string }>(sql, { params: params.values });
    const expected = events.filter((event) => holds(where, event)).map(({ user }) => user);
    expect(
      rows.map(({ user_id }) => user_id),
      JSON.stringify(where),
    ).toEqual(expected);
    const { rows: opposite } = await store.clickhouse.query<{ n: number }>(
      `select count() as n from events where project = 'mine' and not (${printCondition(condition, createParams())})`,
      { params: params.values },
    );
    expect(Number(opposite[0]!.n), JSON.stringify(where)).toBe(events.length - expected.length);
  }
});
