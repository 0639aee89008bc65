/** Believable events of about 215 bytes of JSON, for benchmarks of ingest. */

const NAMES = ['page_viewed', 'product_viewed', 'cart_added', 'checkout_started', 'checkout_completed'];
const PLANS = ['free', 'team', 'business'];

/** Event `n` of a run; the same `run` and `n` always give the same event. */
export function makeEvent(run: string, n: number): Record<string, unknown> {
  return {
    event: NAMES[n % NAMES.length],
    event_id: `${run}-${n.toString(36).padStart(8, '0')}`,
    user_id: `user-${(n * 7919) % 50_000}`,
    timestamp: new Date(Date.UTC(2026, 9, 1) + (n % 2_000_000) * 1_000).toISOString(),
    properties: {
      price: ((n * 31) % 9_999) / 100,
      quantity: 1 + (n % 4),
      plan: PLANS[n % PLANS.length],
      sku: `sku-${n % 1_000}`,
    },
  };
}
