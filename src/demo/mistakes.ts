/** Events nobody should send: an old version of the app and a badly set clock. Weir refuses them and keeps them with their reasons. */
import { DAY_MS, HOUR_MS, type ShopEvent } from './event.js';
import { createRandom, mixSeed, type Random } from './random.js';

/** Most on a day. */
const MISTAKES_MAX = 4;

type Mistake = Omit<ShopEvent, 'event_id' | 'timestamp'> & { timestamp?: string };

function drawMistake(random: Random): Mistake {
  const user = `visitor-old-app-${Math.floor(random() * 40)}`;
  const properties = { source: 'direct', plan: 'free', device: 'phone', app_version: '3.9.2' };
  const kind = Math.floor(random() * 4);
  // The old app writes prices as they are shown.
  if (kind === 0)
    return {
      event: 'product_viewed',
      user_id: user,
      properties: { ...properties, product_id: 'canvas-bag', price: '39,00 €', currency: 'EUR' },
    };
  // And knows no order ids.
  if (kind === 1)
    return {
      event: 'checkout_completed',
      user_id: user,
      properties: { ...properties, checkout_id: `c-${user}`, value: 45, revenue: 45, currency: 'EUR' },
    };
  if (kind === 2) return { event: 'page_viewed', properties: { ...properties, path: '/' } };
  return {
    event: 'page_viewed',
    user_id: user,
    timestamp: '1970-01-01T00:03:12.000Z',
    properties: { ...properties, path: '/' },
  };
}

/** The mistakes of a UTC day; `date` counts from 1970. */
export function makeMistakes(date: number): ShopEvent[] {
  const random = createRandom(mixSeed(date, -2));
  return Array.from({ length: 1 + Math.floor(random() * MISTAKES_MAX) }, (_, n) => ({
    event_id: `demo-${date}-mistake-${n}`,
    timestamp: new Date(date * DAY_MS + Math.floor(random() * 24) * HOUR_MS).toISOString(),
    ...drawMistake(random),
  }));
}
