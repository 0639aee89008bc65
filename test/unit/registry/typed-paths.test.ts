import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/event/json.js';
import { mergeTypedPaths, typedPaths } from '../../../src/registry/typed-paths.js';

test('properties that always hold one scalar type get a typed path', () => {
  const schema: JsonObject = {
    $defs: { price: { type: 'number', minimum: 0 } },
    properties: {
      name: { type: 'string' },
      total: { $ref: '#/$defs/price' },
      count: { type: ['integer', 'null'] },
      paid: { type: 'boolean' },
      plan: { enum: ['free', 'pro', null] },
      version: { const: 3 },
      at: { type: 'string', format: 'date-time' },
      narrowed: { allOf: [{ type: ['string', 'number'] }, { type: ['number', 'boolean'] }] },
      shipping: {
        type: 'object',
        properties: {
          city: { type: 'string' },
          deep: { type: 'object', properties: { x: { type: 'number' } } },
        },
      },
      mixed: { type: ['string', 'number'] },
      open: {},
      list: { type: 'array', items: { type: 'string' } },
      perhaps: { type: ['object', 'string'], properties: { a: { type: 'string' } } },
      'with.dot': { type: 'string' },
      never: false,
    },
  };
  expect(typedPaths(schema).map(({ path, type }) => `${path} ${type}`)).toEqual([
    'at Nullable(String)',
    'count Nullable(Float64)',
    'name Nullable(String)',
    'narrowed Nullable(Float64)',
    'paid Nullable(Bool)',
    'plan Nullable(String)',
    'shipping.city Nullable(String)',
    'shipping.deep.x Nullable(Float64)',
    'total Nullable(Float64)',
    'version Nullable(Float64)',
  ]);
});

test('event types that disagree leave a path untyped', () => {
  const a = typedPaths({ properties: { id: { type: 'string' }, n: { type: 'number' } } });
  const b = typedPaths({ properties: { id: { type: 'number' }, n: { type: 'integer' } } });
  const c = typedPaths({ properties: { id: { type: 'string' } } });
  expect(mergeTypedPaths([a, b, c])).toEqual([{ path: 'n', type: 'Nullable(Float64)' }]);
  expect(mergeTypedPaths([])).toEqual([]);
});

test('what is no schema has none', () => {
  expect(typedPaths({ properties: { a: { type: 'x' } } })).toEqual([]);
});
