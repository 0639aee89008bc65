/** The shop's visitors: who each of them is for as long as she comes. */
import { findCampaign } from './calendar.js';
import { createRandom, mixSeed, pickWeighted, type Random } from './random.js';

export const PRODUCTS = [
  ['canvas-bag', 'bags', 39],
  ['leather-bag', 'bags', 149],
  ['wool-scarf', 'clothing', 45],
  ['rain-jacket', 'clothing', 119],
  ['tea-mug', 'home', 14],
  ['desk-lamp', 'home', 64],
] as const;
/** How much each is liked, in their order. */
const LIKED = [20, 7, 30, 17, 16, 10] as const;
const LIKED_PRODUCTS = PRODUCTS.map((product, i) => [product, LIKED[i]!] as const);

export const drawProduct = (random: Random): Product => pickWeighted(random, LIKED_PRODUCTS);

export type Product = (typeof PRODUCTS)[number];

const SOURCES = [
  ['search', 40],
  ['direct', 27],
  ['newsletter', 17],
  ['partner', 16],
] as const;
/** Of those who come on a day of a campaign. */
const CAMPAIGN_SHARE = 0.45;
const COUNTRIES = [
  ['DE', 34],
  ['FR', 18],
  ['GB', 16],
  ['US', 14],
  ['NL', 8],
  ['ES', 6],
  ['PL', 4],
] as const;
const DEVICES = [
  ['phone', 62],
  ['desktop', 31],
  ['tablet', 7],
] as const;
const USER_AGENTS = {
  phone: [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
    'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36',
  ],
  desktop: [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
    'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
  ],
  tablet: [
    'Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
  ],
} as const;

export interface Person {
  /** Her user id, once she has one. */
  readonly id: string;
  /** The id of her browser. */
  readonly browser: string;
  readonly seed: number;
  readonly source: string;
  readonly country: string;
  readonly device: keyof typeof USER_AGENTS;
  readonly userAgent: string;
  /** From 0 to 1: how gladly she comes back, buys and stays. Most are near 0. */
  readonly loyalty: number;
  readonly favourite: Product;
  readonly variant: 'control' | 'express';
}

const chooseSource = (random: Random, day: number): string => {
  const campaign = findCampaign(day);
  const ordinary = pickWeighted(random, SOURCES);
  return campaign !== undefined && random() < CAMPAIGN_SHARE ? campaign : ordinary;
};

/** The visitor who is the `n`th to come on a day. `date` is the day since 1970, `day` since the opening. */
export function createPerson(date: number, day: number, n: number): Person {
  const seed = mixSeed(date, n);
  const random = createRandom(seed);
  const device = pickWeighted(random, DEVICES);
  const agents = USER_AGENTS[device];
  const id = `visitor-${date}-${n}`;
  const source = chooseSource(random, day);
  // Who comes for a price comes less gladly again; who asked for the newsletter more so.
  const leaning = findCampaign(day) === source ? 2.6 : source === 'newsletter' ? 1.3 : 1.8;
  return {
    id,
    browser: `${id}-${device}`,
    seed,
    source,
    country: pickWeighted(random, COUNTRIES),
    device,
    userAgent: agents[Math.floor(random() * agents.length)]!,
    loyalty: random() ** leaning,
    favourite: drawProduct(random),
    variant: random() < 0.5 ? 'control' : 'express',
  };
}
