/**
 * Metrics the slow, obvious way: the syntax tree evaluated over arrays of events. No plan, no states, no SQL; a number
 * of a bucket is computed from that bucket's events each time it is asked for.
 */
import type {
  AggregateNode,
  Condition,
  ConversionNode,
  EventCondition,
  EventOperand,
  MetricNode,
  PathNode,
  SelectionNode,
  Series,
} from '../../src/mdl/tree.js';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export interface OracleEvent {
  readonly event: string;
  readonly at: number;
  readonly eventId: string;
  readonly userId: string;
  readonly anonymousId: string;
  readonly sessionId: string;
  readonly properties: { readonly [key: string]: Json };
  readonly context: { readonly [key: string]: Json };
}

export interface OracleQuestion {
  readonly fromMs: number;
  readonly toMs: number;
  /** Undefined: the grain `all`. */
  readonly unitMs: number | undefined;
  /** As a MetricQuestion has them: lookback, shown buckets, end. */
  readonly bounds: readonly number[];
  readonly lookback: number;
  readonly dimensions: readonly PathNode[];
  readonly where?: EventCondition | undefined;
  readonly groupLimit?: number;
}

export interface OracleRow {
  readonly bucket: number;
  readonly groups: readonly (string | null)[];
  readonly value: number | string | null;
}

type Answer = number | string | null;

const personOf = (e: OracleEvent): string =>
  JSON.stringify([e.userId !== '', e.userId !== '' ? e.userId : e.anonymousId]);

// --- paths and conditions

function readPath(e: OracleEvent, path: PathNode): Json | undefined {
  const name = path.segments.join('.');
  if (path.root === 'event' || (path.root === 'user' && name === 'id')) {
    const columns: Record<string, Json> = {
      event: e.event,
      name: e.event,
      event_id: e.eventId,
      user_id: e.userId || null,
      anonymous_id: e.anonymousId || null,
      session_id: e.sessionId || null,
      person: e.userId || e.anonymousId,
      timestamp: e.at,
    };
    return columns[path.root === 'user' ? 'person' : name] ?? undefined;
  }
  let value: Json | undefined = path.root === 'context' ? e.context : e.properties;
  for (const segment of path.segments) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = value[segment];
  }
  return value ?? undefined;
}

const isTime = (path: PathNode): boolean => path.root === 'event' && path.segments[0] === 'timestamp';

function readOperand(e: OracleEvent, operand: EventOperand, other: EventOperand): Json | undefined {
  if (operand.kind === 'path') return readPath(e, operand);
  if (operand.kind === 'invalid') return undefined;
  const againstTime = other.kind === 'path' && isTime(other);
  return againstTime && typeof operand.value === 'string' ? Date.parse(operand.value) : operand.value;
}

const orderOf = (a: Json | undefined, b: Json | undefined): number | undefined => {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return undefined;
};

const isScalar = (value: Json | undefined): boolean => ['string', 'number', 'boolean'].includes(typeof value);

function compare(operator: string, a: Json | undefined, b: Json | undefined): boolean {
  const equal = isScalar(a) && a === b;
  if (operator === '=') return equal;
  if (operator === '!=') return !equal;
  const order = orderOf(a, b);
  if (order === undefined) return false;
  return { '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[operator]!;
}

/** SQL's like: % is any text, _ any character, a backslash takes the next one as it is. */
function matchLike(text: string, pattern: string): boolean {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!;
    if (c === '\\' && i + 1 < pattern.length) source += escapeRegExp(pattern[++i]!);
    else source += c === '%' ? '[\\s\\S]*' : c === '_' ? '[\\s\\S]' : escapeRegExp(c);
  }
  return new RegExp(`^${source}$`, 'u').test(text);
}

const escapeRegExp = (c: string): string => c.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

function testText(operator: string, value: Json | undefined, pattern: string): boolean {
  if (operator === 'contains' && Array.isArray(value)) return value.includes(pattern);
  if (typeof value !== 'string') return false;
  switch (operator) {
    case 'like':
      return matchLike(value, pattern);
    case 'contains':
      return value.includes(pattern);
    case 'starts_with':
      return value.startsWith(pattern);
    case 'ends_with':
      return value.endsWith(pattern);
    default:
      return new RegExp(pattern).test(value);
  }
}

const hasValue = (value: Json | undefined): boolean => {
  if (value === undefined || value === null) return false;
  if (typeof value !== 'object' || Array.isArray(value)) return true;
  return Object.values(value).some(hasValue);
};

/** Whether the condition holds for the event. */
function holds(condition: EventCondition | undefined, e: OracleEvent): boolean {
  if (!condition) return true;
  switch (condition.kind) {
    case 'and':
      return condition.items.every((item) => holds(item, e));
    case 'or':
      return condition.items.some((item) => holds(item, e));
    case 'brackets':
      return holds(condition.inner, e);
    case 'not':
      return !holds(condition.inner, e);
    case 'compare':
      return compare(
        condition.operator,
        readOperand(e, condition.left, condition.right),
        readOperand(e, condition.right, condition.left),
      );
    case 'is_null':
      return hasValue(readOperand(e, condition.operand, condition.operand)) === condition.negated;
    case 'in': {
      const { operand } = condition;
      return (
        condition.values.some((value) =>
          compare('=', readOperand(e, operand, value), readOperand(e, value, operand)),
        ) !== condition.negated
      );
    }
    case 'text':
      return (
        testText(
          condition.operator,
          readOperand(e, condition.operand, condition.operand),
          condition.pattern,
        ) !== condition.negated
      );
    default:
      throw new Error(`the oracle knows no ${condition.kind}`);
  }
}

// --- frames: over which events a number is computed

interface Frame {
  readonly fromMs: number;
  readonly toMs: number;
  earlier(ms: number | undefined): Frame;
  rolling(ms: number): Frame;
  cumulative(): Frame;
}

function rangeFrame(question: OracleQuestion, fromMs: number, toMs: number): Frame {
  const length = question.toMs - question.fromMs;
  return {
    fromMs,
    toMs,
    earlier: (ms = length) => rangeFrame(question, fromMs - ms, toMs - ms),
    rolling: (ms) => rangeFrame(question, toMs - ms, toMs),
    cumulative: () => rangeFrame(question, Math.min(question.fromMs, toMs), toMs),
  };
}

function bucketFrame(question: OracleQuestion, first: number, last: number): Frame {
  const { bounds, fromMs, toMs, unitMs, lookback } = question;
  const earliest = lookback > 0 ? bounds[0]! : fromMs;
  const start = first < 0 ? Number.NaN : Math.max(bounds[first]!, earliest);
  const end = Math.min(bounds[last + 1] ?? Number.NaN, toMs);
  return {
    fromMs: last < first ? end : start,
    toMs: end,
    earlier: (ms) => {
      const rows = ms === undefined ? 1 : ms / unitMs!;
      return bucketFrame(question, first - rows, last - rows);
    },
    rolling: (ms) => bucketFrame(question, last - ms / unitMs! + 1, last),
    cumulative: () => bucketFrame(question, lookback, last),
  };
}

// --- values

interface World {
  readonly events: readonly OracleEvent[];
  /** Conversions look for their goal here: the events of the question, of every group. */
  readonly everywhere: readonly OracleEvent[];
  readonly metrics: ReadonlyMap<string, MetricNode>;
  readonly filters: readonly EventCondition[];
}

const isIn = (world: World, selection: SelectionNode, e: OracleEvent): boolean =>
  (selection.event === undefined || selection.event === e.event) &&
  holds(selection.condition, e) &&
  world.filters.every((f) => holds(f, e));

const select = (world: World, selection: SelectionNode, frame: Frame): readonly OracleEvent[] =>
  world.events.filter((e) => e.at >= frame.fromMs && e.at < frame.toMs && isIn(world, selection, e));

const byMoment = (a: OracleEvent, b: OracleEvent): number =>
  a.at - b.at || Buffer.compare(Buffer.from(a.eventId), Buffer.from(b.eventId));

function quantile(values: readonly number[], level: number): Answer {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * level;
  const below = sorted[Math.floor(place)]!;
  return below + (sorted[Math.ceil(place)]! - below) * (place - Math.floor(place));
}

const LEVELS: Record<string, number> = { median: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99 };

function aggregate(
  world: World,
  node: AggregateNode,
  frame: Frame,
  isText: (path: PathNode) => boolean,
): Answer {
  const rows = select(world, node.selection, frame);
  if (node.name === 'count') return rows.length;
  if (node.name.startsWith('uniq')) {
    const values = rows
      .map((e) => (node.path ? readPath(e, node.path) : personOf(e)))
      .filter((value) => value !== undefined && (typeof value !== 'object' || Array.isArray(value)));
    return new Set(values.map((value) => JSON.stringify(value))).size;
  }
  if (node.name === 'first' || node.name === 'last') {
    const type = isText(node.path!) ? 'string' : 'number';
    const having = rows.filter((e) => typeof readPath(e, node.path!) === type).sort(byMoment);
    const chosen = node.name === 'first' ? having[0] : having.at(-1);
    return chosen ? (readPath(chosen, node.path!) as Answer) : null;
  }
  const numbers = rows.map((e) => readPath(e, node.path!)).filter((value) => typeof value === 'number');
  const sum = numbers.reduce((a, b) => a + b, 0);
  if (node.name === 'sum') return sum;
  if (numbers.length === 0) return null;
  if (node.name === 'avg') return sum / numbers.length;
  if (node.name === 'min') return numbers.reduce((a, b) => Math.min(a, b));
  if (node.name === 'max') return numbers.reduce((a, b) => Math.max(a, b));
  if (node.name.endsWith('_approx'))
    return [...numbers].sort((a, b) => a - b)[
      Math.floor((numbers.length - 1) * LEVELS[node.name.slice(0, -7)]!)
    ]!;
  return quantile(numbers, LEVELS[node.name]!);
}

function convert(world: World, node: ConversionNode, frame: Frame): Answer {
  const starts = select(world, node.start, frame);
  const persons = new Set(starts.map(personOf));
  const reached = starts.filter((a) =>
    world.everywhere.some(
      (b) =>
        b !== a &&
        personOf(b) === personOf(a) &&
        b.at >= a.at &&
        b.at <= a.at + node.windowMs &&
        isIn(world, node.goal, b),
    ),
  );
  return divide(new Set(reached.map(personOf)).size, persons.size);
}

const divide = (a: Answer, b: Answer): Answer =>
  typeof a !== 'number' || typeof b !== 'number' || b === 0 ? null : a / b;

function calculate(operator: string, a: Answer, b: Answer): Answer {
  if (typeof a !== 'number' || typeof b !== 'number') return null;
  if (operator === '/') return divide(a, b);
  if (operator === '%') return b === 0 ? null : a - Math.trunc(a / b) * b;
  return { '+': a + b, '-': a - b, '*': a * b }[operator]!;
}

function evaluateCondition(condition: Condition<Series>, evaluate: (series: Series) => Answer): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.items.every((item) => evaluateCondition(item, evaluate));
    case 'or':
      return condition.items.some((item) => evaluateCondition(item, evaluate));
    case 'not':
      return !evaluateCondition(condition.inner, evaluate);
    case 'brackets':
      return evaluateCondition(condition.inner, evaluate);
    case 'is_null':
      return (evaluate(condition.operand) === null) !== condition.negated;
    case 'compare':
      return compare(condition.operator, evaluate(condition.left), evaluate(condition.right));
    default:
      throw new Error(`the oracle knows no ${condition.kind}`);
  }
}

type IsText = (path: PathNode) => boolean;

function firstSelection(series: Series): SelectionNode | undefined {
  if (series.kind === 'aggregate') return series.selection;
  for (const child of Object.values(series)) {
    for (const one of Array.isArray(child) ? child : [child]) {
      const found =
        typeof one === 'object' && one !== null && 'kind' in one ? firstSelection(one as Series) : undefined;
      if (found) return found;
    }
  }
  return undefined;
}

function evaluate(world: World, series: Series, frame: Frame, isText: IsText): Answer {
  const inner = (one: Series, at: Frame = frame): Answer => evaluate(world, one, at, isText);
  switch (series.kind) {
    case 'number':
      return series.value;
    case 'null':
      return null;
    case 'aggregate':
      return aggregate(world, series, frame, isText);
    case 'conversion':
      return convert(world, series, frame);
    case 'reference': {
      const metric = world.metrics.get(series.name)!;
      const filters = metric.filter ? [...world.filters, metric.filter] : world.filters;
      return evaluate({ ...world, filters }, metric.formula!, frame, isText);
    }
    case 'arithmetic':
      return calculate(series.operator, inner(series.left), inner(series.right));
    case 'negate':
      return calculate('-', 0, inner(series.operand));
    case 'group':
      return inner(series.inner);
    case 'choice':
      return evaluateCondition(series.condition, inner) ? inner(series.whenTrue) : inner(series.whenFalse);
    case 'call':
      break;
    default:
      throw new Error(`the oracle knows no ${series.kind}`);
  }
  const [first, second] = series.series as [Series, Series?];
  switch (series.name) {
    case 'previous':
      return inner(first, frame.earlier(series.durationMs));
    case 'rolling':
      return inner(first, frame.rolling(series.durationMs!));
    case 'cumulative':
      return inner(first, frame.cumulative());
    case 'fill':
      return inner(first) ?? inner(second!);
    case 'abs': {
      const value = inner(first);
      return typeof value === 'number' ? Math.abs(value) : null;
    }
    case 'round': {
      const value = inner(first);
      const scale = 10 ** (second?.kind === 'number' ? second.value : 0);
      return typeof value === 'number'
        ? (Math.sign(value) * Math.floor(Math.abs(value) * scale + 0.5)) / scale
        : null;
    }
    case 'least':
    case 'greatest': {
      const values = series.series.map((one) => inner(one));
      const numbers = values.filter((value) => typeof value === 'number');
      if (numbers.length < values.length) return null;
      return series.name === 'least' ? Math.min(...numbers) : Math.max(...numbers);
    }
    case 'rate': {
      const seconds = (frame.toMs - frame.fromMs) / 1000;
      return divide(inner(first), seconds / (series.durationMs! / 1000));
    }
    default: {
      const selection = firstSelection(first)!;
      return divide(inner(first), new Set(select(world, selection, frame).map(personOf)).size);
    }
  }
}

// --- groups

/** The text a group goes by: the value's JSON as the engine writes it, slashes escaped. */
const toGroupText = (value: Json | undefined): string | null =>
  value === undefined || value === null || (typeof value === 'object' && !Array.isArray(value))
    ? null
    : JSON.stringify(value).replaceAll('/', '\\/');

/** Every selection of a formula with the filters it stands under. */
function listPopulations(
  series: Series,
  filters: readonly EventCondition[],
  metrics: ReadonlyMap<string, MetricNode>,
): { selection: SelectionNode; filters: readonly EventCondition[] }[] {
  if (series.kind === 'aggregate') return [{ selection: series.selection, filters }];
  if (series.kind === 'conversion')
    return [series.start, series.goal].map((selection) => ({ selection, filters }));
  if (series.kind === 'reference') {
    const metric = metrics.get(series.name)!;
    return listPopulations(metric.formula!, metric.filter ? [...filters, metric.filter] : filters, metrics);
  }
  const children: Series[] = [];
  const collect = (node: object): void => {
    for (const child of Object.values(node)) {
      if (typeof child !== 'object' || child === null) continue;
      if ('kind' in child && ['aggregate', 'conversion', 'reference'].includes((child as Series).kind))
        children.push(child as Series);
      else collect(child as object);
    }
  };
  collect(series);
  return children.flatMap((child) => listPopulations(child, filters, metrics));
}

/** The earliest event a formula can reach in a question with the grain `all`. */
function findEarliest(series: Series, frame: Frame, metrics: ReadonlyMap<string, MetricNode>): number {
  if (series.kind === 'reference') return findEarliest(metrics.get(series.name)!.formula!, frame, metrics);
  if (series.kind === 'call' && series.name === 'previous')
    return findEarliest(series.series[0]!, frame.earlier(series.durationMs), metrics);
  if (series.kind === 'call' && series.name === 'rolling')
    return findEarliest(series.series[0]!, frame.rolling(series.durationMs!), metrics);
  if (series.kind === 'call' && series.name === 'cumulative')
    return findEarliest(series.series[0]!, frame.cumulative(), metrics);
  if (series.kind === 'aggregate' || series.kind === 'conversion') return frame.fromMs;
  // A rate without aggregates still has a frame; it reads no events, but it moves the range that is read.
  const own = series.kind === 'call' && series.name === 'rate' ? frame.fromMs : Number.POSITIVE_INFINITY;
  let earliest = own;
  const collect = (node: object): void => {
    for (const child of Object.values(node)) {
      if (typeof child !== 'object' || child === null) continue;
      if (
        'kind' in child &&
        !['and', 'or', 'not', 'compare', 'is_null', 'brackets'].includes((child as Series).kind)
      )
        earliest = Math.min(earliest, findEarliest(child as Series, frame, metrics));
      else collect(child as object);
    }
  };
  collect(series);
  return earliest;
}

/** The answer to a question about a metric, row by row, in order. `isText` says which properties first and last read as text. */
export function evaluateMetric(
  metric: MetricNode,
  metrics: ReadonlyMap<string, MetricNode>,
  events: readonly OracleEvent[],
  question: OracleQuestion,
  isText: IsText = () => false,
): readonly OracleRow[] {
  const { fromMs, toMs, bounds, lookback, unitMs, dimensions } = question;
  const all = unitMs === undefined && bounds.length === 0;
  const filters = metric.filter ? [metric.filter] : [];
  const whole = rangeFrame(question, fromMs, toMs);
  const earliest = all
    ? Math.min(fromMs, findEarliest(metric.formula!, whole, metrics))
    : lookback > 0
      ? bounds[0]!
      : fromMs;
  const asked = events.filter((e) => holds(question.where, e));
  const populations = listPopulations(metric.formula!, filters, metrics);
  const read = asked.filter(
    (e) =>
      e.at >= earliest &&
      e.at < toMs &&
      populations.some((p) =>
        isIn({ events: [], everywhere: [], metrics, filters: p.filters }, p.selection, e),
      ),
  );
  const keyOf = (e: OracleEvent): string =>
    JSON.stringify(dimensions.map((path) => toGroupText(readPath(e, path))));
  const counts = new Map<string, number>();
  for (const e of read) counts.set(keyOf(e), (counts.get(keyOf(e)) ?? 0) + 1);
  const named = rankGroups(counts).slice(0, question.groupLimit ?? 1_000);
  const otherKey = JSON.stringify(dimensions.map(() => '$other'));
  const groupOf = (e: OracleEvent): string =>
    dimensions.length === 0 || named.includes(keyOf(e)) ? keyOf(e) : otherKey;
  const groups =
    dimensions.length === 0
      ? ['[]']
      : [...new Set([...counts.keys()].map((key) => (named.includes(key) ? key : otherKey)))];
  const rows: OracleRow[] = [];
  for (const group of groups) {
    const world: World = {
      events: asked.filter((e) => groupOf(e) === group),
      everywhere: asked,
      metrics,
      filters,
    };
    const buckets = all ? [fromMs] : bounds.slice(lookback, -1);
    for (const [i, bucket] of buckets.entries()) {
      const frame = all ? whole : bucketFrame(question, lookback + i, lookback + i);
      const value = evaluate(world, metric.formula!, frame, isText);
      rows.push({
        bucket,
        groups: JSON.parse(group),
        value: typeof value === 'number' && !Number.isFinite(value) ? null : value,
      });
    }
  }
  return rows.sort((a, b) => a.bucket - b.bucket || compareGroups(a.groups, b.groups));
}

/** Groups by their number of events, most first; equal ones by their texts, null last. */
const rankGroups = (counts: ReadonlyMap<string, number>): readonly string[] =>
  [...counts.entries()]
    .sort((a, b) => b[1] - a[1] || compareGroups(JSON.parse(a[0]), JSON.parse(b[0])))
    .map(([key]) => key);

function compareGroups(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  for (const [i, one] of a.entries()) {
    const other = b[i]!;
    if (one === other) continue;
    if (one === null) return 1;
    if (other === null) return -1;
    return Buffer.compare(Buffer.from(one), Buffer.from(other));
  }
  return 0;
}
