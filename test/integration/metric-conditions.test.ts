/** The `where` of a metric and the `where` of a request are two ways of saying one thing: on every event they agree. */
import { beforeAll, expect, test } from 'vitest';
import { quoteInside } from '../../src/mdl/format/formula.js';
import { parseCondition } from '../../src/query/condition/parse.js';
import { printCondition } from '../../src/query/condition/print.js';
import { createParams } from '../../src/query/printed.js';
import { compileOne, insertRows, printAsk, runPrinted } from '../oracle/metrics-questions.js';
import { createRandom, ORACLE_SEED, type Random } from '../oracle/random.js';
import { createShopEvents, SHOP, toRow } from '../oracle/shop.js';
import { freshClickHouse } from '../support/stack.js';

const DAY = 86_400_000;
const START = Date.UTC(2025, 2, 1);
let url: string;

beforeAll(async () => {
  url = (await freshClickHouse()).url;
  const events = createShopEvents(createRandom(ORACLE_SEED), 500, START, START + DAY);
  await insertRows(
    url,
    events.map((e) => toRow('shop', e)),
  );
});

type Scalar = string | number | boolean;
interface Pair {
  readonly where: unknown;
  readonly text: string;
}

const PROPERTIES = [
  'revenue',
  'tax',
  'plan',
  'gift',
  'tags',
  'amount',
  'items.total',
  'items',
  'product_category',
  'context.country',
  'context.os',
  'event.session_id',
  'event.name',
  'user.id',
  'nowhere',
];
const VALUES: readonly Scalar[] = [
  5,
  5.5,
  0,
  100,
  -1.5,
  '5',
  'x',
  '',
  'pro',
  'free',
  'a',
  'b',
  'books',
  "o'neil",
  'DE',
  's3',
  'u1',
  'page_view',
  true,
  false,
];

const SYMBOLS: Readonly<Record<string, string>> = {
  eq: '=',
  ne: '!=',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
};
const writeValue = (value: Scalar): string =>
  typeof value === 'string' ? quoteInside(value) : String(value);

function createTest(random: Random): Pair {
  const property = random.pick(PROPERTIES);
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
  const text = String(random.pick(VALUES.filter((value) => typeof value === 'string')));
  if (op === 'is_set' || op === 'is_not_set')
    return { where: { property, op }, text: `${property} is ${op === 'is_set' ? 'not ' : ''}null` };
  if (op === 'in' || op === 'not_in') {
    const values = Array.from({ length: 1 + random.below(4) }, () => random.pick(VALUES));
    return {
      where: { property, op, value: values },
      text: `${property} ${op === 'in' ? '' : 'not '}in (${values.map(writeValue).join(', ')})`,
    };
  }
  if (op.endsWith('contains'))
    return {
      where: { property, op, value: text },
      text: `${property} ${op.replace('_', ' ')} ${quoteInside(text)}`,
    };
  if (['starts_with', 'ends_with', 'matches'].includes(op))
    return { where: { property, op, value: text }, text: `${property} ${op} ${quoteInside(text)}` };
  const ordered = op !== 'eq' && op !== 'ne';
  const value = random.pick(ordered ? VALUES.filter((one) => typeof one !== 'boolean') : VALUES);
  return { where: { property, op, value }, text: `${property} ${SYMBOLS[op]} ${writeValue(value)}` };
}

function createPair(random: Random, depth: number): Pair {
  if (depth === 0 || random.chance(0.4)) return createTest(random);
  const parts = Array.from({ length: 1 + random.below(3) }, () => createPair(random, depth - 1));
  const kind = random.pick(['and', 'or', 'not']);
  if (kind === 'not') return { where: { not: parts[0]!.where }, text: `not (${parts[0]!.text})` };
  return {
    where: { [kind]: parts.map((part) => part.where) },
    text: `(${parts.map((part) => part.text).join(` ${kind} `)})`,
  };
}

async function countByRequest(where: unknown): Promise<number> {
  const problems: string[] = [];
  const condition = parseCondition(where, (path, message) => problems.push(`${path.join('.')}: ${message}`));
  if (!condition) throw new Error(problems.join('\n'));
  const params = createParams();
  const printed = printCondition(condition, params);
  const rows = await runPrinted(url, {
    sql: `select 0, toFloat64(countIf(${printed})) from events where project = 'shop'`,
    params: params.values,
  });
  return Number(rows[0]!.value);
}

async function countByMetric(text: string): Promise<number> {
  const ask = { grain: 'all' as const, fromMs: START, toMs: START + DAY };
  const plan = compileOne(
    `metric "m" { formula = ${JSON.stringify(`count(* where ${text})`)} }`,
    SHOP,
    undefined,
    ['wrong_type', 'unknown_property'],
  );
  return Number((await runPrinted(url, printAsk(plan, ask).printed))[0]!.value);
}

test('a condition of a request and the same condition of a metric hold for the same events', async () => {
  const random = createRandom(ORACLE_SEED);
  let some = 0;
  for (let i = 0; i < 150; i++) {
    const { where, text } = createPair(random, 3);
    const [byRequest, byMetric] = [await countByRequest(where), await countByMetric(text)];
    expect(byMetric, `${JSON.stringify(where)}\n${text}`).toBe(byRequest);
    if (byMetric > 0 && byMetric < 500) some++;
  }
  expect(some).toBeGreaterThan(25);
});
