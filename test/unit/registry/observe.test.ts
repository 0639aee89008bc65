import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/event/json.js';
import { compareObserved } from '../../../src/registry/observe/drift.js';
import { FIELDS_MAX, observeEvents, VALUES_MAX } from '../../../src/registry/observe/observation.js';
import { suggestSchema } from '../../../src/registry/observe/suggest.js';
import { compileSchema } from '../../../src/registry/schema/compile.js';
import { inspectSchema } from '../../../src/registry/schema/inspect.js';

const repeat = (times: number, make: (i: number) => JsonObject): JsonObject[] =>
  Array.from({ length: times }, (_, i) => make(i));

/** Small values of few names, as a client's traffic. */
const value: fc.Arbitrary<JsonValue> = fc.letrec<{ any: JsonValue }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    fc.constantFrom<JsonValue>(
      null,
      true,
      0,
      1.5,
      7,
      'a',
      'b',
      '2026-01-31',
      '2026-02-31',
      'a@b.co',
      'a@b',
      'https://a.b/c',
      'http://',
      'x'.repeat(50),
    ),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'b', '*', '~2', 'x/y', 'constructor'), tie('any'), { maxKeys: 3 }),
  ),
})).any;
const event = fc.dictionary(fc.constantFrom('a', 'b', '*', 'toString'), value, {
  maxKeys: 3,
}) as fc.Arbitrary<JsonObject>;

describe('observing', () => {
  test('limits hold and what did not fit is counted', () => {
    const wide = Object.fromEntries(Array.from({ length: FIELDS_MAX + 7 }, (_, i) => [`p${i}`, i]));
    expect(observeEvents([wide])).toMatchObject({ sampled: 1, fieldsDropped: 7 });
    const many = observeEvents(repeat(VALUES_MAX + 1, (i) => ({ a: `v${i}` })));
    expect(many.fields['/a']).toMatchObject({ count: VALUES_MAX + 1, values: undefined });
  });
});

describe('suggesting a schema', () => {
  test('says types, what is always there, lists of values and formats', () => {
    const events = repeat(
      100,
      (i): JsonObject => ({
        order_id: `o-${i}`,
        total: i % 2 ? i : i + 0.5,
        quantity: i,
        plan: ['free', 'pro'][i % 2]!,
        coupon: i % 3 ? null : 'X',
        placed_at: '2026-01-31T10:00:00Z',
        items: [{ sku: `s${i}`, gift: true }, { sku: 's' }] as JsonValue,
        ...(i % 5 ? { note: 'a free text' } : {}),
      }),
    );
    expect(suggestSchema(observeEvents(events))).toEqual({
      sampled: 100,
      notes: [],
      schema: {
        type: 'object',
        required: ['coupon', 'items', 'order_id', 'placed_at', 'plan', 'quantity', 'total'],
        properties: {
          coupon: { type: ['null', 'string'], enum: ['X', null] },
          items: {
            type: 'array',
            items: {
              type: 'object',
              required: ['sku'],
              properties: { gift: { type: 'boolean' }, sku: { type: 'string' } },
            },
          },
          note: { type: 'string', enum: ['a free text'] },
          order_id: { type: 'string' },
          placed_at: { type: 'string', format: 'date-time' },
          plan: { type: 'string', enum: ['free', 'pro'] },
          quantity: { type: 'integer' },
          total: { type: 'number' },
        },
      },
    });
  });

  test('says when it rests on little, and takes a share for always when told to', () => {
    const events = repeat(20, (i): JsonObject => (i === 0 ? {} : { a: 1 }));
    expect(suggestSchema(observeEvents(events)).notes).toEqual([expect.stringContaining('20 events only')]);
    expect(suggestSchema(observeEvents(events)).schema.required).toBeUndefined();
    expect(suggestSchema(observeEvents(events), { requiredShare: 0.9 }).schema.required).toEqual(['a']);
  });

  test('whatever was seen, the suggestion is a valid schema, takes it, and shows no drift', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 40 }), (events) => {
        const observation = observeEvents(events);
        const { schema } = suggestSchema(observation);
        const inspected = inspectSchema(schema);
        if ('problems' in inspected) throw new Error(JSON.stringify(inspected.problems));
        const validate = compileSchema(inspected.document);
        for (const one of events) expect(validate(one)).toEqual([]);
        expect(compareObserved(schema, observation)).toMatchObject({
          newFields: [],
          vanishedFields: [],
          typeChanges: [],
        });
      }),
      { numRuns: 60 },
    );
  });
});

describe('drift', () => {
  const schema: JsonObject = {
    type: 'object',
    required: ['id'],
    properties: {
      id: { type: 'string' },
      total: { type: 'number' },
      old: { type: 'string' },
      items: { type: 'array', items: { properties: { sku: { type: 'string' } } } },
      meta: { type: 'object', properties: { source: { type: 'string' }, gone: {} } },
    },
  };

  test('names new fields, vanished fields and other types, counted', () => {
    const events = repeat(
      30,
      (i): JsonObject => ({
        ...(i < 29 ? { total: i % 10 ? 5 : '5' } : {}),
        extra: i % 2 ? 'x' : 1,
        items: [{ sku: i === 0 ? 7 : 's', colour: 'red' }],
        meta: { source: 'web' },
      }),
    );
    expect(compareObserved(schema, observeEvents(events))).toEqual({
      sampled: 30,
      newFields: [
        { path: 'extra', count: 30, types: { string: 15, integer: 15 } },
        { path: 'items[].colour', count: 30, types: { string: 30 } },
      ],
      vanishedFields: [
        { path: 'id', of: 30, required: true },
        { path: 'meta.gone', of: 30, required: false },
        { path: 'old', of: 30, required: false },
      ],
      typeChanges: [
        { path: 'total', expected: ['number'], found: { string: 3 } },
        { path: 'items[].sku', expected: ['string'], found: { integer: 1 } },
      ],
    });
  });

  test('a few events do not make a field vanished', () => {
    expect(compareObserved(schema, observeEvents(repeat(10, () => ({ id: 'a' })))).vanishedFields).toEqual(
      [],
    );
  });
});
