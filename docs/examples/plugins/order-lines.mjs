// One event for the order, and one for each of its lines.

/** @type {import('../../../src/plugins/plugin.js').SplitPlugin} */
export const stage = {
  name: 'order-lines',
  kind: 'split',
  events: ['order_placed'],
  run({ properties }) {
    const { items = [], ...order } = properties;
    return [{ properties: order }, ...items.map((item) => ({ event: 'order_line', properties: item }))];
  },
};
