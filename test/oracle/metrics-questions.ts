/** Questions about metrics for the tests: formulas at random, and one path from a definition's text to rows of the engine. */

import type { Catalogue } from '../../src/mdl/catalogue.js';
import { checkMetrics, joinMetrics } from '../../src/mdl/check/check.js';
import { type DiagnosticCode, renderDiagnostics } from '../../src/mdl/diagnostics.js';
import { parseMetrics } from '../../src/mdl/parse/file.js';
import { answerWithoutEvents } from '../../src/mdl/plan/evaluate.js';
import { planMetric } from '../../src/mdl/plan/metric.js';
import { countLookback, holdsTotal, isOneRow, planQuery } from '../../src/mdl/plan/query.js';
import type { Grain, MetricPlan, Predicate, QueryPlan } from '../../src/mdl/plan/types.js';
import { printQuery } from '../../src/mdl/print/query.js';
import type { RollupSource } from '../../src/mdl/print/rollup-facts.js';
import type { PrintedQuery } from '../../src/mdl/print/sql.js';
import { runClickHouse } from '../support/stack.js';
import type { OracleQuestion, OracleRow } from './metrics.js';
import type { Random } from './random.js';

const UNIT_MS: Readonly<Partial<Record<Grain, number>>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};

export interface Ask {
  readonly grain: Grain;
  readonly fromMs: number;
  readonly toMs: number;
  readonly groupLimit?: number;
  readonly where?: Predicate;
}

/** Bucket starts in UTC from `lookback` buckets before the range to its end; the unit must divide the epoch. */
export function listUtcBounds(ask: Ask, lookback: number): readonly number[] {
  const unit = UNIT_MS[ask.grain];
  if (unit === undefined) return [];
  const bounds: number[] = [];
  for (let t = Math.floor(ask.fromMs / unit) * unit - lookback * unit; t < ask.toMs; t += unit)
    bounds.push(t);
  return [...bounds, bounds.at(-1)! + unit];
}

/** Compiles one metric of a text; throws with the rendered diagnostics when it has errors of other codes than the ignored. */
export function compileOne(
  text: string,
  catalogue: Catalogue,
  name?: string,
  ignored: readonly DiagnosticCode[] = [],
): MetricPlan {
  const { file, diagnostics } = parseMetrics(text);
  const errors = [...diagnostics, ...checkMetrics(file, catalogue)].filter(
    (d) => d.severity === 'error' && !ignored.includes(d.code),
  );
  const metric = name === undefined ? file.metrics.at(-1) : file.metrics.find((one) => one.name === name);
  if (errors.length > 0 || !metric) throw new Error(renderDiagnostics(errors, text));
  return planMetric(metric, joinMetrics(file, catalogue), catalogue);
}

export interface Asked {
  readonly plan: QueryPlan;
  readonly printed: PrintedQuery;
  readonly lookback: number;
  readonly bounds: readonly number[];
}

/** Prints a question about a plan, all its dimensions asked for; throws what the planner refuses. */
export function printAsk(plan: MetricPlan, ask: Ask): Asked {
  const lookback = countLookback(plan, ask.grain);
  if (!lookback.ok) throw new Error(lookback.problem.message);
  const bounds = listUtcBounds(ask, lookback.plan);
  const planned = planQuery(plan, { project: 'shop', ...ask, bounds, dimensions: plan.dimensions });
  if (!planned.ok) throw new Error(planned.problem.message);
  return { plan: planned.plan, printed: printQuery(planned.plan), lookback: lookback.plan, bounds };
}

/** The question as the oracle takes it. */
export const toOracleQuestion = (
  ask: Ask,
  asked: Asked,
  dimensions: OracleQuestion['dimensions'],
): OracleQuestion => ({
  fromMs: ask.fromMs,
  toMs: ask.toMs,
  unitMs: UNIT_MS[ask.grain],
  bounds: asked.bounds,
  lookback: asked.lookback,
  dimensions,
  ...(ask.groupLimit === undefined ? {} : { groupLimit: ask.groupLimit }),
});

const quote = (value: unknown): string =>
  typeof value === 'string'
    ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
    : JSON.stringify(value);

/** Runs a printed query with its parameters in the URL, as the client does. */
export async function runPrinted(url: string, { sql, params }: PrintedQuery): Promise<readonly OracleRow[]> {
  const { origin, username, password, pathname } = new URL(url);
  const query = new URLSearchParams({
    database: pathname.slice(1),
    default_format: 'JSONCompactEachRow',
    output_format_json_quote_64bit_integers: '0',
    precise_float_parsing: '1',
  });
  for (const [name, value] of Object.entries(params))
    query.set(
      `param_${name}`,
      Array.isArray(value) ? `[${value.map(quote).join(',')}]` : escapeParameter(value),
    );
  const response = await fetch(`${origin}/?${query}`, {
    method: 'POST',
    headers: { 'x-clickhouse-user': username, 'x-clickhouse-key': decodeURIComponent(password) },
    body: sql,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${text}\n${sql}`);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const row = JSON.parse(line) as (string | number | null)[];
      return { bucket: Number(row[0]), groups: row.slice(1, -1) as (string | null)[], value: row.at(-1)! };
    });
}

/** What a plan's statement answered, with the buckets that it leaves out because there are no events in them. */
function fillRows(plan: QueryPlan, rows: readonly OracleRow[]): readonly OracleRow[] {
  const starts = plan.grain === 'all' ? [plan.fromMs] : plan.bounds.slice(0, -1);
  const ends = plan.grain === 'all' ? [plan.toMs] : plan.bounds.slice(1);
  const keyOf = (bucket: number, groups: OracleRow['groups']): string => JSON.stringify([bucket, groups]);
  const found = new Map(rows.map((row) => [keyOf(row.bucket, row.groups), row]));
  const groups = new Map(rows.map((row) => [JSON.stringify(row.groups), row.groups]));
  if (plan.dimensions.length === 0) groups.set('[]', []);
  const sorted = [...groups.values()].sort(compareGroups);
  return starts.flatMap((bucket, i) => {
    if (bucket < plan.shownFromMs) return [];
    const nothing = answerWithoutEvents(plan, Math.max(bucket, plan.fromMs), Math.min(ends[i]!, plan.toMs));
    return sorted.map(
      (group) => found.get(keyOf(bucket, group)) ?? { bucket, groups: group, value: nothing },
    );
  });
}

/** As ClickHouse orders texts, by their bytes, absent ones last. */
function compareGroups(a: OracleRow['groups'], b: OracleRow['groups']): number {
  for (const [i, one] of a.entries()) {
    const other = b[i]!;
    if (one === other) continue;
    if (one === null || other === null) return one === null ? 1 : -1;
    return Buffer.compare(Buffer.from(one), Buffer.from(other));
  }
  return 0;
}

/** Runs a plan's statement, from the events unless printed otherwise. */
export const runPlan = async (
  url: string,
  plan: QueryPlan,
  printed: PrintedQuery = printQuery(plan),
): Promise<readonly OracleRow[]> => fillRows(plan, await runPrinted(url, printed));

/** The total that a plan's rows hold, as the statement of the rows tells it; undefined where they do not. */
export async function runTotal(
  url: string,
  plan: QueryPlan,
  source?: RollupSource,
): Promise<OracleRow['value'] | undefined> {
  if (!holdsTotal(plan) || isOneRow(plan)) return undefined;
  const { sql, params } = printQuery(plan, source, { total: true });
  const totals = await runPrinted(url, {
    sql: `select bucket, value from (${sql}) where is_total = 1`,
    params,
  });
  return totals[0] ? totals[0].value : answerWithoutEvents(plan, plan.fromMs, plan.toMs);
}

const escapeParameter = (value: unknown): string =>
  String(value).replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n');

export const insertRows = (url: string, rows: readonly string[]): Promise<string> =>
  runClickHouse(url, `insert into events format JSONEachRow\n${rows.join('\n')}`);

// --- random formulas

const CONDITIONS = [
  'revenue > 100',
  'revenue <= tax',
  'tax != 3',
  "plan = 'pro'",
  "plan != 'pro'",
  'plan < product_category',
  "plan in ('free', 'pro')",
  "plan not in ('free', '')",
  'amount in (5, "x", false)',
  'amount = 5',
  "amount = '5'",
  'gift = true',
  'not gift = true',
  'gift is null',
  'items is not null',
  'items.total > 20',
  'items.kind = items.kind',
  "product_category like '%o%'",
  "product_category not like 'b_o%'",
  "product_category like '% \\\\%'",
  "product_category contains 'o'",
  "tags contains 'b'",
  "tags not contains 'a'",
  "product_category starts_with 'g'",
  "product_category ends_with 'l'",
  "product_category matches '^[bg].*s$'",
  "context.country = 'DE'",
  'context.os.name is null',
  "event.session_id = 's3'",
  'event.session_id is null',
  "event.timestamp >= '2025-03-03T12:00:00Z'",
  "user.id != 'u3'",
];

const SOURCES = ['checkout_started', 'checkout_completed', 'page_view', "'Order Completed'", '*'];
const NUMBERS = [
  'checkout_completed.revenue',
  'checkout_completed.tax',
  'checkout_completed.amount',
  'checkout_completed.items.total',
  'checkout_started.quantity',
  'page_view.seconds',
  "'Order Completed'.'Total Price'",
];
const EXACT = ['sum', 'avg', 'min', 'max', 'median', 'p75', 'p90', 'p95', 'p99', 'first', 'last'];

function createCondition(random: Random, depth: number): string {
  if (depth === 0 || random.chance(0.5)) return random.pick(CONDITIONS);
  const inner = (): string => createCondition(random, depth - 1);
  return random.pick([
    () => `${inner()} and ${inner()}`,
    () => `(${inner()} or ${inner()})`,
    () => `not (${inner()})`,
    () => `${inner()} or ${inner()}`,
  ])();
}

const createWhere = (random: Random): string =>
  random.chance(0.4) ? ` where ${createCondition(random, 2)}` : '';

function createAggregate(random: Random): string {
  const kind = random.below(10);
  if (kind < 3) return `count(${random.pick(SOURCES)}${createWhere(random)})`;
  if (kind < 5)
    return `uniq(${random.pick([...SOURCES, 'checkout_completed.amount', 'checkout_completed.plan', 'checkout_completed.tags', '*.event.session_id'])}${createWhere(random)})`;
  if (kind < 6)
    return `conversion(${random.pick(SOURCES)}${createWhere(random)}, ${random.pick(SOURCES)}${createWhere(random)}, '${random.pick(['1h', '5h', '2d'])}')`;
  return `${random.pick(EXACT)}(${random.pick(NUMBERS)}${createWhere(random)})`;
}

/** Where a formula stands decides which functions over time it may use. */
type Inside = 'free' | 'rolling' | 'cumulative';

/** A formula at random; every one of them passes the checker of the shop without units. */
export function createFormula(random: Random, depth: number, inside: Inside = 'free'): string {
  const inner = (within: Inside = inside): string => createFormula(random, depth - 1, within);
  if (depth === 0 || random.chance(0.25))
    return random.chance(0.85) ? createAggregate(random) : random.pick(['2', '0.5', '0', '1e3']);
  const choices = [
    () => `${inner()} ${random.pick(['+', '-', '*', '/', '%'])} ${inner()}`,
    () =>
      `(${inner()} ${random.pick(['+', '-'])} ${inner()}) ${random.pick(['*', '/'])} (${inner()} ${random.pick(['*', '/', '%'])} ${inner()})`,
    () =>
      `${inner()} ${random.pick(['+', '-', '*', '/', '%'])} (${inner()} ${random.pick(['+', '-', '*', '/', '%'])} ${inner()})`,
    () => `-(${inner()})`,
    () => `fill(${inner()}, ${inner()})`,
    () => `round(${inner()}${random.pick(['', ', 1', ', 3'])})`,
    () => `${random.pick(['least', 'greatest'])}(${inner()}, ${inner()}${random.pick(['', ', 5'])})`,
    () => `abs(${inner()})`,
    () => `if(${createSeriesTest(random, depth - 1, inside)}, ${inner()}, ${random.pick([inner(), 'null'])})`,
    () => `rate(${inner()}, '${random.pick(['1m', '1h', '1d'])}')`,
    () => `per_user(${random.pick(['count', 'uniq'])}(${random.pick(SOURCES)}${createWhere(random)}))`,
    ...(inside === 'cumulative'
      ? []
      : [() => `previous(${inner()}${random.pick(['', ", '2d'", ", '1d'"])})`]),
    ...(inside === 'free'
      ? [
          () => `rolling(${inner('rolling')}, '${random.pick(['1d', '2d', '3d'])}')`,
          () => `cumulative(${inner('cumulative')})`,
        ]
      : []),
  ];
  return random.pick(choices)();
}

function createSeriesTest(random: Random, depth: number, inside: Inside): string {
  const inner = (): string => createFormula(random, Math.max(0, depth), inside);
  const test = (): string =>
    random.pick([
      () => `${inner()} ${random.pick(['=', '!=', '<', '<=', '>', '>='])} ${inner()}`,
      () => `${inner()} is ${random.pick(['', 'not '])}null`,
    ])();
  return random.pick([
    test,
    test,
    () => `${test()} and ${test()}`,
    () => `(${test()} or ${test()})`,
    () => `not ${test()}`,
  ])();
}
