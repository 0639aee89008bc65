/** What the shop's days are like: hours, weekdays and seasons, campaigns, releases, and the experiment. Days count from its opening. */
import { DAY_MS, HOUR_MS } from './event.js';
import { pickWeighted, type Random } from './random.js';

/** Share of a day's visits in each hour of the day, UTC. */
const HOURS = [2, 1, 1, 1, 1, 2, 3, 5, 6, 6, 6, 6, 7, 6, 6, 6, 6, 6, 7, 7, 6, 5, 4, 3];
const WEIGHTED_HOURS = HOURS.map((share, hour) => [hour, share] as const);
/** Sunday first. */
const WEEKDAYS = [1.3, 0.9, 0.9, 0.95, 1, 1.1, 1.35];
export const BUSIEST_WEEKDAY = Math.max(...WEEKDAYS);

/** New visitors of an ordinary day when the shop opens, and once it is known. */
const ARRIVALS_FIRST = 80;
const ARRIVALS_KNOWN = 230;
const KNOWN_AFTER_DAYS = 119;

/** The last days of so many belong to a campaign. */
const CAMPAIGN_EVERY_DAYS = 35;
const CAMPAIGN_DAYS = 7;
const CAMPAIGNS = ['welcome-week', 'members-days', 'big-sale'] as const;
/** Arrivals of a campaign's day, as a multiple of an ordinary one's. */
const CAMPAIGN_LIFT = 1.7;

const RELEASE_EVERY_DAYS = 15;
/** One day in so many a release breaks the checkout, in the morning; the fix comes twenty hours later. */
const BROKEN_EVERY_DAYS = 60;
const BROKEN_ON = 50;
const BROKEN_FROM_MS = 6 * HOUR_MS;
const FIXED_AFTER_MS = 20 * HOUR_MS;

/** The experiment begins six weeks before the shop is known. */
const EXPERIMENT_FROM_DAY = 77;

export const weighWeekday = (ms: number): number => WEEKDAYS[new Date(ms).getUTCDay()]!;

/** December is a third busier than June. */
function weighSeason(ms: number): number {
  const december = Date.UTC(new Date(ms).getUTCFullYear(), 11, 10);
  return 1 + 0.15 * Math.cos(((ms - december) / (365 * DAY_MS)) * 2 * Math.PI);
}

/** The campaign of a day, or none. */
export function findCampaign(day: number): string | undefined {
  if (day % CAMPAIGN_EVERY_DAYS < CAMPAIGN_EVERY_DAYS - CAMPAIGN_DAYS) return undefined;
  return CAMPAIGNS[Math.floor(day / CAMPAIGN_EVERY_DAYS) % CAMPAIGNS.length];
}

/** How many come for the first time on a day that begins at `ms`. */
export function countArrivals(ms: number, day: number): number {
  const known = Math.min(1, day / KNOWN_AFTER_DAYS);
  const ordinary = ARRIVALS_FIRST * (ARRIVALS_KNOWN / ARRIVALS_FIRST) ** known;
  const lift = findCampaign(day) === undefined ? 1 : CAMPAIGN_LIFT;
  return Math.round(ordinary * lift * weighWeekday(ms) * weighSeason(ms));
}

/** An instant of a UTC day, in the hours in which people shop. */
export const drawInstant = (random: Random, dayMs: number): number =>
  dayMs + pickWeighted(random, WEIGHTED_HOURS) * HOUR_MS + Math.floor(random() * HOUR_MS);

export interface Release {
  readonly name: string;
  readonly breaksCheckout: boolean;
}

/** The shop's release at an instant, in milliseconds since its opening. */
export function findRelease(sinceOpeningMs: number): Release {
  const day = Math.floor(sinceOpeningMs / DAY_MS);
  const minor = Math.floor(day / RELEASE_EVERY_DAYS);
  const round = Math.floor(sinceOpeningMs / (BROKEN_EVERY_DAYS * DAY_MS));
  const sinceBrokenMs = sinceOpeningMs - (round * BROKEN_EVERY_DAYS + BROKEN_ON) * DAY_MS - BROKEN_FROM_MS;
  if (sinceBrokenMs < 0 || sinceBrokenMs > RELEASE_EVERY_DAYS * DAY_MS)
    return { name: `4.${minor}.0`, breaksCheckout: false };
  const breaksCheckout = sinceBrokenMs < FIXED_AFTER_MS;
  return { name: `4.${minor}.${breaksCheckout ? 1 : 2}`, breaksCheckout };
}

export const hasExperiment = (day: number): boolean => day >= EXPERIMENT_FROM_DAY;
