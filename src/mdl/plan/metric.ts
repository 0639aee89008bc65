/**
 * A definition into its plan: references replaced, filters pushed into the populations of events, functions over time
 * pushed down to the measures, and everything that is the same kept once.
 *
 * The filter of a metric narrows every aggregate of its formula, also those of the metrics it refers to: a reference
 * means "that number, for these events".
 */
import type { Catalogue } from '../catalogue.js';
import { isText } from '../check/aggregates.js';
import { findProperty } from '../check/names.js';
import { listSources } from '../check/series.js';
import { formatPath } from '../parse/path.js';
import type {
  AggregateNode,
  CallNode,
  Condition,
  EventCondition,
  MetricNode,
  PathNode,
  SelectionNode,
  Series,
} from '../tree.js';
import { AGGREGATES } from '../vocabulary.js';
import { createDistinct, type Distinct } from './distinct.js';
import { planCondition, planProperty } from './predicate.js';
import type {
  Conversion,
  Dimension,
  Leaf,
  Measure,
  MetricPlan,
  Predicate,
  ReadValue,
  Selection,
  TimeFrame,
  Value,
  ValueCondition,
} from './types.js';

const THIS_BUCKET: TimeFrame = { shiftBuckets: 0, shiftMs: 0, span: { kind: 'bucket' } };

interface Context {
  readonly catalogue: Catalogue;
  readonly metrics: ReadonlyMap<string, MetricNode>;
  readonly selections: Distinct<Selection>;
  readonly measures: Distinct<Measure>;
  readonly conversions: Distinct<Conversion>;
}

/** Where in the formula a series stands: under which filters, and over which frame. */
interface Position {
  readonly filters: readonly EventCondition[];
  readonly frame: TimeFrame;
}

/** Plans a metric that the checker found no error in. `metrics` are those it may refer to. */
export function planMetric(
  metric: MetricNode,
  metrics: ReadonlyMap<string, MetricNode>,
  catalogue: Catalogue,
): MetricPlan {
  if (!metric.formula) throw new Error(`the metric ${metric.name} was not checked: it has no formula`);
  const context: Context = {
    catalogue,
    metrics,
    selections: createDistinct(),
    measures: createDistinct(),
    conversions: createDistinct(),
  };
  const value = planSeries(context, metric.formula, {
    filters: metric.filter ? [metric.filter] : [],
    frame: THIS_BUCKET,
  });
  const { settings } = metric;
  return {
    metric: metric.name,
    selections: context.selections.items,
    measures: context.measures.items,
    conversions: context.conversions.items,
    dimensions: metric.dimensions.map(planDimension),
    value,
    valueType: isTextValue(value, context.measures.items) ? 'text' : 'number',
    unit: settings.unit,
    timeWindowMs: settings.timeWindowMs,
    cacheTtlMs: settings.cacheTtlMs,
    timezone: settings.timezone,
    rollup: settings.rollup,
  };
}

function isTextValue(value: Value<Leaf>, measures: readonly Measure[]): boolean {
  if (value.kind !== 'leaf' || value.leaf.measure === 'seconds') return false;
  const { aggregate, value: read } = measures[value.leaf.measure]!;
  return AGGREGATES[aggregate]?.argument === 'value' && read?.type === 'text';
}

function planSeries(context: Context, series: Series, at: Position): Value<Leaf> {
  const plan = (inner: Series): Value<Leaf> => planSeries(context, inner, at);
  switch (series.kind) {
    case 'number':
      return { kind: 'number', value: series.value };
    case 'null':
    case 'invalid':
      return { kind: 'null' };
    case 'aggregate':
      return planAggregate(context, series, at);
    case 'conversion':
      return planConversion(context, series, at);
    case 'call':
      return planCall(context, series, at);
    case 'choice':
      return {
        kind: 'choice',
        condition: planSeriesCondition(series.condition, plan),
        whenTrue: plan(series.whenTrue),
        whenFalse: plan(series.whenFalse),
      };
    case 'reference': {
      const metric = context.metrics.get(series.name);
      const filters = metric?.filter ? [...at.filters, metric.filter] : at.filters;
      return metric?.formula ? planSeries(context, metric.formula, { ...at, filters }) : { kind: 'null' };
    }
    case 'arithmetic':
      return {
        kind: 'arithmetic',
        operator: series.operator,
        left: plan(series.left),
        right: plan(series.right),
      };
    case 'negate':
      return { kind: 'negate', operand: plan(series.operand) };
    case 'group':
      return plan(series.inner);
  }
}

const planLeaf = (context: Context, measure: Measure, at: Position): Value<Leaf> => ({
  kind: 'leaf',
  leaf: { measure: context.measures.add(measure), frame: at.frame },
});

function planSelection(context: Context, selection: SelectionNode, at: Position): number {
  const conditions = [...at.filters, ...(selection.condition ? [selection.condition] : [])];
  const parts = conditions.map((condition) => planCondition(condition, context.catalogue));
  const condition: Predicate | undefined = parts.length > 1 ? { kind: 'and', parts } : parts[0];
  return context.selections.add({ event: selection.event, condition });
}

/** An average is planned as the sum and the number of numbers, which it may share with others. */
function planAggregate(context: Context, aggregate: AggregateNode, at: Position): Value<Leaf> {
  const measure = planMeasure(context, aggregate, at);
  if (measure.aggregate !== 'avg') return planLeaf(context, measure, at);
  const left = planLeaf(context, { ...measure, aggregate: 'sum' }, at);
  const right = planLeaf(context, { ...measure, aggregate: 'numbers' }, at);
  return { kind: 'arithmetic', operator: '/', left, right };
}

function planMeasure(context: Context, aggregate: AggregateNode, at: Position): Measure {
  const value = aggregate.path && planValue(context, aggregate, aggregate.path);
  return {
    aggregate: aggregate.name,
    selection: planSelection(context, aggregate.selection, at),
    value,
    reached: undefined,
  };
}

/** Reading names asks the catalogue only; problems were reported by the checker. */
const quietScope = (context: Context) => ({
  catalogue: context.catalogue,
  metrics: context.metrics,
  error: () => {},
  warn: () => {},
  misnamed: () => {},
});

function planValue(context: Context, aggregate: AggregateNode, path: PathNode): ReadValue {
  const property = planProperty(path);
  const { argument } = AGGREGATES[aggregate.name]!;
  if (argument === 'number') return { property, type: 'number' };
  if (argument !== 'value') return { property, type: 'json' };
  const entry = findProperty(quietScope(context), path, [aggregate.selection]);
  return { property, type: isText(path, entry) ? 'text' : 'number' };
}

function planConversion(
  context: Context,
  series: Series & { kind: 'conversion' },
  at: Position,
): Value<Leaf> {
  const start = planSelection(context, series.start, at);
  const goal = planSelection(context, series.goal, at);
  const reached = context.conversions.add({ start, goal, windowMs: series.windowMs });
  const measure: Measure = { aggregate: 'uniq', selection: start, value: undefined, reached: undefined };
  const left = planLeaf(context, { ...measure, reached }, at);
  return { kind: 'arithmetic', operator: '/', left, right: planLeaf(context, measure, at) };
}

function planCall(context: Context, call: CallNode, at: Position): Value<Leaf> {
  const [first, second] = call.series as [Series, Series?];
  const plan = (inner: Series): Value<Leaf> => planSeries(context, inner, at);
  switch (call.name) {
    case 'previous': {
      const { frame } = at;
      const shift =
        call.durationMs === undefined
          ? { shiftBuckets: frame.shiftBuckets + 1 }
          : { shiftMs: frame.shiftMs + call.durationMs };
      return planSeries(context, first, { ...at, frame: { ...frame, ...shift } });
    }
    case 'rolling':
      return planSeries(context, first, {
        ...at,
        frame: { ...at.frame, span: { kind: 'rolling', ms: call.durationMs! } },
      });
    case 'cumulative':
      return planSeries(context, first, { ...at, frame: { ...at.frame, span: { kind: 'cumulative' } } });
    case 'fill':
      return { kind: 'fill', value: plan(first), instead: plan(second!) };
    case 'round':
      return { kind: 'round', value: plan(first), digits: second?.kind === 'number' ? second.value : 0 };
    case 'least':
    case 'greatest':
      return { kind: call.name, values: call.series.map(plan) };
    case 'rate': {
      const seconds: Value<Leaf> = { kind: 'leaf', leaf: { measure: 'seconds', frame: at.frame } };
      const units: Value<Leaf> = {
        kind: 'arithmetic',
        operator: '/',
        left: seconds,
        right: { kind: 'number', value: call.durationMs! / 1000 },
      };
      return { kind: 'arithmetic', operator: '/', left: plan(first), right: units };
    }
    case 'per_user': {
      const selection = listSources(first)[0];
      if (!selection) return { kind: 'null' };
      const persons: Measure = {
        aggregate: 'uniq',
        selection: planSelection(context, selection, at),
        value: undefined,
        reached: undefined,
      };
      return { kind: 'arithmetic', operator: '/', left: plan(first), right: planLeaf(context, persons, at) };
    }
    default:
      return { kind: 'abs', value: plan(first) };
  }
}

function planSeriesCondition(
  condition: Condition<Series>,
  plan: (series: Series) => Value<Leaf>,
): ValueCondition<Leaf> {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return { kind: condition.kind, parts: condition.items.map((item) => planSeriesCondition(item, plan)) };
    case 'brackets':
      return planSeriesCondition(condition.inner, plan);
    case 'not':
      return { kind: 'not', part: planSeriesCondition(condition.inner, plan) };
    case 'compare':
      return {
        kind: 'compare',
        operator: condition.operator,
        left: plan(condition.left),
        right: plan(condition.right),
      };
    case 'is_null': {
      const test: ValueCondition<Leaf> = { kind: 'is_null', value: plan(condition.operand) };
      return condition.negated ? { kind: 'not', part: test } : test;
    }
    default:
      return { kind: 'or', parts: [] };
  }
}

/** The dimension a path names. */
const planDimension = (path: PathNode): Dimension => ({
  name: formatPath(path),
  property: planProperty(path),
});
