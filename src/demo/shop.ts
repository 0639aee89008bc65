/**
 * A made-up shop with a membership, whose visitors behave like visitors: busier by day, at the weekend and towards winter; some from
 * campaigns; a few who come again and again among many who do not; a release that breaks the checkout and its fix; an experiment with a
 * real effect; bots. Seeded: the same opening gives the same events with the same ids, whenever it is asked, so that a history
 * that was begun can be gone on with.
 */

import { makeBotVisits } from './bots.js';
import { countArrivals } from './calendar.js';
import { DAY_MS, dayOf, type ShopEvent } from './event.js';
import { LIFE_DAYS, makeLife } from './life.js';
import { createLive } from './live.js';
import { makeMistakes } from './mistakes.js';
import { createPerson } from './person.js';

export type { ShopEvent } from './event.js';

export interface Shop {
  /** All events of one UTC day, in their order. */
  makeDay(dayMs: number): ShopEvent[];
  /** Those of a UTC day that Weir will refuse. */
  makeMistakes(dayMs: number): ShopEvent[];
  /** What happens in this second beside the day's events. */
  makeNow(nowMs: number): ShopEvent[];
}

/** The shop that opened on the UTC day of an instant; `share` of its visitors. */
export function createShop(openingMs: number, share = 1): Shop {
  const opening = dayOf(openingMs);
  /** By day of arrival: what those who arrived then do, by day. */
  const lives = new Map<number, Map<number, ShopEvent[]>>();
  const makeLives = (date: number): Map<number, ShopEvent[]> => {
    const known = lives.get(date);
    if (known) return known;
    const days = new Map<number, ShopEvent[]>();
    const arrivals = share * countArrivals(date * DAY_MS, date - opening);
    for (let n = 0; n < arrivals; n += 1)
      for (const event of makeLife(createPerson(date, date - opening, n), date * DAY_MS, opening * DAY_MS)
        .events) {
        const day = dayOf(Date.parse(event.timestamp));
        const events = days.get(day);
        if (events) events.push(event);
        else days.set(day, [event]);
      }
    lives.set(date, days);
    return days;
  };
  const makeDay = (dayMs: number): ShopEvent[] => {
    const date = dayOf(dayMs);
    const events = makeBotVisits(date);
    // A visit may reach into the day after the last.
    for (let arrival = Math.max(opening, date - LIFE_DAYS - 1); arrival <= date; arrival += 1)
      for (const event of makeLives(arrival).get(date) ?? []) events.push(event);
    return events.sort((a, b) => (a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0));
  };
  return {
    makeDay,
    makeMistakes: (dayMs) => makeMistakes(dayOf(dayMs)),
    makeNow: createLive(opening * DAY_MS),
  };
}

/** For who wants a few days of a shop without its beginning: it has been there for long, and is small. */
const ESTABLISHED_MS = Date.UTC(2025, 0, 1);
const ESTABLISHED_SHARE = 0.4;
const established = createShop(ESTABLISHED_MS, ESTABLISHED_SHARE);

/** All events of one UTC day, in order. */
export const makeDay = (dayMs: number): ShopEvent[] => established.makeDay(dayMs);

/** What happens in this second of a busy shop. */
export const makeNow = (nowMs: number): ShopEvent[] => established.makeNow(nowMs);
