// Adds the country of a shop from its domain.
const COUNTRIES = { 'shop.example.de': 'DE', 'shop.example.fr': 'FR' };

/** @type {import('../../../src/plugins/plugin.js').EnrichPlugin} */
export const stage = {
  name: 'country',
  kind: 'enrich',
  run(event) {
    const country = COUNTRIES[event.context.page?.host];
    return country && { properties: { country } };
  },
};
