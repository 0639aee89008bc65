/** The demo's event types: a pack, what the shop's own events have beside it, and the membership's. */

const text = { type: 'string', maxLength: 200 };
const amount = { type: 'number', minimum: 0 };
const visit = {
  source: text,
  plan: { enum: ['guest', 'free', 'trial', 'plus', 'pro'] },
  device: { enum: ['phone', 'desktop', 'tablet'] },
};

export const PACK = 'ecommerce';

/** Properties of the shop's own beside those of the pack. Wallets are not among them: that is drift. */
export const PACK_PROPERTIES: Readonly<Record<string, object>> = {
  product_searched: visit,
  product_viewed: { ...visit, product: text },
  checkout_started: { ...visit, category: text, revenue: amount, release: text },
  checkout_completed: {
    ...visit,
    product: text,
    category: text,
    quantity: { type: 'integer', minimum: 1 },
    revenue: amount,
    release: text,
    country: text,
  },
  payment_failed: { ...visit, release: text },
};

const define = (
  name: string,
  category: string,
  mode: string,
  required: readonly string[],
  properties: object,
) => ({
  name,
  category,
  mode,
  schema: { type: 'object', required, properties: { ...visit, ...properties } },
});

export const EVENT_TYPES = [
  define('page_viewed', 'discovery', 'warn', ['path'], { path: text, country: text, source: text }),
  define('cart_added', 'cart', 'warn', ['product', 'price'], {
    product: text,
    category: text,
    price: amount,
    quantity: { type: 'integer', minimum: 1 },
  }),
  define('signed_up', 'membership', 'reject', ['method'], { method: { enum: ['email', 'google', 'apple'] } }),
  define('trial_started', 'membership', 'reject', ['plan'], { plan: text, days: { type: 'integer' } }),
  define('trial_ended', 'membership', 'reject', ['plan', 'converted'], {
    plan: text,
    converted: { type: 'boolean' },
  }),
  define('plan_upgraded', 'membership', 'reject', ['plan', 'amount'], {
    from: text,
    plan: text,
    interval: { enum: ['month', 'year'] },
    amount,
    currency: { type: 'string', pattern: '^[A-Z]{3}$' },
  }),
  define('feature_used', 'membership', 'observe', ['feature'], { feature: text, seconds: amount }),
  define('subscription_cancelled', 'membership', 'warn', ['plan', 'reason'], {
    subscription_id: text,
    plan: text,
    reason: text,
  }),
];
