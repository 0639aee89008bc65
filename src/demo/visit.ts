/** One visit: from the first page to the order, or to where she leaves. */
import { findRelease, hasExperiment } from './calendar.js';
import { DAY_MS, type ShopEvent } from './event.js';
import { drawProduct, type Person, type Product } from './person.js';
import { pick, type Random } from './random.js';

export interface Visit {
  readonly person: Person;
  /** Makes the ids of its events. */
  readonly number: string;
  readonly startMs: number;
  readonly openingMs: number;
  readonly plan: string;
  /** Not yet, in this visit, or before it. */
  readonly signUp: 'no' | 'now' | 'before';
}

const CURRENCY = 'EUR';
/** What the express checkout, the experiment's variant, makes of the share who complete. */
const EXPRESS_LIFT = 1.18;
const EXPERIMENT = 'express-checkout';

/** Writes the events of one visit, each a little after the one before. */
function createWriter({ person, number, startMs, plan, signUp }: Visit, random: Random) {
  const events: ShopEvent[] = [];
  let at = startMs;
  let isKnown = signUp === 'before';
  let current = plan;
  const add = (event: string, properties: Record<string, unknown> = {}, context?: ShopEvent['context']) => {
    events.push({
      event,
      event_id: `${number}-${events.length}`,
      ...(isKnown ? { user_id: person.id } : {}),
      anonymous_id: person.browser,
      timestamp: new Date(Math.floor(at)).toISOString(),
      properties: { source: person.source, plan: current, device: person.device, ...properties },
      ...(context ? { context } : {}),
    });
    at += 4_000 + random() * 70_000;
  };
  /** From here on she is known by her user id, and what she did before in this browser is hers. */
  const identify = () => {
    isKnown = true;
    current = 'free';
    const { country, device, source } = person;
    add('$identify', {
      $set: { plan: current, country, device },
      $set_once: { source, signed_up_at: new Date(Math.floor(at)).toISOString() },
    });
    add('signed_up', { method: pick(random, ['email', 'email', 'google', 'apple']) });
  };
  return { events, add, identify, now: () => at };
}

type Writer = ReturnType<typeof createWriter>;

function land(writer: Writer, { person }: Visit): void {
  const campaign = /-/.test(person.source) ? `&utm_campaign=${person.source}` : '';
  writer.add(
    'page_viewed',
    { path: '/', country: person.country },
    {
      user_agent: person.userAgent,
      page: { url: `https://shop.example/?utm_source=${person.source}${campaign}` },
    },
  );
}

/** From the cart to the order; the release and the experiment have their say. */
function checkOut(writer: Writer, visit: Visit, random: Random, product: Product): void {
  const { person, openingMs, number } = visit;
  const [name, category, price] = product;
  const quantity = 1 + Math.floor(random() ** 3 * 3);
  const revenue = price * quantity;
  const sinceOpeningMs = writer.now() - openingMs;
  const release = findRelease(sinceOpeningMs);
  const isTested = hasExperiment(Math.floor(sinceOpeningMs / DAY_MS));
  if (isTested) writer.add('experiment_viewed', { experiment: EXPERIMENT, variant: person.variant });
  const checkout = { checkout_id: `c-${number}`, value: revenue, currency: CURRENCY, release: release.name };
  // Wallets came with the express checkout: nobody told the schema.
  const wallet =
    isTested && person.variant === 'express' ? { wallet: pick(random, ['apple', 'google']) } : {};
  writer.add('checkout_started', { ...checkout, category, revenue, ...wallet });
  const ordinary = (person.device === 'phone' ? 0.5 : 0.66) + person.loyalty * 0.12;
  const share = isTested && person.variant === 'express' ? ordinary * EXPRESS_LIFT : ordinary;
  if (random() > (release.breaksCheckout ? 0.06 : share)) {
    if (random() < (release.breaksCheckout ? 0.8 : 0.15))
      writer.add('payment_failed', {
        ...checkout,
        reason: release.breaksCheckout ? 'provider_error' : pick(random, ['declined', 'expired_card']),
      });
    return;
  }
  writer.add('checkout_completed', {
    ...checkout,
    order_id: `o-${number}`,
    product: name,
    category,
    quantity,
    revenue,
    country: person.country,
  });
}

/** The events of a visit in their order. */
export function makeVisit(visit: Visit, random: Random): ShopEvent[] {
  const { person, signUp } = visit;
  const writer = createWriter(visit, random);
  land(writer, visit);
  if (random() < 0.28) writer.add('product_searched', { query: person.favourite[0].split('-')[1] });
  while (random() < 0.4) writer.add('page_viewed', { path: `/${drawProduct(random)[1]}` });
  if (signUp === 'now') writer.identify();
  const product = random() < 0.5 ? person.favourite : drawProduct(random);
  const [name, category, price] = product;
  if (random() > 0.66) return writer.events;
  writer.add('product_viewed', { product_id: name, product: name, category, price, currency: CURRENCY });
  const wish = person.source === 'newsletter' ? 0.42 : 0.3;
  if (random() > wish + person.loyalty * 0.4) return writer.events;
  writer.add('cart_added', { product: name, category, price, quantity: 1 });
  if (random() < 0.62) checkOut(writer, visit, random, product);
  return writer.events;
}
