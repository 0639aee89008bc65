/**
 * A made-up shop whose visitors behave like visitors: busier by day and at the weekend, some from campaigns, some returning, most
 * leaving on the way, now and then a release that breaks the checkout for a day. Seeded: the same seed and time give the same events.
 */

export interface ShopEvent {
  event: string;
  event_id: string;
  user_id: string;
  timestamp: string;
  properties: Record<string, unknown>;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Share of a day's visits in each hour of the day, UTC. */
const HOURS = [2, 1, 1, 1, 1, 2, 3, 5, 6, 6, 6, 6, 7, 6, 6, 6, 6, 6, 7, 7, 6, 5, 4, 3];
const WEEKDAYS = [1.3, 0.9, 0.9, 0.95, 1, 1.1, 1.35];
const SOURCES = ['direct', 'search', 'search', 'newsletter', 'autumn-campaign'] as const;
const PRODUCTS = [
  ['canvas-bag', 'bags', 39],
  ['leather-bag', 'bags', 149],
  ['wool-scarf', 'clothing', 45],
  ['rain-jacket', 'clothing', 119],
  ['tea-mug', 'home', 14],
  ['desk-lamp', 'home', 64],
] as const;
const PLANS = ['free', 'free', 'free', 'plus'] as const;
const VISITORS = 4_000;
/** Visits of an ordinary day. */
const VISITS_A_DAY = 900;
/** One day in so many a release breaks the checkout; which one follows from the date, so that history never changes. */
const BROKEN_EVERY_DAYS = 20;

function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 4_294_967_296;
  };
}

/** One visit beginning at an instant, as its events in order. `number` makes its ids. */
function makeVisit(random: () => number, number: string, startMs: number, broken: boolean): ShopEvent[] {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  // The square makes some visitors come often and most rarely.
  const visitor = Math.floor(random() ** 2 * VISITORS);
  const source = pick(SOURCES);
  const plan = PLANS[visitor % PLANS.length];
  const device = visitor % 3 === 0 ? 'desktop' : 'phone';
  const [product, category, price] = pick(PRODUCTS);
  const events: ShopEvent[] = [];
  let at = startMs;
  const add = (event: string, properties: Record<string, unknown> = {}): void => {
    events.push({
      event,
      event_id: `demo-${number}-${events.length}`,
      user_id: `visitor-${visitor}`,
      timestamp: new Date(Math.floor(at)).toISOString(),
      properties: { source, plan, device, ...properties },
    });
    at += 5_000 + random() * 90_000;
  };
  add('page_viewed', { path: '/' });
  while (random() < 0.45) add('page_viewed', { path: `/${category}` });
  if (random() < 0.6) add('product_viewed', { product, category, price });
  else return events;
  if (random() > (source === 'newsletter' ? 0.5 : 0.32)) return events;
  const quantity = 1 + Math.floor(random() ** 3 * 3);
  add('cart_added', { product, category, price, quantity });
  if (random() > 0.55) return events;
  add('checkout_started', { category, revenue: price * quantity });
  if (random() > (broken ? 0.08 : device === 'phone' ? 0.5 : 0.68)) return events;
  add('checkout_completed', { product, category, quantity, revenue: price * quantity });
  return events;
}

/** All events of one UTC day, in order. A visit that reaches into the next day is the earlier day's. */
export function makeDay(dayMs: number): ShopEvent[] {
  const random = createRandom(Math.floor(dayMs / DAY_MS));
  const broken = Math.floor(dayMs / DAY_MS) % BROKEN_EVERY_DAYS === 0;
  const weight = WEEKDAYS[new Date(dayMs).getUTCDay()]! / HOURS.reduce((sum, share) => sum + share, 0);
  const events: ShopEvent[] = [];
  HOURS.forEach((share, hour) => {
    const visits = Math.round(VISITS_A_DAY * share * weight);
    for (let n = 0; n < visits; n += 1) {
      const start = dayMs + hour * HOUR_MS + random() * HOUR_MS;
      events.push(...makeVisit(random, `${dayMs / DAY_MS}-${hour}-${n}`, start, broken));
    }
  });
  return events.sort((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
}

/** What happens in this instant of a busy shop: the events of a few visits, all now, so that numbers move while one watches. */
export function makeNow(nowMs: number): ShopEvent[] {
  const random = createRandom(nowMs);
  const visits = 1 + Math.floor(random() * 4);
  return Array.from({ length: visits }, (_, n) => makeVisit(random, `live-${nowMs}-${n}`, nowMs, false))
    .flat()
    .map((event) => ({ ...event, timestamp: new Date(nowMs).toISOString() }));
}
