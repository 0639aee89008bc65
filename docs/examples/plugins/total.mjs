// The total of an order is the sum of its lines.

/** @type {import('../../../src/plugins/plugin.js').ValidatePlugin} */
export const stage = {
  name: 'total',
  kind: 'validate',
  events: ['order_placed'],
  run({ properties: { items, total } }) {
    if (!Array.isArray(items)) return undefined;
    const sum = items.reduce((all, { price = 0, quantity = 1 }) => all + price * quantity, 0);
    if (Math.abs(sum - total) < 0.005) return undefined;
    return { path: 'properties.total', message: `the lines make ${sum}, total is ${total}` };
  },
};
