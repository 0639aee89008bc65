// A validator for event types: {"check": "plugin", "name": "luhn", "options": {"property": "card_number"}}.

const isLuhn = (digits) =>
  [...digits].reverse().reduce((sum, digit, i) => {
    const value = Number(digit) * (i % 2 ? 2 : 1);
    return sum + (value > 9 ? value - 9 : value);
  }, 0) %
    10 ===
  0;

/** @type {import('../../../src/plugins/plugin.js').ValidatorPlugin} */
export const stage = {
  name: 'luhn',
  kind: 'validator',
  run(properties, { property = 'number' }) {
    const value = properties[property];
    if (value === undefined || (typeof value === 'string' && /^\d+$/.test(value) && isLuhn(value)))
      return undefined;
    return { property, expected: 'digits with a right check digit' };
  },
};
