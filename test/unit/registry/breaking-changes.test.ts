import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/event/json.js';
import { compareSchemas, findBreakingChanges } from '../../../src/registry/compat/breaking-changes.js';
import { compileSchema } from '../../../src/registry/schema/compile.js';
import { inspectSchema } from '../../../src/registry/schema/inspect.js';
import type { ValidatorDefinition } from '../../../src/registry/validator.js';

const codes = (old: JsonObject, fresh: JsonObject): string[] =>
  compareSchemas(old, fresh).map(({ path, code }) => `${path} ${code}`);
const properties = (of: Record<string, JsonValue>, more: JsonObject = {}): JsonObject => ({
  properties: of,
  ...more,
});
const closed = (of: Record<string, JsonValue>, more: JsonObject = {}): JsonObject => ({
  properties: of,
  additionalProperties: false,
  ...more,
});

describe('a break is named with its place', () => {
  test.each<[string, JsonObject, JsonObject, string[]]>([
    [
      'newly required',
      closed({ a: {} }),
      closed({ a: {} }, { required: ['a'] }),
      ['properties.a newly_required'],
    ],
    [
      'a type less',
      properties({ a: { type: ['string', 'null'] } }),
      properties({ a: { type: 'string' } }),
      ['properties.a type_narrowed'],
    ],
    [
      'whole numbers only',
      properties({ a: { type: 'number' } }),
      properties({ a: { type: 'integer' } }),
      ['properties.a type_narrowed'],
    ],
    [
      'a value less',
      properties({ a: { enum: ['x', 'y', 1] } }),
      properties({ a: { enum: ['x', 'z'] } }),
      ['properties.a values_narrowed'],
    ],
    [
      'a list of values',
      properties({ a: { type: 'string' } }),
      properties({ a: { enum: ['x'] } }),
      ['properties.a values_narrowed'],
    ],
    [
      'a smaller range',
      properties({ a: { type: 'number', minimum: 0 } }),
      properties({ a: { type: 'number', exclusiveMinimum: 0 } }),
      ['properties.a range_narrowed'],
    ],
    [
      'a new limit',
      properties({ a: { type: 'number' } }),
      properties({ a: { type: 'number', maximum: 5 } }),
      ['properties.a range_narrowed'],
    ],
    [
      'shorter',
      properties({ a: { type: 'string', maxLength: 9 } }),
      properties({ a: { type: 'string', maxLength: 8 } }),
      ['properties.a length_narrowed'],
    ],
    [
      'another pattern',
      properties({ a: { type: 'string', pattern: '^a' } }),
      properties({ a: { type: 'string', pattern: '^ab' } }),
      ['properties.a pattern_changed'],
    ],
    [
      'a format',
      properties({ a: { type: 'string' } }),
      properties({ a: { type: 'string', format: 'email' } }),
      ['properties.a format_changed'],
    ],
    ['no more than described', properties({ a: {} }), closed({ a: {} }), ['properties.* property_closed']],
    ['a property gone', closed({ a: {}, b: {} }), closed({ a: {} }), ['properties.b property_closed']],
    [
      'a property described',
      properties({}),
      properties({ a: { type: 'string' } }),
      ['properties.a newly_described'],
    ],
    [
      'fewer elements',
      properties({ a: { type: 'array' } }),
      properties({ a: { type: 'array', maxItems: 3 } }),
      ['properties.a count_narrowed'],
    ],
    [
      'deep inside',
      closed({ a: { type: 'array', items: closed({ b: { type: 'string' } }, { type: 'object' }) } }),
      closed({
        a: { type: 'array', items: closed({ b: { type: 'string', minLength: 1 } }, { type: 'object' }) },
      }),
      ['properties.a[].b length_narrowed'],
    ],
    [
      'behind a reference',
      { $defs: { p: { type: 'number' } }, ...properties({ a: { $ref: '#/$defs/p' } }) },
      { $defs: { p: { type: 'number', minimum: 0 } }, ...properties({ a: { $ref: '#/$defs/p' } }) },
      ['properties.a range_narrowed'],
    ],
    [
      'an alternative less',
      properties({ a: { anyOf: [{ type: 'string' }, { type: 'number' }] } }),
      properties({ a: { anyOf: [{ type: 'string' }] } }),
      ['properties.a not_comparable'],
    ],
    [
      'a dependency',
      closed({ a: {}, b: {} }),
      closed({ a: {}, b: {} }, { dependentRequired: { a: ['b'] } }),
      ['properties.b newly_required'],
    ],
    [
      'nothing at all',
      properties({ a: { type: 'string' } }),
      properties({ a: false }),
      ['properties.a property_closed'],
    ],
  ])('%s', (_name, old, fresh, expected) => {
    expect(codes(old, fresh)).toEqual(expected);
  });
});

describe('what takes everything as before is no break', () => {
  test.each<[string, JsonObject, JsonObject]>([
    ['required no more', properties({ a: {} }, { required: ['a'] }), properties({ a: {} })],
    [
      'a type more',
      properties({ a: { type: 'integer' } }),
      properties({ a: { type: ['number', 'string'] } }),
    ],
    ['a value more', properties({ a: { enum: ['x'] } }), properties({ a: { enum: ['x', 'y'] } })],
    [
      'any string instead of a list',
      properties({ a: { enum: ['x', 'y'] } }),
      properties({ a: { type: 'string', maxLength: 1, pattern: '^[xy]$' } }),
    ],
    [
      'a wider range',
      properties({ a: { type: 'number', exclusiveMinimum: 0 } }),
      properties({ a: { type: 'number', minimum: 0 } }),
    ],
    ['a property more in a closed object', closed({ a: {} }), closed({ a: {}, b: { type: 'string' } })],
    ['open instead of closed', closed({ a: { type: 'string' } }), properties({ a: { type: 'string' } })],
    [
      'notes',
      properties({ a: { type: 'string' } }),
      properties({ a: { type: 'string', title: 'A', description: 'a', examples: ['x'] } }),
    ],
    ['that properties are an object', properties({}), properties({}, { type: 'object' })],
    [
      'moved behind a reference',
      properties({ a: { type: 'number', minimum: 1 } }),
      { $defs: { p: { type: 'number', minimum: 1 } }, ...properties({ a: { $ref: '#/$defs/p' } }) },
    ],
    [
      'moved into allOf',
      properties({ a: { type: 'number', minimum: 1 } }),
      properties({ a: { allOf: [{ type: 'number' }, { minimum: 1 }] } }),
    ],
    [
      'alternatives as types',
      properties({ a: { anyOf: [{ type: 'string' }, { type: 'null' }] } }),
      properties({ a: { type: ['string', 'null'] } }),
    ],
    [
      'types as alternatives',
      properties({ a: { anyOf: [{ type: 'string' }, { type: 'null' }] } }),
      properties({ a: { oneOf: [{ type: 'null' }, { type: 'string' }] } }),
    ],
    [
      'the other draft',
      {
        $schema: 'http://json-schema.org/draft-07/schema#',
        ...closed({ a: { type: 'array', items: [{ type: 'string' }], additionalItems: false } }),
      },
      closed({ a: { type: 'array', prefixItems: [{ type: 'string' }], items: { type: 'number' } } }),
    ],
    [
      'a pattern of names taken over',
      { patternProperties: { '^x': { type: 'integer' } } },
      { patternProperties: { '^x': { type: 'number' } } },
    ],
    [
      'the same words it does not understand',
      properties({ a: { not: { const: 5 } } }),
      properties({ a: { not: { const: 5 } } }),
    ],
  ])('%s', (_name, old, fresh) => {
    expect(codes(old, fresh)).toEqual([]);
  });
});

describe('of a definition', () => {
  const judge = (
    schema: JsonObject,
    mode: 'observe' | 'warn' | 'quarantine' | 'reject',
    validators?: ValidatorDefinition[],
  ) => ({ schema, mode, validators });
  const strict = closed({ a: { type: 'string' } });

  test('only modes that refuse can break', () => {
    expect(findBreakingChanges(judge({}, 'reject'), judge(strict, 'warn'))).toEqual([]);
    expect(findBreakingChanges(judge(strict, 'quarantine'), judge(strict, 'reject'))).toEqual([]);
    expect(findBreakingChanges(judge(strict, 'observe'), judge(strict, 'reject'))).toEqual([
      expect.objectContaining({ path: 'mode', code: 'mode_tightened' }),
    ]);
    expect(findBreakingChanges(judge(strict, 'observe'), judge({}, 'reject'))).toEqual([]);
  });

  test.each<[ValidatorDefinition, ValidatorDefinition, boolean]>([
    [{ check: 'range', property: 'a', min: 0, max: 9 }, { check: 'range', property: 'a', min: -1 }, false],
    [{ check: 'range', property: 'a', min: 0 }, { check: 'range', property: 'a', min: 1 }, true],
    [{ check: 'range', property: 'a', min: 0 }, { check: 'range', property: 'a', min: 0, max: 5 }, true],
    [
      { check: 'one_of', property: 'a', values: ['x'] },
      { check: 'one_of', property: 'a', values: ['y', 'x'] },
      false,
    ],
    [
      { check: 'one_of', property: 'a', values: ['x', 'y'] },
      { check: 'one_of', property: 'a', values: ['x'] },
      true,
    ],
    [
      { check: 'required_if', property: 'a', when: { property: 'b' } },
      { check: 'required_if', property: 'a', when: { property: 'b', one_of: [1] } },
      false,
    ],
    [
      { check: 'required_if', property: 'a', when: { property: 'b', one_of: [1] } },
      { check: 'required_if', property: 'a', when: { property: 'b' } },
      true,
    ],
    [
      { check: 'plugin', name: 'p', options: { x: 1 } },
      { check: 'plugin', name: 'p', options: { x: 1 } },
      false,
    ],
    [
      { check: 'plugin', name: 'p', options: { x: 1 } },
      { check: 'plugin', name: 'p', options: { x: 2 } },
      true,
    ],
    [{ check: 'unique_in_batch', property: 'a' }, { check: 'unique_in_batch', property: 'b' }, true],
  ])('%j to %j', (old, fresh, breaks) => {
    const reasons = findBreakingChanges(judge({}, 'reject', [old]), judge({}, 'reject', [fresh]));
    expect(reasons.map(({ path, code }) => `${path} ${code}`)).toEqual(
      breaks ? ['validators[0] validator_changed'] : [],
    );
  });
});

/** Schemas and values from the same few names and values, so that they meet often. */
const names = fc.constantFrom('a', 'b', 'xa');
const scalarValue = fc.constantFrom<JsonValue>(
  null,
  true,
  false,
  0,
  1,
  2,
  1.5,
  -1,
  '',
  'a',
  'ab',
  'xa',
  'a@b.co',
);
const value = fc.letrec<{ any: JsonValue; object: JsonObject }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    { weight: 4, arbitrary: scalarValue },
    fc.array(tie('any') as fc.Arbitrary<JsonValue>, { maxLength: 3 }),
    tie('object') as fc.Arbitrary<JsonObject>,
  ),
  object: fc.dictionary(names, tie('any') as fc.Arbitrary<JsonValue>, {
    maxKeys: 3,
  }) as fc.Arbitrary<JsonObject>,
}));
const types = fc.constantFrom('null', 'boolean', 'integer', 'number', 'string', 'array', 'object');
const count = fc.integer({ min: 0, max: 3 });
const keyword = fc.constantFrom<[string, (schema: fc.Arbitrary<JsonValue>) => fc.Arbitrary<JsonValue>]>(
  ['type', () => fc.oneof(types, fc.uniqueArray(types, { minLength: 1, maxLength: 3 }))],
  ['type', () => types],
  ['enum', () => fc.uniqueArray(scalarValue, { minLength: 1, maxLength: 4 })],
  ['const', () => scalarValue],
  ['minimum', () => fc.integer({ min: -1, max: 2 })],
  ['maximum', () => fc.integer({ min: -1, max: 2 })],
  ['exclusiveMinimum', () => fc.integer({ min: -1, max: 2 })],
  ['exclusiveMaximum', () => fc.integer({ min: -1, max: 2 })],
  ['multipleOf', () => fc.constantFrom(1, 2, 0.5)],
  ['minLength', () => count],
  ['maxLength', () => count],
  ['pattern', () => fc.constantFrom('^a', 'b$', '^x?a*$')],
  ['format', () => fc.constantFrom('email', 'uuid')],
  ['minItems', () => count],
  ['maxItems', () => count],
  ['uniqueItems', () => fc.boolean()],
  ['items', (schema) => schema],
  ['prefixItems', (schema) => fc.array(schema, { minLength: 1, maxLength: 2 })],
  ['contains', (schema) => schema],
  ['minContains', () => count],
  ['maxContains', () => count],
  ['required', () => fc.uniqueArray(names, { maxLength: 2 })],
  ['minProperties', () => count],
  ['maxProperties', () => count],
  ['properties', (schema) => fc.dictionary(names, schema, { maxKeys: 3 })],
  ['properties', (schema) => fc.dictionary(names, schema, { maxKeys: 3 })],
  ['patternProperties', (schema) => fc.dictionary(fc.constantFrom('^x', 'a$'), schema, { maxKeys: 2 })],
  ['additionalProperties', (schema) => fc.oneof(fc.constant<JsonValue>(false), schema)],
  ['propertyNames', (schema) => schema],
  ['dependentRequired', () => fc.dictionary(names, fc.uniqueArray(names, { maxLength: 2 }), { maxKeys: 2 })],
  ['dependentSchemas', (schema) => fc.dictionary(names, schema, { maxKeys: 2 })],
  ['allOf', (schema) => fc.array(schema, { minLength: 1, maxLength: 2 })],
  ['anyOf', (schema) => fc.array(schema, { minLength: 1, maxLength: 3 })],
  ['oneOf', (schema) => fc.array(schema, { minLength: 1, maxLength: 3 })],
  ['not', (schema) => schema],
  ['if', (schema) => schema],
  ['then', (schema) => schema],
  ['else', (schema) => schema],
  ['$ref', () => fc.constantFrom('#/$defs/one', '#/$defs/two')],
);

function schemaOf(depth: number, refs: boolean): fc.Arbitrary<JsonValue> {
  const inner =
    depth === 0 ? fc.constantFrom<JsonValue>(true, {}, { type: 'string' }, false) : schemaOf(depth - 1, refs);
  const member = keyword
    .filter(([name]) => refs || name !== '$ref')
    .chain(([name, make]) => make(inner).map((made): [string, JsonValue] => [name, made]));
  return fc.array(member, { maxLength: 3 }).map((members) => Object.fromEntries(members));
}

const rootSchema: fc.Arbitrary<JsonObject> = fc
  .tuple(schemaOf(2, true), schemaOf(1, false), schemaOf(1, false))
  .map(([root, one, two]) => ({ ...(root as JsonObject), $defs: { one, two } }));

/** A schema and a changed copy of it: a keyword dropped, added or replaced at some depth. */
const related: fc.Arbitrary<[JsonObject, JsonObject]> = fc
  .tuple(rootSchema, fc.array(fc.nat(), { minLength: 1, maxLength: 4 }), schemaOf(1, true))
  .map(([old, route, patch]) => [old, changeAt(old, route, patch as JsonObject) as JsonObject]);

function changeAt(schema: JsonValue, route: readonly number[], patch: JsonObject): JsonValue {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return schema;
  const keys = Object.keys(schema);
  const [choice = 0, ...rest] = route;
  const key = keys[choice % Math.max(1, keys.length)];
  if (key === undefined || rest.length === 0) {
    if (key === undefined || choice % 2 === 0) return { ...schema, ...patch };
    const { [key]: _dropped, ...others } = schema;
    return others;
  }
  return { ...schema, [key]: changeAt(schema[key]!, rest, patch) };
}

function acceptorOf(schema: JsonObject): ((one: JsonValue) => boolean) | undefined {
  const inspected = inspectSchema(schema);
  if ('problems' in inspected) return undefined;
  const validate = compileSchema(inspected.document);
  return (one) => validate(one).length === 0;
}

/** One seed, so that the count of lost events below is no matter of luck; another one by hand: SCHEMA_SEED=7 SCHEMA_PAIRS=50000. */
const SCHEMA_SEED = Number(process.env.SCHEMA_SEED ?? 20_261_122);
const SCHEMA_PAIRS = Number(process.env.SCHEMA_PAIRS ?? 600);

describe('on random schemas', () => {
  test.each<[string, fc.Arbitrary<[JsonObject, JsonObject]>]>([
    ['unrelated', fc.tuple(rootSchema, rootSchema)],
    ['with a change', related],
  ])('%s, every event that is lost was announced', (_name, pairs) => {
    let lost = 0;
    let compatible = 0;
    fc.assert(
      fc.property(pairs, fc.array(value.object, { minLength: 20, maxLength: 20 }), ([old, fresh], events) => {
        const before = acceptorOf(old);
        const after = acceptorOf(fresh);
        if (before === undefined || after === undefined) return;
        const refused = events.find((event) => before(event) && !after(event));
        const reasons = compareSchemas(old, fresh);
        if (reasons.length === 0) compatible++;
        if (refused === undefined) return;
        lost++;
        expect(reasons, `${JSON.stringify(refused)} is lost`).not.toEqual([]);
      }),
      { numRuns: SCHEMA_PAIRS, seed: SCHEMA_SEED },
    );
    // About 24 of 600 changes lose an event; far below that, the property would hold for want of cases.
    expect(lost).toBeGreaterThan(4);
    expect(compatible).toBeGreaterThan(20);
  });

  test('a schema is compatible with itself', () => {
    fc.assert(
      fc.property(rootSchema, (schema) => {
        if (acceptorOf(schema) !== undefined) expect(compareSchemas(schema, schema)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
