import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/event/json.js';
import {
  compileEventType,
  type EventTypeDefinition,
  readDefinition,
} from '../../../src/registry/event-type.js';
import { createPayloadScope, type SchemaProblem } from '../../../src/registry/rules.js';
import type { KnownPlugins, ValidatorDefinition } from '../../../src/registry/validator.js';

const define = (schema: JsonObject, validators?: ValidatorDefinition[]): EventTypeDefinition => ({
  name: 'order_placed',
  schema,
  validators,
  mode: 'reject',
});

function compile(definition: EventTypeDefinition, plugins?: KnownPlugins) {
  const result = compileEventType(definition, { plugins });
  if ('errors' in result) throw new Error(JSON.stringify(result.errors));
  return result.rules;
}

function check(schema: JsonObject, properties: Record<string, unknown>): readonly SchemaProblem[] {
  return compile(define(schema)).check(properties, createPayloadScope());
}

const show = (problems: readonly SchemaProblem[]): string[] =>
  problems.map(({ path, expected, found }) => `${path}: ${expected} | ${found}`);

describe('problems of an event', () => {
  test('say where, what was expected and what was found', () => {
    const schema: JsonObject = {
      type: 'object',
      required: ['order_id', 'total'],
      additionalProperties: false,
      properties: {
        order_id: { type: 'string', minLength: 3 },
        total: { type: 'number', minimum: 0 },
        currency: { enum: ['EUR', 'USD'] },
        email: { format: 'email' },
        items: {
          type: 'array',
          maxItems: 3,
          items: { type: 'object', properties: { sku: { pattern: '^[A-Z]+$' } } },
        },
      },
    };
    const problems = check(schema, {
      order_id: 'x',
      currency: 'GBP',
      email: 'nobody',
      items: [{ sku: 'ABC' }, { sku: 'abc' }],
      'odd name': 1,
    });
    expect(show(problems).sort()).toEqual([
      'properties.currency: one of "EUR", "USD" | "GBP"',
      'properties.email: a email | "nobody"',
      'properties.items[1].sku: text that matches /^[A-Z]+$/ | "abc"',
      'properties.odd name: no such property | 1',
      'properties.order_id: at least 3 characters | "x"',
      'properties.total: a value | nothing',
    ]);
    expect(problems[0]).toMatchObject({
      code: 'schema_violation',
      message: expect.stringMatching(/^expected .+, found .+$/),
    });
  });

  test('of a union are one problem that names the alternatives, behind references too', () => {
    const plain = { anyOf: [{ type: 'string' }, { type: 'null' }] };
    expect(show(check({ properties: { a: plain } }, { a: 5 }))).toEqual(['properties.a: string or null | 5']);
    const referring: JsonObject = {
      $defs: { text: { type: 'string' }, none: { type: 'null' } },
      properties: { a: { anyOf: [{ $ref: '#/$defs/text' }, { $ref: '#/$defs/none' }] } },
    };
    expect(show(check(referring, { a: 5 }))).toEqual(['properties.a: string or null | 5']);
    const both: JsonObject = { oneOf: [{ type: 'number' }, { minimum: 3 }] };
    expect(show(check({ properties: { a: both } }, { a: 5 }))).toEqual([
      'properties.a: exactly one of the alternatives to fit | 5',
    ]);
  });

  test.each<[JsonObject, JsonObject, string]>([
    [{ maxProperties: 1 }, { a: 1, b: 2 }, 'properties: at most 1 property | an object'],
    [{ propertyNames: { pattern: '^[a-z]+$' } }, { A: 1 }, 'properties.A: another name | "A"'],
    [{ dependentRequired: { a: ['b'] } }, { a: 1 }, 'properties.b: a value, since "a" is given | nothing'],
    [{ properties: { a: { const: 'x' } } }, { a: 'y' }, 'properties.a: "x" | "y"'],
    [
      { properties: { a: { not: { type: 'string' } } } },
      { a: 'y' },
      'properties.a: a value that the schema does not exclude | "y"',
    ],
    [{ properties: { a: false } }, { a: [1] }, 'properties.a: no value here | an array of 1'],
    [
      { properties: { a: { contains: { type: 'string' } } } },
      { a: [1] },
      'properties.a: at least 1 of the elements to fit | an array of 1',
    ],
    [
      { properties: { a: { prefixItems: [{}], items: false } } },
      { a: [1, 2] },
      'properties.a: at most 1 element | an array of 2',
    ],
    [{ properties: { a: { exclusiveMinimum: 0 } } }, { a: 0 }, 'properties.a: a number more than 0 | 0'],
    [
      JSON.parse('{"if": {"required": ["a"]}, "then": {"required": ["b"]}}'),
      { a: 1 },
      'properties.b: a value | nothing',
    ],
    [
      { $schema: 'http://json-schema.org/draft-07/schema#', dependencies: { a: ['b'] } },
      { a: 1 },
      'properties.b: a value, since "a" is given | nothing',
    ],
    [
      {
        $schema: 'http://json-schema.org/draft-07/schema#',
        properties: { a: { items: [{}], additionalItems: false } },
      },
      { a: [1, 2] },
      'properties.a: at most 1 element | an array of 2',
    ],
  ])('%j', (schema, properties, expected) => {
    expect(show(check(schema, properties))).toEqual([expected]);
  });

  test('are at most twenty, and long values are cut', () => {
    const properties = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`p${i}`, 'y'.repeat(5000)]));
    const problems = check({ additionalProperties: { type: 'number' } }, properties);
    expect(problems).toHaveLength(20);
    expect(problems[0]!.message.length).toBeLessThan(200);
  });

  test('are none for names every object has, unless the event itself gives them', () => {
    const schema = { properties: { constructor: { type: 'string' }, toString: { type: 'string' } } };
    expect(check(schema, {})).toEqual([]);
    expect(check({ required: ['valueOf'] }, {})).toHaveLength(1);
    expect(show(check(schema, { constructor: 1 }))).toEqual(['properties.constructor: string | 1']);
  });

  test('money in cents is a multiple of 0.01', () => {
    expect(check({ properties: { a: { multipleOf: 0.01 } } }, { a: 19.99 })).toEqual([]);
    expect(check({ properties: { a: { multipleOf: 0.01 } } }, { a: 19.995 })).toHaveLength(1);
  });

  test('uniqueItems compares by value and takes linear time', () => {
    const schema = { properties: { a: { uniqueItems: true } } };
    expect(
      check(schema, {
        a: [
          { x: 1, y: 2 },
          { y: 2, x: 1 },
        ],
      }),
    ).toHaveLength(1);
    expect(check(schema, { a: [1, '1', true, null, [1], { a: 1 }] })).toEqual([]);
    expect(check(schema, { a: Array.from({ length: 50_000 }, (_, i) => ({ i })) })).toEqual([]);
    expect(check({ properties: { a: { uniqueItems: false } } }, { a: [1, 1] })).toEqual([]);
  });

  test('a text longer than any right one is refused without being matched', () => {
    const schema = { properties: { a: { format: 'email' }, b: { format: 'uri' } } };
    expect(check(schema, { a: `${'a.'.repeat(100_000)}@`, b: `http://${'a'.repeat(100_000)}` })).toHaveLength(
      2,
    );
    expect(check(schema, { a: 'ada@example.org', b: 'https://example.org/a?b=c#d' })).toEqual([]);
  });
});

describe('validators', () => {
  const run = (validator: ValidatorDefinition, properties: Record<string, unknown>, plugins?: KnownPlugins) =>
    show(compile(define({}, [validator]), plugins).check(properties, createPayloadScope()));

  test('range', () => {
    const range: ValidatorDefinition = { check: 'range', property: 'price', min: 0, max: 10 };
    expect(run(range, { price: 10 })).toEqual([]);
    expect(run(range, {})).toEqual([]);
    expect(run(range, { price: 10.5 })).toEqual([
      'properties.price: a number at least 0 and at most 10 | 10.5',
    ]);
    expect(run(range, { price: '5' })).toHaveLength(1);
  });

  test('pattern and one_of, on a nested property', () => {
    const pattern: ValidatorDefinition = { check: 'pattern', property: 'shipping.zip', pattern: '^\\d{5}$' };
    expect(run(pattern, { shipping: { zip: '12345' } })).toEqual([]);
    expect(run(pattern, { shipping: { zip: '1234' } })).toHaveLength(1);
    expect(run(pattern, { 'shipping.zip': '1234' })).toHaveLength(1);
    const oneOf: ValidatorDefinition = { check: 'one_of', property: 'plan', values: ['free', 1, null] };
    expect(run(oneOf, { plan: null })).toEqual([]);
    expect(run(oneOf, { plan: '1' })).toEqual(['properties.plan: one of "free", 1, null | "1"']);
  });

  test('required_if', () => {
    const rule: ValidatorDefinition = {
      check: 'required_if',
      property: 'coupon',
      when: { property: 'discount', one_of: [10, 20] },
    };
    expect(run(rule, { discount: 5 })).toEqual([]);
    expect(run(rule, { discount: 10, coupon: 'X' })).toEqual([]);
    expect(run(rule, { discount: 10 })).toEqual([
      'properties.coupon: a value, since "discount" is 10 | nothing',
    ]);
    expect(run({ ...rule, when: { property: 'discount' } }, { discount: 5, coupon: null })).toHaveLength(1);
  });

  test('unique_in_batch looks at one request at a time', () => {
    const rules = compile(define({}, [{ check: 'unique_in_batch', property: 'order' }]));
    const scope = createPayloadScope();
    expect(rules.check({ order: { id: 1, of: 2 } }, scope)).toEqual([]);
    expect(rules.check({ order: { of: 2, id: 1 } }, scope)).toHaveLength(1);
    expect(rules.check({ order: { id: 1, of: 2 } }, createPayloadScope())).toEqual([]);
    expect(rules.check({}, scope)).toEqual([]);
  });

  test('a plugin is only named here: an unknown one does not compile where the names are known', () => {
    const plugins: KnownPlugins = new Set(['even', 'luhn']);
    const named = compile(define({}, [{ check: 'plugin', name: 'even', options: { of: 'n' } }]), plugins);
    expect(named.check({ n: 3 }, createPayloadScope())).toEqual([]);
    expect(named.pluginValidators).toEqual([{ name: 'even', options: { of: 'n' } }]);
    const unknown = define({}, [{ check: 'plugin', name: 'odd' }]);
    expect(compileEventType(unknown, { plugins })).toEqual({
      errors: [
        expect.objectContaining({
          path: '/validators/0/name',
          code: 'unknown_plugin',
          message: 'no validator plugin is called "odd"; known are: even, luhn',
        }),
      ],
    });
    expect(compile(unknown).check({}, createPayloadScope())).toEqual([]);
  });

  test('bad ones are refused with their place', () => {
    const result = compileEventType(
      define({}, [
        { check: 'range', property: 'a' },
        { check: 'range', property: 'a', min: 2, max: 1 },
        { check: 'pattern', property: 'a', pattern: '(a+)+' },
      ]),
    );
    expect('errors' in result && result.errors.map(({ path, code }) => `${path} ${code}`)).toEqual([
      '/validators/0 invalid_validator',
      '/validators/1 invalid_validator',
      '/validators/2/pattern catastrophic_pattern',
    ]);
  });
});

describe('a definition is refused with the place and a code', () => {
  const problemsOf = (schema: JsonValue): string[] => {
    const result = readDefinition({ name: 'x', schema });
    return 'problems' in result ? result.problems.map(({ path, code }) => `${path} ${code}`) : [];
  };
  const deep = (levels: number): JsonObject =>
    Array.from({ length: levels }).reduce<JsonObject>((inner) => ({ not: inner }), {});
  const chain = (levels: number): JsonObject => ({
    $defs: Object.fromEntries([
      ...Array.from({ length: levels }, (_, i) => [`a${i}`, { $ref: `#/$defs/a${i + 1}` }] as const),
      [`a${levels}`, {}],
    ]),
    $ref: '#/$defs/a0',
  });
  const bomb: JsonObject = {
    $defs: Object.fromEntries([
      ...Array.from(
        { length: 20 },
        (_, i) =>
          [`a${i}`, { anyOf: [{ $ref: `#/$defs/a${i + 1}` }, { $ref: `#/$defs/a${i + 1}` }] }] as const,
      ),
      ['a20', { type: 'string' }],
    ]),
    $ref: '#/$defs/a0',
  };

  test.each<[string, JsonValue, string[]]>([
    ['not an object', 'schema', ['/schema not_a_schema']],
    ['an array', [], ['/schema not_a_schema']],
    ['a boolean', true, ['/schema not_a_schema']],
    [
      'another draft',
      { $schema: 'http://json-schema.org/draft-04/schema#' },
      ['/schema/$schema unsupported_draft'],
    ],
    ['a wrong type', { properties: { a: { type: 'strng' } } }, ['/schema/properties/a/type invalid_schema']],
    ['required is no array', { required: 'a' }, ['/schema/required invalid_schema']],
    [
      'a negative length',
      { properties: { a: { minLength: -1 } } },
      ['/schema/properties/a/minLength invalid_schema'],
    ],
    [
      'a property that is no schema',
      { properties: { 'a/b': 5 } },
      ['/schema/properties/a~1b invalid_schema'],
    ],
    ['a typo', { properties: { a: { minimun: 1 } } }, ['/schema/properties/a/minimun unknown_keyword']],
    ['a word every object has', { constructor: 1 }, ['/schema/constructor unknown_keyword']],
    ['a keyword of the other draft', { dependencies: {} }, ['/schema/dependencies unknown_keyword']],
    [
      'an OpenAPI keyword',
      { properties: { a: { nullable: true } } },
      ['/schema/properties/a/nullable unsupported_keyword'],
    ],
    [
      'an unknown format',
      { properties: { a: { format: 'phone' } } },
      ['/schema/properties/a/format unknown_format'],
    ],
    [
      'a catastrophic pattern',
      { properties: { a: { pattern: '^(a+)+$' } } },
      ['/schema/properties/a/pattern catastrophic_pattern'],
    ],
    [
      'a catastrophic name pattern',
      { patternProperties: { '(a|a)*b': {} } },
      ['/schema/patternProperties/(a|a)*b catastrophic_pattern'],
    ],
    [
      'not a pattern',
      { properties: { a: { pattern: '[' } } },
      ['/schema/properties/a/pattern invalid_pattern'],
    ],
    ['a reference to elsewhere', { $ref: 'https://example.org/s.json' }, ['/schema/$ref remote_ref']],
    ['a reference to nowhere', { $ref: '#/$defs/a' }, ['/schema/$ref unresolved_ref']],
    [
      'a reference to what is no schema',
      { 'x-a': { pattern: '(a+)+' }, $ref: '#/x-a' },
      ['/schema/$ref unresolved_ref'],
    ],
    [
      'a reference to itself',
      { properties: { a: { $ref: '#' } } },
      ['/schema/properties/a/$ref recursive_ref'],
    ],
    [
      'a circle',
      { $defs: { a: { $ref: '#/$defs/b' }, b: { items: { $ref: '#/$defs/a' } } } },
      ['/schema/$defs/b/items/$ref recursive_ref'],
    ],
    ['an inner $id', { properties: { a: { $id: 'b' } } }, ['/schema/properties/a/$id unsupported_keyword']],
    ['leftovers', { unevaluatedProperties: false }, ['/schema/unevaluatedProperties unsupported_keyword']],
    ['deep nesting', deep(70), [`/schema${'/not'.repeat(64)} schema_too_deep`]],
    ['very deep nesting', deep(50_000), [`/schema${'/not'.repeat(64)} schema_too_deep`]],
    ['a long chain of references', chain(500), ['/schema schema_too_deep']],
    ['references that multiply', bomb, ['/schema schema_too_large']],
    ['one megabyte', { description: 'x'.repeat(1_000_000) }, ['/schema schema_too_large']],
    [
      'a long enumeration',
      { enum: Array.from({ length: 1001 }, (_, i) => i) },
      ['/schema/enum enum_too_large'],
    ],
    [
      'a name that changes the object',
      JSON.parse('{"properties": {"__proto__": {}}}'),
      ['/schema/properties/__proto__ forbidden_key'],
    ],
    [
      'several things',
      { properties: { a: { minimun: 1 }, b: { type: 'x' } }, foo: 1 },
      [
        '/schema/foo unknown_keyword',
        '/schema/properties/a/minimun unknown_keyword',
        '/schema/properties/b/type invalid_schema',
      ],
    ],
  ])('%s', (_name, schema, expected) => {
    expect(problemsOf(schema)).toEqual(expected);
  });

  test('a typo is told what was meant', () => {
    const result = readDefinition({ name: 'x', schema: { properties: { a: { minimun: 1 } } } });
    expect('problems' in result && result.problems[0]!.message).toContain('did you mean "minimum"?');
  });

  test('the rest of the definition too', () => {
    const result = readDefinition({
      name: '',
      mode: 'strict',
      colour: 1,
      schema: {},
      validators: [{ check: 'range', property: 'a', min: 'x' }],
    });
    const places = 'problems' in result ? result.problems.map(({ path, code }) => `${path} ${code}`) : [];
    expect(places.sort()).toEqual([
      '/colour invalid_definition',
      '/mode invalid_definition',
      '/name invalid_definition',
      '/validators/0/min invalid_validator',
    ]);
  });

  test.each<[string, JsonValue | undefined]>([
    ['nothing', undefined],
    ['null', null],
    ['text', 'x'],
    ['an array', []],
  ])('%s is no definition', (_name, input) => {
    expect('problems' in readDefinition(input)).toBe(true);
  });

  test('what is in order is taken: own words behind x-, shared parts, both drafts', () => {
    expect(
      problemsOf({
        'x-owner': { team: 1 },
        $defs: { a: { type: 'string' } },
        properties: { a: { $ref: '#/$defs/a' }, b: { $ref: '#/$defs/a' } },
      }),
    ).toEqual([]);
    expect(
      problemsOf({
        $schema: 'http://json-schema.org/draft-07/schema#',
        definitions: { a: {} },
        properties: { a: { items: [{ $ref: '#/definitions/a' }] } },
      }),
    ).toEqual([]);
    expect(
      problemsOf({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $id: 'https://example.org/x',
        examples: [{ a: 1 }],
      }),
    ).toEqual([]);
  });
});

describe('limits hold', () => {
  const shapes: Record<string, JsonObject> = {
    'two thousand properties': {
      properties: Object.fromEntries(
        Array.from({ length: 1900 }, (_, i) => [
          `p${i}`,
          { type: ['string', 'number'], minimum: i, maxLength: 5 },
        ]),
      ),
    },
    'a hundred long patterns': {
      properties: Object.fromEntries(
        Array.from({ length: 99 }, (_, i) => [`p${i}`, { pattern: `^.{1,1000}${i}$` }]),
      ),
    },
    'sixty levels of alternatives': Array.from({ length: 15 }).reduce<JsonObject>(
      (inner): JsonObject => ({
        anyOf: [{ properties: { p0: inner }, required: ['p0'] }, { required: ['q'] }],
      }),
      { type: 'string' },
    ),
  };

  test.each(Object.keys(shapes))('%s compile and run', (name) => {
    const rules = compile(define(shapes[name]!));
    expect(rules.check({ p0: {}, p1: 0, p2: 'x' }, createPayloadScope()).length).toBeGreaterThan(0);
  });

  test('a hundred thousand wrong elements are twenty problems', () => {
    const union: JsonObject = {
      properties: { a: { items: { anyOf: [{ type: 'string' }, { type: 'null' }] } } },
    };
    const problems = check(union, { a: Array.from({ length: 100_000 }, (_, i) => i) });
    expect(problems).toHaveLength(20);
    expect(problems[0]).toMatchObject({ path: 'properties.a[0]', expected: 'string or null' });
  });

  test('more schemas than two thousand are refused', () => {
    const properties = Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [`p${i}`, {}]));
    expect(readDefinition({ name: 'x', schema: { properties } })).toEqual({
      problems: [expect.objectContaining({ path: '/schema', code: 'schema_too_large' })],
    });
  });
});
