// Stores the domain of an address instead of the address.

/** @type {import('../../../src/plugins/plugin.js').RedactPlugin} */
export const stage = {
  name: 'redact-email',
  kind: 'redact',
  run({ properties }) {
    if (typeof properties.email !== 'string') return undefined;
    const { email, ...rest } = properties;
    return { properties: { ...rest, email_domain: email.split('@').at(-1) } };
  },
};
