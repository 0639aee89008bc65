/**
 * A metric of the metric language, live: its value over each sliding window.
 *
 * incremental   every measure is a count, a sum or an average of a plain number, or distinct persons, over all events of a type
 *               without conditions, and the formula looks at one window at a time: counted from the feed
 * requery       anything else: asked of the engine for each window, when events came
 */
import { evaluateValue } from '../mdl/plan/evaluate.js';
import type { Leaf, Measure, MetricPlan, Value } from '../mdl/plan/types.js';
import type { QueryContext } from '../query/context.js';
import { compileDefinition } from '../query/metric/definition.js';
import { readQuestion, readRawQuestion } from '../query/metric/request.js';
import type { MetricSources, StoredMetric } from '../query/metric/sources.js';
import { planTotal, toStatement } from '../query/metric/statement.js';
import { runStatement } from '../query/run.js';
import { eachWindow, type ProjectCounters } from './counters.js';
import { WINDOW_NAMES, WINDOWS, type WindowName } from './limits.js';
import type { PersonSeries, SumSeries } from './metric-series.js';

export type WindowValues = Readonly<Record<WindowName, number | string | null>>;

/** What a measure is counted from. */
export type LiveMeasure =
  | { readonly kind: 'count'; readonly event: string | undefined }
  | { readonly kind: 'persons'; readonly event: string | undefined }
  | { readonly kind: 'sum' | 'numbers'; readonly event: string; readonly property: string };

/** How a measure can be counted from the feed; undefined: it cannot. */
function findMeasure(plan: MetricPlan, measure: Measure): LiveMeasure | undefined {
  const { event, condition } = plan.selections[measure.selection]!;
  if (condition || measure.reached !== undefined) return undefined;
  const { aggregate, value } = measure;
  if (!value) {
    if (aggregate === 'count') return { kind: 'count', event };
    return aggregate === 'uniq' ? { kind: 'persons', event } : undefined;
  }
  const { property, type } = value;
  if (aggregate === 'uniq' && property.kind === 'column' && property.name === 'person')
    return { kind: 'persons', event };
  if (aggregate !== 'sum' && aggregate !== 'numbers') return undefined;
  if (event === undefined || type !== 'number') return undefined;
  if (property.kind !== 'path' || property.column !== 'properties' || property.segments.length !== 1)
    return undefined;
  return { kind: aggregate, event, property: property.segments[0]! };
}

/** The leaves of a value; what lies between them does not matter. */
function listLeaves(value: object): Leaf[] {
  if (isLeaf(value)) return [value.leaf];
  return Object.values(value).flatMap((child: unknown) =>
    typeof child === 'object' && child !== null ? listLeaves(child) : [],
  );
}

const isLeaf = (value: object): value is { kind: 'leaf'; leaf: Leaf } =>
  'kind' in value && value.kind === 'leaf' && 'leaf' in value;

const isPlain = ({ frame }: Leaf): boolean =>
  frame.span.kind === 'bucket' && frame.shiftBuckets === 0 && frame.shiftMs === 0;

/** What each measure of a plan is counted from; undefined: the engine has to be asked. */
export function findLiveMeasures(plan: MetricPlan): readonly LiveMeasure[] | undefined {
  if (plan.valueType !== 'number' || plan.conversions.length > 0) return undefined;
  if (!listLeaves(plan.value).every(isPlain)) return undefined;
  const measures: LiveMeasure[] = [];
  for (const measure of plan.measures) {
    const found = findMeasure(plan, measure);
    if (!found) return undefined;
    measures.push(found);
  }
  return measures;
}

/** Where counted measures are read. */
export interface MeasureSources {
  readonly counters: ProjectCounters;
  /** Resolves when what was told is stored. */
  whenStored(): Promise<void>;
  findSum(event: string, property: string): SumSeries;
  findPersons(event: string): PersonSeries;
}

function readMeasure(measure: LiveMeasure, sources: MeasureSources, seconds: number, now: number): number {
  switch (measure.kind) {
    case 'count':
      return sources.counters.count(measure.event, seconds, now);
    case 'persons':
      return measure.event === undefined
        ? sources.counters.countPersons(seconds, now)
        : sources.findPersons(measure.event).count(seconds, now);
    case 'sum':
      return sources.findSum(measure.event, measure.property).sum(seconds, now);
    case 'numbers':
      return sources.findSum(measure.event, measure.property).count(seconds, now);
  }
}

/** The metric over each window, counted. */
export function computeWindows(
  plan: MetricPlan,
  measures: readonly LiveMeasure[],
  sources: MeasureSources,
  now: number,
): WindowValues {
  return eachWindow((seconds) =>
    evaluateValue(plan.value as Value<Leaf>, ({ measure }) => {
      if (measure === 'seconds') return seconds;
      return readMeasure(measures[measure]!, sources, seconds, now);
    }),
  );
}

/** The metric over each window, asked of the engine. @throws RequestError, EngineError */
export async function askWindows(
  context: QueryContext,
  plan: MetricPlan,
  now: number,
): Promise<WindowValues> {
  const ask = async (name: WindowName): Promise<[WindowName, number | string | null]> => {
    const from = new Date((now + 1 - WINDOWS[name]) * 1_000).toISOString();
    const to = new Date((now + 1) * 1_000).toISOString();
    const raw = readRawQuestion({ metric: plan.metric, from, to, grain: 'all', dimensions: [] });
    const question = readQuestion(raw, plan, Date.now());
    const statement = toStatement(planTotal(context, plan, question, question));
    const { rows } = await runStatement<{ value: number | string | null }>(context, statement);
    return [name, rows[0]?.value ?? null];
  };
  const values = await Promise.all(WINDOW_NAMES.map(ask));
  return Object.fromEntries(values) as Record<WindowName, number | string | null>;
}

/** The plan of a stored metric. @throws RequestError 422, EngineError, MetadataError */
export async function planMetric(
  context: QueryContext,
  sources: MetricSources,
  stored: StoredMetric,
): Promise<MetricPlan> {
  return (await compileDefinition(context, sources, stored.definition, 'saved')).plans.at(-1)!;
}
