/** The funnel question: the request as it is written, and the question it means. */
import * as v from 'valibot';
import type { Condition } from '../condition/condition.js';
import type { Params, Printed } from '../printed.js';
import {
  breakdownEntrySchema,
  breakdownLimitSchema,
  conditionSchema,
  grainSchema,
  MAX_BREAKDOWNS,
  type NamedProperty,
  parseRequest,
  propertySchema,
  readBuckets,
  readRange,
  refuseField,
  timezoneSchema,
  weekStartSchema,
} from '../request.js';
import type { Buckets, Range } from '../time/buckets.js';
import { shiftBack } from '../time/shift.js';
import { definitionEntries, type FunnelDefinition, readDefinition, stepNumberSchema } from './definition.js';

/** Events of one unit that are looked at unless the request says otherwise; also the most it may ask for. */
export const MAX_EVENTS_PER_UNIT = 1_000_000;

export type Attribution =
  | { readonly kind: 'first' | 'last' | 'all' }
  | { readonly kind: 'step'; readonly step: number };

/** What units are broken down by: with `entry`, the property of the first event of the event's session. */
export interface Dimension extends NamedProperty {
  readonly entry?: true;
}

/** What is asked of it. */
export interface FunnelQuestion {
  readonly definition: FunnelDefinition;
  readonly range: Range;
  readonly where: Condition | undefined;
  readonly breakdown: readonly Dimension[];
  readonly breakdownLimit: number;
  readonly attribution: Attribution;
  /** Undefined when no trend is asked for. */
  readonly trend: Buckets | undefined;
  /** Whether times to convert are asked for. */
  readonly times: boolean;
  readonly maxEventsPerUnit: number;
  /** The period to compare with. */
  readonly previous: Range | undefined;
  /** Whether times to convert are told in bins as well. */
  readonly histogram: boolean;
  readonly value: FunnelValue | undefined;
  /** Event types that are neither steps nor exclusions and of which it is asked whether units had them on the way. */
  readonly observed: readonly string[];
  /** Whose events are looked at, as a condition on `person_key`, when not everybody's. */
  readonly persons?: (params: Params) => Printed;
}

/** A number that is added up over the events of chains: of each step's own event, or always of one step's. */
export interface FunnelValue extends NamedProperty {
  /** From 0. */
  readonly step: number | undefined;
}

const sessionEntrySchema = v.pipe(
  v.strictObject({ session_entry: propertySchema }),
  v.transform(
    ({ session_entry: { name, property } }): Dimension => ({
      name: `session_entry.${name}`,
      property,
      entry: true,
    }),
  ),
);

const dimensionSchema = v.lazy((input) =>
  typeof input === 'object' && input !== null && 'session_entry' in input
    ? sessionEntrySchema
    : breakdownEntrySchema,
);

const questionEntries = {
  from: v.string(),
  to: v.string(),
  where: v.optional(conditionSchema),
  breakdown: v.optional(
    v.pipe(
      v.array(
        dimensionSchema,
        'breakdown is an array of properties, {"cohort": id} and {"session_entry": property}.',
      ),
      v.maxLength(MAX_BREAKDOWNS, `A breakdown has at most ${MAX_BREAKDOWNS} properties.`),
    ),
    [],
  ),
  breakdown_limit: breakdownLimitSchema,
  attribution: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(first|last|all|step:[1-9]\d{0,2})$/, 'attribution is "first", "last", "all" or "step:3".'),
    ),
    'first',
  ),
  grain: v.optional(grainSchema),
  timezone: timezoneSchema,
  week_start: weekStartSchema,
  times: v.optional(v.boolean(), true),
  histogram: v.optional(v.boolean(), false),
  value: v.optional(
    v.strictObject(
      { property: propertySchema, step: v.optional(stepNumberSchema) },
      'value is {property, step?}.',
    ),
  ),
  compare: v.optional(
    v.picklist(['previous'], 'compare is "previous": the period of equal length before this one.'),
  ),
  max_events_per_unit: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_EVENTS_PER_UNIT)),
    MAX_EVENTS_PER_UNIT,
  ),
};

/** `name` may come along with a definition that is tried before it is saved. */
const questionSchema = v.strictObject({
  name: v.optional(v.string()),
  ...definitionEntries,
  ...questionEntries,
});

function readAttribution(text: string, definition: FunnelDefinition): Attribution {
  if (!text.startsWith('step:')) return { kind: text as 'first' | 'last' | 'all' };
  const step = Number(text.slice('step:'.length)) - 1;
  if (step >= definition.steps.length)
    throw refuseField('attribution', `The funnel has ${definition.steps.length} steps.`);
  if (definition.steps[step]!.optional)
    throw refuseField('attribution', 'An optional step is not on every chain; attribute to a required one.');
  return { kind: 'step', step };
}

function readValue(
  { property, step }: { property: NamedProperty; step?: number | undefined },
  { steps }: FunnelDefinition,
): FunnelValue {
  if (step !== undefined && step > steps.length)
    throw refuseField('value.step', `The funnel has ${steps.length} steps.`);
  if (step !== undefined && steps[step - 1]!.optional)
    throw refuseField(
      'value.step',
      'An optional step is not on every chain; take the value of a required one.',
    );
  return { ...property, step: step === undefined ? undefined : step - 1 };
}

/** Reads `POST /v1/analytics/funnels/analyze`. @throws RequestError 422 */
export function readFunnelQuestion(input: unknown): FunnelQuestion {
  const raw = parseRequest(questionSchema, input);
  const definition = readDefinition(raw);
  const range = readRange(raw.from, raw.to, raw.timezone);
  const previous = raw.compare && shiftBack(range, 'all', raw.timezone);
  if (raw.compare && !previous)
    throw refuseField('compare', 'The period before this one would begin before 1900.');
  if (raw.histogram && !raw.times)
    throw refuseField('histogram', 'A histogram is of times to convert; leave out times: false.');
  return {
    definition,
    range,
    where: raw.where,
    breakdown: raw.breakdown,
    breakdownLimit: raw.breakdown_limit,
    attribution: readAttribution(raw.attribution, definition),
    trend: raw.grain && readBuckets(range, raw.grain, raw.timezone, raw.week_start),
    times: raw.times,
    maxEventsPerUnit: raw.max_events_per_unit,
    previous,
    histogram: raw.histogram,
    value: raw.value && readValue(raw.value, definition),
    observed: [],
  };
}
