/** POST /v1/analytics/predictions/churn: the question, and the three cuts it comes to. */
import * as v from 'valibot';
import {
  durationSchema,
  type EventMatch,
  eventMatchEntries,
  parseRequest,
  readEventMatch,
  refuseField,
  timezoneSchema,
} from '../../query/request.js';
import { parseInstant } from '../../query/time/instant.js';
import type { Zone } from '../../query/time/zone.js';
import { CHURN_FEATURES } from './features.js';

const DAY_MS = 86_400_000;
/** How far the features look back without `from`: long enough for a habit to show. */
const LOOK_BACK_HORIZONS = 6;
const LOOK_BACK_DAYS_MIN = 90;
const LOOK_BACK_DAYS_MAX = 1_827;
const HORIZON_DAYS_MAX = 366;
/** Predictions listed at most in one answer; all people are listed by a saved model. */
const PREDICTIONS_MAX = 1_000;

const schema = v.strictObject({
  ...eventMatchEntries,
  horizon: durationSchema,
  cut: v.optional(v.string('cut is a date: the model is judged on the horizon after it.')),
  from: v.optional(v.string('from is a date: the first day that is looked back to.')),
  features: v.optional(
    v.pipe(
      v.array(
        v.picklist(
          CHURN_FEATURES.map(({ name }) => name),
          `A feature is one of: ${CHURN_FEATURES.map(({ name }) => name).join(', ')}.`,
        ),
        'features is an array of names.',
      ),
      v.minLength(1, 'features names at least one.'),
    ),
    CHURN_FEATURES.map(({ name }) => name),
  ),
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

/** A moment and the spans around it, epoch ms. Features are of [fromMs, cutMs), the outcome is of [cutMs, untilMs). */
export interface Cut {
  readonly fromMs: number;
  readonly earlierMs: number;
  readonly recentMs: number;
  readonly cutMs: number;
  readonly untilMs: number;
}

export interface ChurnQuestion {
  readonly activity: EventMatch;
  readonly horizonDays: number;
  readonly lookBackDays: number;
  /** Whose outcome the model learns from, whose judges it, and who is foretold, each a horizon later. */
  readonly cuts: { readonly learn: Cut; readonly judge: Cut; readonly predict: Cut };
  /** Places in CHURN_FEATURES. */
  readonly features: readonly number[];
  readonly timezone: string;
  readonly limit: number;
}

/** The calendar day an instant lies on, counted from 1970. */
const dayOf = (ms: number, zone: Zone): number => Math.floor((ms + zone.offsetAt(ms)) / DAY_MS);

function readDate(text: string, path: 'cut' | 'from', zone: Zone): number {
  const ms = parseInstant(text, zone);
  if (ms === undefined || (ms + zone.offsetAt(ms)) % DAY_MS !== 0)
    throw refuseField(path, `${path} is a date such as 2024-03-01: churn is counted in whole days.`);
  return dayOf(ms, zone);
}

function readHorizon(ms: number): number {
  const days = ms / DAY_MS;
  if (Number.isInteger(days) && days >= 1 && days <= HORIZON_DAYS_MAX) return days;
  throw refuseField(
    'horizon',
    `horizon is a number of days or weeks up to ${HORIZON_DAYS_MAX} days, such as "28d".`,
  );
}

function readLookBack(learnDay: number, fromDay: number | undefined, horizonDays: number): number {
  if (fromDay === undefined) return Math.max(LOOK_BACK_HORIZONS * horizonDays, LOOK_BACK_DAYS_MIN);
  const days = learnDay - fromDay;
  if (days >= 2 * horizonDays && days <= LOOK_BACK_DAYS_MAX) return days;
  throw refuseField(
    'from',
    `from lies two horizons to ${LOOK_BACK_DAYS_MAX} days before the cut the model learns at, which is one horizon before cut.`,
  );
}

/** Reads the request as of an instant, epoch ms. @throws RequestError 422 */
export function parseChurnRequest(body: unknown, nowMs = Date.now()): ChurnQuestion {
  const raw = parseRequest(schema, body);
  const { event, any_of, where, timezone: zone } = raw;
  const horizonDays = readHorizon(raw.horizon);
  const today = dayOf(nowMs, zone);
  const judgeDay = raw.cut === undefined ? today - horizonDays : readDate(raw.cut, 'cut', zone);
  if (judgeDay + horizonDays > today)
    throw refuseField('cut', 'The horizon after cut has not passed yet, so nobody knows who left in it.');
  const learnDay = judgeDay - horizonDays;
  const fromDay = raw.from === undefined ? undefined : readDate(raw.from, 'from', zone);
  const lookBackDays = readLookBack(learnDay, fromDay, horizonDays);
  const instantOf = (day: number): number => zone.toInstant(day * DAY_MS);
  const createCut = (day: number): Cut => ({
    fromMs: instantOf(day - lookBackDays),
    earlierMs: instantOf(day - 2 * horizonDays),
    recentMs: instantOf(day - horizonDays),
    cutMs: instantOf(day),
    untilMs: instantOf(day + horizonDays),
  });
  return {
    activity: readEventMatch({ event, any_of, where }, 'event'),
    horizonDays,
    lookBackDays,
    cuts: {
      learn: createCut(learnDay),
      judge: createCut(judgeDay),
      predict: createCut(judgeDay + horizonDays),
    },
    features: CHURN_FEATURES.flatMap(({ name }, place) => (raw.features.includes(name) ? [place] : [])),
    timezone: zone.name,
    limit: raw.limit,
  };
}
