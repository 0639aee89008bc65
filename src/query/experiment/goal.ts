/**
 * What an experiment is to change. A goal by events gives each exposed person a number (or two, of which the ratio of the sums is asked);
 * a goal by a funnel gives 1 to whoever completes it. A funnel's chain begins with the exposure: it is put before the funnel's
 * steps, with `reentry: "first"`, so all of a funnel's rules count from there and the judge of funnels decides.
 */
import * as v from 'valibot';
import { RequestError } from '../../errors.js';
import { AGGREGATES } from '../../mdl/vocabulary.js';
import { definitionSchema, type FunnelDefinition, readDefinition } from '../funnel/definition.js';
import {
  durationSchema,
  type EventMatch,
  eventMatchEntries,
  type NamedProperty,
  parseRequest,
  propertySchema,
  type RawEventMatch,
  readEventMatch,
  refuseField,
  refuseRequest,
} from '../request.js';

export type Measure =
  /** Whether a person has such an event. */
  | { readonly kind: 'conversion' | 'count' }
  /** Sum of a number over a person's events, and how many of these have it. */
  | { readonly kind: 'sum' | 'valued'; readonly property: NamedProperty };

/** A number of each person. */
export interface PersonalNumber {
  readonly match: EventMatch;
  readonly measure: Measure;
  /** What it is multiplied by; default 1. */
  readonly scale?: number;
}

interface GoalBase {
  readonly name: string;
  readonly better: 'higher' | 'lower';
  readonly windowMs: number;
}

export interface FunnelGoal extends GoalBase {
  readonly kind: 'funnel';
  /** The exposure is its first step; what the exposure is, the experiment says. */
  readonly definition: FunnelDefinition;
}

export interface NumberGoal extends GoalBase {
  readonly kind: 'conversion' | 'mean';
  readonly number: PersonalNumber;
}

export interface RatioGoal extends GoalBase {
  readonly kind: 'ratio';
  readonly numerator: PersonalNumber;
  readonly denominator: PersonalNumber;
}

/** A quantile of a number over all events of the persons: it is not made of a number of each. */
export interface QuantileNumber {
  readonly match: EventMatch;
  readonly property: NamedProperty;
  /** From 0 to 1. */
  readonly level: number;
  /** What it is multiplied by; default 1. */
  readonly scale?: number;
}

export interface QuantileGoal extends GoalBase, QuantileNumber {
  readonly kind: 'quantile';
}

/** A metric that is still to be found. */
export interface MetricGoal extends Omit<GoalBase, 'name'> {
  readonly kind: 'metric';
  readonly name: string | undefined;
  readonly metric: string | undefined;
  readonly definition: string | undefined;
  /** Where it stands in the request. */
  readonly path: string;
}

export type Goal = FunnelGoal | NumberGoal | RatioGoal | QuantileGoal;
export type AskedGoal = Goal | MetricGoal;

const MAX_NAME = 200;

const quantileSchema = v.union([
  v.strictObject({ median: propertySchema }),
  v.strictObject({ p75: propertySchema }),
  v.strictObject({ p90: propertySchema }),
  v.strictObject({ p95: propertySchema }),
  v.strictObject({ p99: propertySchema }),
]);

const measureSchema = v.union(
  [
    v.picklist(['conversion', 'count']),
    v.strictObject({ sum: propertySchema }),
    v.strictObject({ average: propertySchema }),
    quantileSchema,
  ],
  'measure is "conversion", "count", {"sum": property}, {"average": property} or a quantile: {"median": property}, likewise p75, p90, p95, p99.',
);

const partMeasureSchema = v.union(
  [v.picklist(['conversion', 'count']), v.strictObject({ sum: propertySchema })],
  'measure is "conversion", "count" or {"sum": property}.',
);

const partSchema = v.strictObject({
  ...eventMatchEntries,
  measure: v.optional(partMeasureSchema, 'count'),
});

export const goalSchema = v.strictObject({
  name: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_NAME))),
  better: v.optional(v.picklist(['higher', 'lower'], 'better is "higher" or "lower".'), 'higher'),
  window: v.optional(durationSchema),
  ...eventMatchEntries,
  measure: v.optional(measureSchema),
  metric: v.optional(
    v.pipe(v.string('metric is the id or name of a metric.'), v.minLength(1), v.maxLength(MAX_NAME)),
  ),
  definition: v.optional(v.string('definition is the text of a metric.')),
  funnel: v.optional(
    v.looseObject({ steps: v.array(v.unknown(), 'steps is an array of {event, where?, …}.') }),
  ),
  ratio: v.optional(
    v.strictObject(
      { numerator: partSchema, denominator: partSchema },
      'ratio is {numerator, denominator}, each {event, where?, measure?}.',
    ),
  ),
});

type RawGoal = v.InferOutput<typeof goalSchema>;

/** @throws RequestError 422 */
export function readGoal(raw: RawGoal, windowMs: number, path: string): AskedGoal {
  const named = [raw.event ?? raw.any_of, raw.funnel, raw.ratio, raw.metric ?? raw.definition].filter(
    (one) => one !== undefined,
  );
  if (named.length !== 1)
    throw refuseField(path, 'A goal is one of: an event with its measure, a funnel, a ratio, a metric.');
  if (raw.measure !== undefined && !raw.event && !raw.any_of)
    throw refuseField(`${path}.measure`, 'measure belongs to an event.');
  if (raw.where !== undefined && !raw.event && !raw.any_of)
    throw refuseField(
      `${path}.where`,
      'where belongs to an event; steps and parts of a ratio have their own.',
    );
  const base = { better: raw.better, windowMs: raw.window ?? windowMs };
  const nameIt = (otherwise: string): string => raw.name ?? otherwise.slice(0, MAX_NAME);
  if (raw.metric !== undefined || raw.definition !== undefined) {
    const { name, metric, definition } = raw;
    return { ...base, kind: 'metric', name, metric, definition, path };
  }
  if (raw.funnel) return readFunnelGoal(raw.funnel, base, nameIt, `${path}.funnel`);
  if (raw.ratio) {
    const { numerator, denominator } = raw.ratio;
    const parts = {
      numerator: readNumber(numerator, `${path}.ratio.numerator`),
      denominator: readNumber(denominator, `${path}.ratio.denominator`),
    };
    const name = nameIt(`${nameNumber(parts.numerator)} / ${nameNumber(parts.denominator)}`);
    return { ...base, name, kind: 'ratio', ...parts };
  }
  return readEventGoal(raw, base, nameIt, path);
}

function readEventGoal(
  raw: RawGoal,
  base: Omit<GoalBase, 'name'>,
  nameIt: (otherwise: string) => string,
  path: string,
): Goal {
  const { event, any_of, where, measure = 'conversion' } = raw;
  if (typeof measure !== 'string' && 'average' in measure) {
    const match = readEventMatch({ event, any_of, where }, path);
    const property = measure.average;
    const name = nameIt(`average ${property.name} of ${match.events.join(' or ')}`);
    const numerator: PersonalNumber = { match, measure: { kind: 'sum', property } };
    return {
      ...base,
      name,
      kind: 'ratio',
      numerator,
      denominator: { match, measure: { kind: 'valued', property } },
    };
  }
  if (typeof measure !== 'string' && !('sum' in measure)) {
    const match = readEventMatch({ event, any_of, where }, path);
    const [word, property] = Object.entries(measure)[0] as [string, NamedProperty];
    const name = nameIt(`${word} ${property.name} of ${match.events.join(' or ')}`);
    return { ...base, name, kind: 'quantile', match, property, level: AGGREGATES[word]!.level! };
  }
  const number = readNumber({ event, any_of, where, measure }, path);
  const kind = number.measure.kind === 'conversion' ? 'conversion' : 'mean';
  return { ...base, name: nameIt(nameNumber(number)), kind, number };
}

function readNumber(
  raw: RawEventMatch & { measure: v.InferOutput<typeof partMeasureSchema> },
  path: string,
): PersonalNumber {
  const match = readEventMatch(raw, path);
  const { measure } = raw;
  return typeof measure === 'string'
    ? { match, measure: { kind: measure } }
    : { match, measure: { kind: 'sum', property: measure.sum } };
}

function nameNumber({ match, measure }: PersonalNumber): string {
  const events = match.events.join(' or ');
  if (measure.kind === 'sum' || measure.kind === 'valued') return `${measure.property.name} of ${events}`;
  return measure.kind === 'count' ? `number of ${events}` : events;
}

/** Fields of a funnel that say how units are counted: here a unit is an exposed person, and its first exposure counts. */
const NOT_HERE = ['count', 'reentry', 'paths'] as const;

function readFunnelGoal(
  { steps, ...raw }: Record<string, unknown> & { steps: unknown[] },
  base: Omit<GoalBase, 'name'>,
  nameIt: (otherwise: string) => string,
  path: string,
): FunnelGoal {
  for (const field of NOT_HERE)
    if (raw[field] !== undefined)
      throw refuseField(
        `${path}.${field}`,
        `In an experiment every exposed person counts once: leave out ${field}.`,
      );
  if (raw.order === 'unordered')
    throw refuseField(`${path}.order`, 'The exposure comes first, so the steps of a goal have an order.');
  const own = raw.window !== undefined;
  const written = { ...raw, ...(own ? {} : { window: '1d' }), exclusions: shiftExclusions(raw.exclusions) };
  const definition = readBelow(path, () =>
    readDefinition(parseRequest(definitionSchema, { ...written, steps: [{ event: 'exposure' }, ...steps] })),
  );
  const windowMs = own ? definition.windowMs : base.windowMs;
  const labels = definition.steps.slice(1).map(({ label }) => label);
  return {
    ...base,
    windowMs,
    name: nameIt(labels.join(' → ')),
    kind: 'funnel',
    definition: { ...definition, windowMs, reentry: 'first' },
  };
}

/** Steps are counted from 1 as the goal writes them; without a number an exclusion reaches from the exposure to the end. */
function shiftExclusions(exclusions: unknown): unknown {
  if (!Array.isArray(exclusions)) return exclusions;
  const shift = (step: unknown): unknown => (typeof step === 'number' ? step + 1 : step);
  return exclusions.map((one: unknown) => {
    if (typeof one !== 'object' || one === null) return one;
    const { from_step, to_step, ...rest } = one as Record<string, unknown>;
    return {
      ...rest,
      ...(from_step === undefined ? {} : { from_step: shift(from_step) }),
      ...(to_step === undefined ? {} : { to_step: shift(to_step) }),
    };
  });
}

/** Problems of a funnel, told of the goal as it was written: without the exposure before its steps. */
function readBelow<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== 422) throw error;
    throw refuseRequest(
      error.errors.map((problem) => ({
        ...problem,
        path: `${path}.${problem.path.replace(/^steps\[(\d+)\]/, (_, step) => `steps[${Math.max(0, Number(step) - 1)}]`)}`,
      })),
    );
  }
}
