/**
 * A metric of the metric language as a goal. Its window begins at another instant for each person, which no plan of a metric knows, so a
 * metric is taken apart into numbers of persons: sums and counts, the number of distinct persons, and a ratio of two of these
 * (an average is one), times a constant; or it is a quantile of a number of events, times a constant. Over the units of a variant that
 * is the metric over them. Others are refused.
 */

import type { Leaf, MetricPlan, Predicate, Value } from '../../mdl/plan/types.js';
import { AGGREGATES } from '../../mdl/vocabulary.js';
import type { Condition } from '../condition/condition.js';
import { EVENT_COLUMNS, type EventColumn, type Property } from '../condition/property.js';
import type { QueryContext } from '../context.js';
import { findPlan } from '../metric/asked.js';
import { readRawQuestion } from '../metric/request.js';
import type { MetricSources } from '../metric/sources.js';
import { refuseField } from '../request.js';
import type { AskedGoal, Goal, Measure, MetricGoal, PersonalNumber, QuantileNumber } from './goal.js';

type MetricProperty = Extract<Predicate, { kind: 'set' }>['property'];

/** What cannot be a goal, in the words of a problem. */
class Unfit extends Error {}

const isColumn = (name: string): name is EventColumn => Object.hasOwn(EVENT_COLUMNS, name);

function toProperty(property: MetricProperty): Property {
  if (property.kind !== 'column') return property;
  if (isColumn(property.name)) return { kind: 'column', name: property.name };
  throw new Unfit(`it reads event.${property.name}`);
}

function toCondition(predicate: Predicate): Condition {
  switch (predicate.kind) {
    case 'and':
    case 'or':
      return { kind: predicate.kind, parts: predicate.parts.map(toCondition) };
    case 'not':
      return { kind: 'not', part: toCondition(predicate.part) };
    case 'compare_properties':
      throw new Unfit('it compares two properties');
    case 'cohort':
      throw new Unfit('it names a cohort; name it in where');
    case 'text':
      if (predicate.op === 'like') throw new Unfit('it has like');
      return { ...predicate, op: predicate.op, property: toProperty(predicate.property) };
    default:
      return { ...predicate, property: toProperty(predicate.property) };
  }
}

/** Whether a word names a quantile from a sketch. */
const isSketch = (aggregate: string): boolean =>
  aggregate.endsWith('_approx') && AGGREGATES[aggregate]?.level !== undefined;

type PlannedMeasure = MetricPlan['measures'][number];

/** Why a metric of this aggregate is no goal. */
function refuseAggregate({ aggregate, value }: PlannedMeasure): Unfit {
  if (aggregate === 'min' || aggregate === 'max')
    return new Unfit(
      `it has ${aggregate}, which one event decides, so that nothing says how far chance moves it; take a quantile such as p99`,
    );
  if (isSketch(aggregate))
    return new Unfit(
      `it has ${aggregate}, from a sketch; name ${aggregate.replace('_approx', '')}, which is exact`,
    );
  return new Unfit(`it has ${aggregate}${value && aggregate === 'uniq' ? ' of a property' : ''}`);
}

function toMeasure(measure: PlannedMeasure): Measure {
  const { aggregate, value } = measure;
  if (aggregate === 'count' && !value) return { kind: 'count' };
  if (aggregate === 'uniq' && !value) return { kind: 'conversion' };
  if ((aggregate === 'sum' || aggregate === 'numbers') && value) {
    const property = { name: aggregate, property: toProperty(value.property) };
    return { kind: aggregate === 'sum' ? 'sum' : 'valued', property };
  }
  throw refuseAggregate(measure);
}

function toNumber(plan: MetricPlan, { measure: index, frame }: Leaf): PersonalNumber | QuantileNumber {
  if (index === 'seconds') throw new Unfit('it divides by time');
  const { span, shiftBuckets, shiftMs } = frame;
  if (span.kind !== 'bucket' || shiftBuckets !== 0 || shiftMs !== 0)
    throw new Unfit('it looks at other times');
  const measure = plan.measures[index]!;
  if (measure.reached !== undefined) throw new Unfit('it has a conversion; ask for it as a funnel');
  const { event, condition } = plan.selections[measure.selection]!;
  if (event === undefined) throw new Unfit('it counts events of all types');
  const where = condition && toCondition(condition);
  const match = { events: [event], where };
  const level = isSketch(measure.aggregate) ? undefined : AGGREGATES[measure.aggregate]?.level;
  if (level === undefined || !measure.value) return { match, measure: toMeasure(measure) };
  const property = { name: measure.aggregate, property: toProperty(measure.value.property) };
  return { match, property, level };
}

interface Parts {
  readonly number: PersonalNumber | QuantileNumber;
  readonly divisor?: PersonalNumber;
}

const isQuantile = (number: PersonalNumber | QuantileNumber): number is QuantileNumber => 'level' in number;

const scale = ({ number, divisor }: Parts, factor: number): Parts => ({
  number: { ...number, scale: (number.scale ?? 1) * factor },
  ...(divisor && { divisor }),
});

function takeApart(plan: MetricPlan, value: Value<Leaf>): Parts {
  if (value.kind === 'leaf') return { number: toNumber(plan, value.leaf) };
  if (value.kind !== 'arithmetic') throw new Unfit(`its formula has more than a ratio in it`);
  const { operator, left, right } = value;
  if (operator === '*' && right.kind === 'number') return scale(takeApart(plan, left), right.value);
  if (operator === '*' && left.kind === 'number') return scale(takeApart(plan, right), left.value);
  if (operator === '/' && right.kind === 'number' && right.value !== 0)
    return scale(takeApart(plan, left), 1 / right.value);
  if (operator !== '/') throw new Unfit(`its formula has ${operator}`);
  const [above, below] = [takeApart(plan, left), takeApart(plan, right)];
  if (above.divisor || below.divisor) throw new Unfit('it is a ratio of ratios');
  if (isQuantile(above.number) || isQuantile(below.number)) throw new Unfit('it has a quantile in a ratio');
  return { number: above.number, divisor: below.number };
}

async function resolve(
  context: QueryContext,
  sources: MetricSources,
  { metric, definition, path, name, better, windowMs }: MetricGoal,
): Promise<Goal> {
  const asked = {
    ...(metric !== undefined && { metric }),
    ...(definition !== undefined && { definition }),
  };
  const { plan } = await findPlan(context, sources, readRawQuestion(asked));
  const base = { name: name ?? plan.metric, better, windowMs };
  try {
    const { number, divisor } = takeApart(plan, plan.value);
    if (isQuantile(number)) return { ...base, kind: 'quantile', ...number };
    if (divisor) return { ...base, kind: 'ratio', numerator: number, denominator: divisor };
    const isShare = number.measure.kind === 'conversion' && (number.scale ?? 1) === 1;
    return { ...base, kind: isShare ? 'conversion' : 'mean', number };
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    throw refuseField(
      path,
      `The metric ${plan.metric} cannot be a goal: ${error.message}. A goal is a count, a sum, the number of persons, an average, a ratio of two of these, or a quantile.`,
    );
  }
}

/** The goals with their metrics taken apart. @throws RequestError 404, 422; MetadataError */
export async function resolveGoals(
  context: QueryContext,
  sources: MetricSources,
  goals: readonly AskedGoal[],
): Promise<Goal[]> {
  const resolved: Goal[] = [];
  for (const goal of goals)
    resolved.push(goal.kind === 'metric' ? await resolve(context, sources, goal) : goal);
  return resolved;
}
