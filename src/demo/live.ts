/**
 * The shop at this moment, second by second, so that numbers move while one watches. Each second's visits follow from the second: a visit
 * unfolds over minutes, and what happens now is found by looking at the visits that began within the last quarter of an hour.
 */
import { countArrivals } from './calendar.js';
import { DAY_MS, dayOf, type ShopEvent } from './event.js';
import { makeLife } from './life.js';
import { createPerson } from './person.js';
import { createRandom, mixSeed, type Random } from './random.js';
import { makeVisit, type Visit } from './visit.js';

const SECOND_MS = 1_000;
/** Visits a second: about one event a second. An hour of it weighs as much as an ordinary day. */
const VISITS_A_SECOND = 0.2;
/** Longest visit that is followed to its end. */
const VISIT_SECONDS_MAX = 900;
/** Those who come back came first within so many days. */
const RETURNING_DAYS = 45;
const NEW_SHARE = 0.4;

/** Who comes: somebody new, or one of those who came before, as what she is by now. */
function drawVisit(random: Random, startMs: number, openingMs: number): Visit {
  const today = dayOf(startMs);
  const second = Math.floor(startMs / SECOND_MS);
  const number = `live-${second}`;
  const opening = dayOf(openingMs);
  const ago = Math.min(today - opening, 1 + Math.floor(random() ** 2 * RETURNING_DAYS));
  if (random() < NEW_SHARE || ago < 1) {
    // Past every number that history gives to those who arrive on a day.
    const person = createPerson(today, today - opening, 100_000 + (second % 86_400));
    return { person, number, startMs, openingMs, plan: 'guest', signUp: random() < 0.2 ? 'now' : 'no' };
  }
  const date = today - ago;
  const arrivals = countArrivals(date * DAY_MS, date - opening);
  const person = createPerson(date, date - opening, Math.floor(random() * arrivals));
  const life = makeLife(person, date * DAY_MS, openingMs);
  const isKnown = life.signedUpMs !== undefined && life.signedUpMs < startMs;
  const plan = life.planAt(startMs);
  return { person, number, startMs, openingMs, plan, signUp: isKnown ? 'before' : 'no' };
}

/** Makes the visits that begin in one second; of an opening. */
export function createLive(openingMs: number): (nowMs: number) => ShopEvent[] {
  const begun = new Map<number, readonly ShopEvent[]>();
  const makeSecond = (second: number): readonly ShopEvent[] => {
    const known = begun.get(second);
    if (known) return known;
    const random = createRandom(mixSeed(second % DAY_MS, Math.floor(second / DAY_MS), -3));
    const made =
      random() < VISITS_A_SECOND ? makeVisit(drawVisit(random, second * SECOND_MS, openingMs), random) : [];
    begun.set(second, made);
    return made;
  };
  return (nowMs) => {
    const now = Math.floor(nowMs / SECOND_MS);
    for (const second of begun.keys()) if (second < now - VISIT_SECONDS_MAX) begun.delete(second);
    const events: ShopEvent[] = [];
    for (let second = now - VISIT_SECONDS_MAX; second <= now; second += 1)
      for (const event of makeSecond(second))
        if (Math.floor(Date.parse(event.timestamp) / SECOND_MS) === now) events.push(event);
    return events;
  };
}
