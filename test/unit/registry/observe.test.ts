import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/event/json.js';
import { compareObserved } from '../../../src/registry/observe/drift.js';
import {
  createObservation,
  createObserver,
  FIELDS_MAX,
  mergeObservations,
  type Observation,
  SAMPLE_FIRST,
  TYPES_MAX,
  type TypeObservation,
  VALUES_MAX,
} from '../../../src/registry/observe/observation.js';
import { suggestSchema } from '../../../src/registry/observe/suggest.js';
import { compileSchema } from '../../../src/registry/schema/compile.js';
import { inspectSchema } from '../../../src/registry/schema/inspect.js';

function observe(events: readonly JsonObject[]): TypeObservation {
  const observer = createObserver({ share: 1 });
  for (const [i, properties] of events.entries()) observer.observe('e', `id-${i}`, properties);
  return observer.take().types.e!;
}

const repeat = (times: number, make: (i: number) => JsonObject): JsonObject[] =>
  Array.from({ length: times }, (_, i) => make(i));
const plain = (observation: Observation): unknown => JSON.parse(JSON.stringify(observation));

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
  test('parts observed apart add up to the whole, in any order', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), fc.nat(30), (events, cut) => {
        const [whole, left, right] = [
          createObserver({ share: 1 }),
          createObserver({ share: 1 }),
          createObserver({ share: 1 }),
        ];
        for (const [i, properties] of events.entries()) {
          whole.observe(`e${i % 3}`, `${i}`, properties);
          (i < cut ? left : right).observe(`e${i % 3}`, `${i}`, properties);
        }
        const [one, two] = [left.take(), right.take()];
        const forth = createObservation();
        mergeObservations(forth, one);
        mergeObservations(forth, two);
        const back = createObservation();
        mergeObservations(back, two);
        mergeObservations(back, one);
        expect(plain(forth)).toEqual(plain(whole.take()));
        expect(plain(back)).toEqual(plain(forth));
      }),
      { numRuns: 40 },
    );
  });

  test('taking begins anew', () => {
    const observer = createObserver();
    observer.observe('e', '1', { a: 1 });
    expect(observer.take().types.e!.seen).toBe(1);
    expect(plain(observer.take())).toEqual({ types: {}, eventsDropped: 0 });
  });

  test('beyond the first events of a type a share is looked into, the same for the same ids', () => {
    const run = (): TypeObservation => {
      const observer = createObserver({ share: 1 / 8 });
      for (let i = 0; i < 8200; i++) observer.observe('e', `event-${i}`, { a: i });
      return observer.take().types.e!;
    };
    const { seen, sampled } = run();
    expect(seen).toBe(8200);
    expect(sampled).toBe(run().sampled);
    expect(sampled).toBeGreaterThan(SAMPLE_FIRST + 800);
    expect(sampled).toBeLessThan(SAMPLE_FIRST + 1200);
  });

  test('limits hold and what did not fit is counted', () => {
    const observer = createObserver({ share: 1 });
    const wide = Object.fromEntries(Array.from({ length: FIELDS_MAX + 7 }, (_, i) => [`p${i}`, i]));
    for (let i = 0; i < TYPES_MAX + 3; i++) observer.observe(`e${i}`, `${i}`, i === 0 ? wide : { a: `${i}` });
    const observation = observer.take();
    expect(observation.eventsDropped).toBe(3);
    expect(observation.types.e0).toMatchObject({ fieldsDropped: 7 });
    const many = observe(repeat(VALUES_MAX + 1, (i) => ({ a: `v${i}` })));
    expect(many.fields['/a']!.values).toBeUndefined();
    const merged = createObservation();
    mergeObservations(merged, { types: { e: many }, eventsDropped: 0 });
    mergeObservations(merged, { types: { e: observe([{ a: 'x' }]) }, eventsDropped: 2 });
    expect(merged.types.e!.fields['/a']).toMatchObject({ count: VALUES_MAX + 2, values: undefined });
    expect(merged.eventsDropped).toBe(2);
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
    expect(suggestSchema(observe(events))).toEqual({
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
    expect(suggestSchema(observe(events)).notes).toEqual([expect.stringContaining('20 events only')]);
    expect(suggestSchema(observe(events)).schema.required).toBeUndefined();
    expect(suggestSchema(observe(events), { requiredShare: 0.9 }).schema.required).toEqual(['a']);
  });

  test('whatever was seen, the suggestion is a valid schema, takes it, and shows no drift', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 40 }), (events) => {
        const observation = observe(events);
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
    expect(compareObserved(schema, observe(events))).toEqual({
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
    expect(compareObserved(schema, observe(repeat(10, () => ({ id: 'a' })))).vanishedFields).toEqual([]);
  });
});
