/** The experiment question: the request as it is written, and what it means. */
import * as v from 'valibot';
import type { Condition } from '../condition/condition.js';
import {
  conditionSchema,
  durationSchema,
  type EventMatch,
  eventMatchEntries,
  type NamedProperty,
  parseRequest,
  propertySchema,
  readBuckets,
  readEventMatch,
  readRange,
  refuseField,
  timezoneSchema,
} from '../request.js';
import type { Buckets, Range } from '../time/buckets.js';
import { type AskedGoal, type Goal, goalSchema, readGoal } from './goal.js';

/** Each is a column of every goal, and a comparison with the control. */
export const MAX_VARIANTS = 10;
/** Each is a scan. */
const MAX_GOALS = 20;
const DEFAULT_PLANNED_UNITS = 10_000;

export interface ExperimentQuestion {
  readonly exposure: EventMatch & { readonly variant: NamedProperty };
  /** Control first; undefined: those that occur. */
  readonly variants: readonly string[] | undefined;
  /** Shares the variants were meant to have, in any unit; undefined: equal ones. */
  readonly split: readonly number[] | undefined;
  readonly goals: readonly Goal[];
  readonly range: Range;
  /** Of the curves. */
  readonly days: Buckets;
  readonly where: Condition | undefined;
  /** How long before the exposure is looked at for what a person did anyway; 0: not at all. */
  readonly beforeMs: number;
  readonly alpha: number;
  readonly power: number;
  /** The smallest change worth seeing, as a share of the control. */
  readonly minimalEffect: number;
  readonly correction: 'holm' | 'benjamini_hochberg' | 'none';
  /** People of each variant at which one expects to look. */
  readonly plannedUnits: number;
}

/** As it is written: metrics among its goals are still to be found. */
export interface AskedExperiment extends Omit<ExperimentQuestion, 'goals'> {
  readonly goals: readonly AskedGoal[];
}

const share = (message: string) =>
  v.pipe(v.number(), v.minValue(0.0001, message), v.maxValue(0.9999, message));

/** Variants are told apart by the text of their value: 1 and "1" are one. */
const variantSchema = v.pipe(
  v.union([v.string(), v.number(), v.boolean()], 'A variant is a string, a number or a boolean.'),
  v.transform(String),
);

const exposureSchema = v.strictObject({ ...eventMatchEntries, variant: propertySchema });

/** What of an experiment is saved. */
const definitionEntries = {
  exposure: exposureSchema,
  variants: v.optional(
    v.pipe(
      v.array(variantSchema, 'variants is an array, the control first.'),
      v.minLength(2, 'An experiment has at least two variants.'),
      v.maxLength(MAX_VARIANTS, `An experiment has at most ${MAX_VARIANTS} variants.`),
      v.check((names) => new Set(names).size === names.length, 'A variant is named once.'),
    ),
  ),
  split: v.optional(v.array(v.pipe(v.number(), v.gtValue(0, 'Shares are greater than 0.'), v.finite()))),
  goals: v.pipe(
    v.array(goalSchema, 'goals is an array of {event, measure}, {funnel} and {ratio}.'),
    v.minLength(1, 'An experiment has at least one goal.'),
    v.maxLength(MAX_GOALS, `An experiment has at most ${MAX_GOALS} goals.`),
  ),
  window: v.optional(durationSchema, '14d'),
  where: v.optional(conditionSchema),
  pre_period: v.optional(durationSchema, '14d'),
  alpha: v.optional(share('alpha lies between 0 and 1, such as 0.05.'), 0.05),
  power: v.optional(share('power lies between 0 and 1, such as 0.8.'), 0.8),
  minimal_effect: v.optional(
    v.pipe(
      v.number(),
      v.minValue(0.0001, 'minimal_effect is a share of the control, such as 0.05.'),
      v.maxValue(100),
    ),
    0.05,
  ),
  correction: v.optional(
    v.picklist(
      ['holm', 'benjamini_hochberg', 'none'],
      'correction is "holm", "benjamini_hochberg" or "none".',
    ),
    'holm',
  ),
  planned_units: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(10), v.maxValue(1_000_000_000)),
    DEFAULT_PLANNED_UNITS,
  ),
};

const schema = v.strictObject({
  name: v.optional(v.string()),
  ...definitionEntries,
  from: v.string(),
  to: v.string(),
  timezone: timezoneSchema,
});

/** Reads `POST /v1/analytics/experiments`. @throws RequestError 422 */
export function readExperiment(input: unknown): AskedExperiment {
  const raw = parseRequest(schema, input);
  const range = readRange(raw.from, raw.to, raw.timezone);
  if (raw.split && !raw.variants)
    throw refuseField('split', 'Name the variants that these shares are of, in their order, with variants.');
  if (raw.split && raw.split.length !== raw.variants!.length)
    throw refuseField('split', 'split has a share for each of variants.');
  return {
    exposure: { ...readEventMatch(raw.exposure, 'exposure'), variant: raw.exposure.variant },
    variants: raw.variants,
    split: raw.split,
    goals: raw.goals.map((goal, index) => readGoal(goal, raw.window, `goals[${index}]`)),
    range,
    days: readBuckets(range, 'day', raw.timezone),
    where: raw.where,
    beforeMs: raw.pre_period,
    alpha: raw.alpha,
    power: raw.power,
    minimalEffect: raw.minimal_effect,
    correction: raw.correction,
    plannedUnits: raw.planned_units,
  };
}
