/** All that one visitor ever does: visits further and further apart, in one of them she signs up, and after that the membership. */
import { BUSIEST_WEEKDAY, drawInstant, weighWeekday } from './calendar.js';
import { DAY_MS, dayOf, HOUR_MS, type ShopEvent } from './event.js';
import type { Person } from './person.js';
import { createRandom, drawWait, mixSeed, type Random } from './random.js';
import { makeSubscription, type Subscription } from './subscription.js';
import { makeVisit } from './visit.js';

/** Nobody is followed longer: what a day costs to make is bounded by this. */
export const LIFE_DAYS = 120;
const TRIAL_SHARE = 0.35;

export interface Life {
  readonly events: readonly ShopEvent[];
  readonly signedUpMs: number | undefined;
  /** Her plan at an instant; `guest` before she signed up. */
  planAt(ms: number): string;
}

/** The days on which she comes; the first is the day she arrives. */
function drawVisits({ loyalty }: Person, random: Random, arrivalMs: number): number[] {
  const visits = [drawInstant(random, arrivalMs)];
  const meanGapDays = 16 - 12 * loyalty;
  for (let ms = arrivalMs; random() > 0.7 - 0.64 * loyalty; ) {
    ms += DAY_MS + drawWait(random, meanGapDays) * DAY_MS;
    // A day on which fewer come is put off until tomorrow.
    if (random() > weighWeekday(ms) / BUSIEST_WEEKDAY) ms += DAY_MS;
    if (ms > arrivalMs + LIFE_DAYS * DAY_MS) break;
    visits.push(drawInstant(random, dayOf(ms) * DAY_MS));
  }
  // Two visits within an hour would be one.
  return visits.filter((ms, i) => i === 0 || ms - visits[i - 1]! > HOUR_MS);
}

/** The life of somebody who arrives on the day that begins at `arrivalMs`. */
export function makeLife(person: Person, arrivalMs: number, openingMs: number): Life {
  const random = createRandom(mixSeed(person.seed, 1));
  const visits = drawVisits(person, random, arrivalMs);
  const signsUp = random() < 0.1 + 0.4 * person.loyalty;
  const signUpVisit = signsUp ? Math.floor(random() ** 2 * visits.length) : -1;
  const signedUpMs = visits[signUpVisit];
  const number = `demo-${person.id.slice('visitor-'.length)}`;
  const subscription: Subscription =
    signedUpMs !== undefined && random() < TRIAL_SHARE + 0.3 * person.loyalty
      ? makeSubscription(person, random, {
          signedUpMs: signedUpMs + HOUR_MS,
          untilMs: arrivalMs + LIFE_DAYS * DAY_MS,
          number,
        })
      : { events: [], plans: [] };
  const planAt = (ms: number): string => {
    if (signedUpMs === undefined || ms < signedUpMs) return 'guest';
    return subscription.plans.findLast(([from]) => from <= ms)?.[1] ?? 'free';
  };
  const shopping = visits.flatMap((startMs, i) => {
    const signUp = signUpVisit === -1 || i < signUpVisit ? 'no' : i === signUpVisit ? 'now' : 'before';
    const plan = signUp === 'before' ? planAt(startMs) : 'guest';
    return makeVisit({ person, number: `${number}-${i}`, startMs, openingMs, plan, signUp }, random);
  });
  return { events: [...shopping, ...subscription.events], signedUpMs, planAt };
}
