/** A small shop: what is known of it, and random events of it, with everything that makes metrics hard. */
import type { Catalogue, EventEntry, PropertyEntry, PropertyType } from '../../src/mdl/catalogue.js';
import type { Json, OracleEvent } from './metrics.js';
import type { Random } from './random.js';

const property = (types: string, seen: number, unit?: string): PropertyEntry => ({
  types: types.split(' ').filter((t) => t !== '') as PropertyType[],
  seen,
  ...(unit === undefined ? {} : { unit }),
});

const event = (seen: number, properties: Record<string, PropertyEntry>, closed = false): EventEntry => ({
  registered: true,
  seen,
  properties: new Map(Object.entries(properties)),
  closed,
});

const product = { product_category: property('text', 30_000), user_segment: property('text', 29_000) };

export const SHOP: Catalogue = {
  events: new Map([
    ['checkout_started', event(41_200, { ...product, quantity: property('number', 41_000) })],
    [
      'checkout_completed',
      event(12_304, {
        ...product,
        revenue: property('number', 12_304, 'EUR'),
        tax: property('number', 11_900, 'EUR'),
        shipping_seconds: property('number', 9_800, 'seconds'),
        plan: property('text', 8_000),
        gift: property('boolean', 3_000),
        tags: property('list', 2_000),
        amount: property('number text', 4_000),
        'items.total': property('number', 12_000),
        'items.kind': property('text', 12_000),
      }),
    ],
    [
      'page_view',
      event(
        310_000,
        {
          path: property('text', 310_000),
          seconds: property('number', 280_000, 'seconds'),
          country: property('text', 100),
        },
        true,
      ),
    ],
    ['Order Completed', event(800, { 'Total Price': property('number', 800, 'USD') })],
  ]),
  userProperties: new Map(),
  contextProperties: new Map([
    ['os.name', property('text', 300_000)],
    ['country', property('text', 290_000)],
  ]),
  cohorts: new Map([['vip', { id: 'co_vip' }]]),
  metrics: new Map(),
  strict: false,
};

/** Which properties first and last read as a text. */
export const isShopText = (segments: readonly string[]): boolean =>
  ['product_category', 'user_segment', 'plan', 'items.kind', 'path', 'country', 'os.name'].includes(
    segments.join('.'),
  );

const MINUTE = 60_000;

/** `count` events of a dozen persons between two times, many at the same instant, properties often absent or of another type. */
export function createShopEvents(
  random: Random,
  count: number,
  fromMs: number,
  toMs: number,
): readonly OracleEvent[] {
  return Array.from({ length: count }, (_, i) => {
    const name = random.pick([
      'checkout_started',
      'checkout_started',
      'checkout_completed',
      'checkout_completed',
      'page_view',
      'Order Completed',
    ]);
    const known = random.chance(0.7);
    const person = random.below(12);
    return {
      event: name,
      at: fromMs + random.below(Math.floor((toMs - fromMs) / (10 * MINUTE))) * 10 * MINUTE,
      eventId: `e${String(i).padStart(6, '0')}`,
      userId: known ? `u${person}` : '',
      anonymousId: known && random.chance(0.5) ? '' : `a${person}`,
      sessionId: random.chance(0.8) ? `s${random.below(20)}` : '',
      properties: createProperties(random, name),
      context: createContext(random),
    };
  });
}

const createContext = (random: Random): OracleEvent['context'] =>
  random.chance(0.7)
    ? { country: random.pick(['DE', 'FR']), os: { name: random.pick(['iOS', 'Linux']) } }
    : {};

function createProperties(random: Random, name: string): Record<string, Json> {
  const some = (probability: number, key: string, value: Json): Record<string, Json> =>
    random.chance(probability) ? { [key]: value } : {};
  const shared = {
    ...some(0.8, 'product_category', random.pick(['books', 'games', 'toys %', "o'neil"])),
    ...some(0.7, 'user_segment', random.pick(['new', 'old'])),
  };
  if (name === 'page_view')
    return {
      ...some(0.9, 'path', random.pick(['/', '/a_b', '/a%b', '/ä'])),
      ...some(0.8, 'seconds', random.below(90)),
    };
  if (name === 'Order Completed') return { ...some(0.9, 'Total Price', random.below(900) / 4) };
  if (name === 'checkout_started') return { ...shared, ...some(0.8, 'quantity', random.below(5)) };
  return {
    ...shared,
    ...some(
      0.85,
      'revenue',
      random.chance(0.1) ? random.pick<Json>(['12', null, true]) : random.below(8_000) / 8 - 100,
    ),
    ...some(0.7, 'tax', random.below(200) / 8),
    ...some(0.6, 'shipping_seconds', random.below(100_000)),
    ...some(0.6, 'plan', random.pick<Json>(['free', 'pro', '', 7])),
    ...some(0.5, 'gift', random.chance(0.5)),
    ...some(0.4, 'tags', random.pick<Json>([['a'], ['a', 'b'], []])),
    ...some(0.6, 'amount', random.pick<Json>([5, '5', 5.5, 'x', false])),
    ...some(0.7, 'items', {
      ...some(0.8, 'total', random.below(100)),
      ...some(0.8, 'kind', random.pick(['x', 'y'])),
    }),
  };
}

/** The event as a row of the events table; numbers as Float64, as ingest writes them. */
export function toRow(project: string, e: OracleEvent): string {
  const columns = {
    project,
    event: e.event,
    timestamp: new Date(e.at).toISOString().replace('T', ' ').replace('Z', ''),
    event_id: e.eventId,
    user_id: e.userId,
    anonymous_id: e.anonymousId,
    session_id: e.sessionId,
  };
  const head = JSON.stringify(columns).slice(0, -1);
  return `${head},"properties":${writeJson(e.properties)},"context":${writeJson(e.context)}}`;
}

function writeJson(value: Json): string {
  if (typeof value === 'number') return Number.isInteger(value) ? `${value}.0` : String(value);
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}:${writeJson(inner)}`)
    .join(',')}}`;
}
