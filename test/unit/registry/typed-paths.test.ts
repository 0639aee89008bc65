import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/event/json.js';
import { describeProperties } from '../../../src/registry/properties.js';
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

test('described properties have types, values, unit and whether they must be there', () => {
  const schema: JsonObject = {
    required: ['total'],
    additionalProperties: false,
    properties: {
      total: { type: 'number', 'x-unit': 'EUR', description: 'what the customer pays' },
      plan: { enum: ['free', null] },
      shipping: { type: ['object', 'null'], required: ['city'], properties: { city: { type: 'string' } } },
      anything: {},
    },
  };
  expect(describeProperties(schema)).toEqual({
    closed: true,
    properties: [
      expect.objectContaining({
        path: 'anything',
        required: false,
        types: expect.arrayContaining(['array', 'object']),
      }),
      expect.objectContaining({ path: 'plan', types: ['null', 'string'], values: ['free', null] }),
      expect.objectContaining({ path: 'shipping', types: ['null', 'object'] }),
      expect.objectContaining({ path: 'shipping.city', types: ['string'], required: true }),
      {
        path: 'total',
        types: ['integer', 'fraction'],
        values: undefined,
        required: true,
        unit: 'EUR',
        description: 'what the customer pays',
      },
    ],
  });
});
