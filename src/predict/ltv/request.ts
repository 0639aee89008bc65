/** POST /v1/analytics/predictions/ltv: the question. */
import * as v from 'valibot';
import {
  conditionSchema,
  eventNameSchema,
  parseRequest,
  propertySchema,
  readRange,
  refuseField,
  timezoneSchema,
} from '../../query/request.js';

const DAY_MS = 86_400_000;
/** Days in the unit of time the parameters are given in. */
const UNIT_DAYS = { day: 1, week: 7, month: 30 } as const;
/** Predictions listed at most in one answer. */
const PREDICTIONS_MAX = 1_000;

const schema = v.strictObject({
  event: eventNameSchema,
  value: propertySchema,
  where: v.optional(conditionSchema, []),
  from: v.string('from is a date or an ISO time.'),
  calibration_to: v.optional(
    v.string('calibration_to is a date or an ISO time; the model learns from what lies before it.'),
  ),
  to: v.optional(
    v.string('to is a date or an ISO time; what lies between calibration_to and it judges the model.'),
  ),
  grain: v.optional(v.picklist(['day', 'week', 'month'], 'grain is one of: day, week, month.'), 'week'),
  timezone: timezoneSchema,
  limit: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.maxValue(PREDICTIONS_MAX, `limit is at most ${PREDICTIONS_MAX}.`),
    ),
    100,
  ),
});

export type LtvQuestion = ReturnType<typeof parseLtvRequest>;

/** Days are whole calendar days in the zone: each of the three times must be a midnight there. */
function readDay(ms: number, zone: { offsetAt(instant: number): number }, path: string): number {
  const wall = ms + zone.offsetAt(ms);
  if (wall % DAY_MS !== 0) throw refuseField(path, `${path} is a date: this model counts in whole days.`);
  return wall / DAY_MS;
}

const showDay = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/**
 * Reads the request as of an instant, epoch ms. Without `to` the last whole day is the last; without `calibration_to` the model
 * learns from the first half.
 * @throws RequestError 422
 */
export function parseLtvRequest(body: unknown, nowMs = Date.now()) {
  const request = parseRequest(schema, body);
  const zone = request.timezone;
  const today = Math.floor((nowMs + zone.offsetAt(nowMs)) / DAY_MS);
  const whole = readRange(request.from, request.to ?? showDay(today), zone);
  const middle = (readDay(whole.fromMs, zone, 'from') + readDay(whole.toMs, zone, 'to')) / 2;
  const calibration = readRange(request.from, request.calibration_to ?? showDay(Math.ceil(middle)), zone);
  if (calibration.toMs >= whole.toMs) {
    throw refuseField('to', 'to lies after calibration_to: the time between them judges the model.');
  }
  const startDay = readDay(whole.fromMs, zone, 'from');
  const splitDay = readDay(calibration.toMs, zone, 'calibration_to');
  const endDay = readDay(whole.toMs, zone, 'to');
  return {
    event: request.event,
    value: request.value,
    condition: request.where,
    range: whole,
    timezone: zone.name,
    startDay,
    splitDay,
    endDay,
    grain: request.grain,
    unitDays: UNIT_DAYS[request.grain],
    limit: request.limit,
  };
}
