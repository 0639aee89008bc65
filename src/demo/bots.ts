/** Programs that read the shop's pages: many pages, every few seconds, day and night, and never a cart. */
import { DAY_MS, type ShopEvent } from './event.js';
import { PRODUCTS } from './person.js';
import { createRandom, mixSeed, pick } from './random.js';

const BOTS = [
  ['search-bot', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 3],
  ['price-bot', 'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)', 2],
] as const;
const PAGES_A_ROUND = 14;
const PAGE_INTERVAL_MS = 2_500;

/** What the bots read on a UTC day; `date` counts from 1970. */
export function makeBotVisits(date: number): ShopEvent[] {
  const random = createRandom(mixSeed(date, -1));
  return BOTS.flatMap(([name, user_agent, rounds]) =>
    Array.from({ length: rounds }, (_, round) => {
      const startMs = date * DAY_MS + Math.floor(random() * (DAY_MS - PAGES_A_ROUND * PAGE_INTERVAL_MS));
      return Array.from({ length: PAGES_A_ROUND }, (_, page): ShopEvent => {
        const [product, category] = pick(random, PRODUCTS);
        return {
          event: 'page_viewed',
          event_id: `demo-${date}-${name}-${round}-${page}`,
          anonymous_id: name,
          timestamp: new Date(startMs + page * PAGE_INTERVAL_MS).toISOString(),
          properties: { path: `/${category}/${product}`, source: 'bot', plan: 'guest', device: 'desktop' },
          context: { user_agent },
        };
      });
    }).flat(),
  );
}
