// Discards what the test suite of the shop sends.

/** @type {import('../../../src/plugins/plugin.js').DropPlugin} */
export const stage = {
  name: 'no-tests',
  kind: 'drop',
  run: (event) => event.user_id?.endsWith('@test.example') ?? false,
};
