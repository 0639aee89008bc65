/** How many people an experiment needs, or what it can see with so many. Nothing is read: it is a calculation. */
import * as v from 'valibot';
import { type Baseline, findNeededCount, findPower } from '../../statistics/power.js';
import { parseRequest, refuseField } from '../request.js';

const positive = v.pipe(v.number(), v.gtValue(0), v.finite());
const share = v.pipe(v.number(), v.minValue(0.0001), v.maxValue(0.9999));

const schema = v.strictObject({
  baseline: v.union(
    [
      v.strictObject({ rate: v.pipe(v.number(), v.gtValue(0), v.ltValue(1)) }),
      v.strictObject({ mean: positive, standard_deviation: positive }),
    ],
    'baseline is {rate} between 0 and 1, or {mean, standard_deviation}.',
  ),
  minimal_effect: v.pipe(
    v.number(),
    v.minValue(-0.9999),
    v.maxValue(100),
    v.check(
      (effect) => Math.abs(effect) >= 0.0001,
      'minimal_effect is a share of the baseline, such as 0.05.',
    ),
  ),
  alpha: v.optional(share, 0.05),
  power: v.optional(share, 0.8),
  variants: v.optional(v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(10)), 2),
  units: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1e12))),
  units_per_day: v.optional(positive),
});

export interface PowerAnswer {
  /** The absolute change. */
  readonly effect: number;
  readonly units_per_variant: number;
  readonly units: number;
  /** With `units_per_day` over all variants. */
  readonly days?: number;
  /** The chance to see the effect with `units` in each variant. */
  readonly power?: number;
}

/** Answers `POST /v1/analytics/experiments/power`. @throws RequestError 422 */
export function answerPower(input: unknown): PowerAnswer {
  const raw = parseRequest(schema, input);
  const { minimal_effect, alpha, power, variants, units, units_per_day } = raw;
  const baseline: Baseline =
    'rate' in raw.baseline
      ? { kind: 'share', value: raw.baseline.rate }
      : { kind: 'mean', value: raw.baseline.mean, deviation: raw.baseline.standard_deviation };
  const effect = baseline.value * minimal_effect;
  const needed = findNeededCount(baseline, effect, power, alpha);
  if (needed === null) throw refuseField('minimal_effect', 'The changed rate would not lie between 0 and 1.');
  return {
    effect,
    units_per_variant: needed,
    units: needed * variants,
    ...(units_per_day !== undefined && { days: Math.ceil((needed * variants) / units_per_day) }),
    ...(units !== undefined && { power: findPower(baseline, effect, units, alpha)! }),
  };
}
