/** JSON Schema's keywords as data: what each holds, and which draft has it. */

export type Draft = 'draft-07' | '2020-12';

/**
 * What a keyword's value is:
 * schema       one schema            schemas      an array of them
 * schema_map   name → schema         schema_or_array  either (items of draft-07)
 * dependencies name → schema or array of names (draft-07)
 * value        plain data, which the meta-schema checks
 * note         read by people only
 */
export type KeywordShape =
  | 'schema'
  | 'schemas'
  | 'schema_map'
  | 'schema_or_array'
  | 'dependencies'
  | 'value'
  | 'note';

type Shapes = ReadonlyMap<string, KeywordShape>;

type Row = readonly [keyword: string, shape: KeywordShape];

const shape = (kind: KeywordShape, ...keywords: string[]): Row[] =>
  keywords.map((keyword) => [keyword, kind]);

const BOTH: readonly Row[] = [
  ...shape('note', '$schema', '$id', '$comment', 'title', 'description', 'default', 'examples'),
  ...shape('note', 'readOnly', 'writeOnly', 'contentEncoding', 'contentMediaType'),
  ...shape('value', '$ref', 'type', 'enum', 'const'),
  ...shape('value', 'multipleOf', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'),
  ...shape('value', 'minLength', 'maxLength', 'pattern', 'format', 'minItems', 'maxItems', 'uniqueItems'),
  ...shape('value', 'minProperties', 'maxProperties', 'required'),
  ...shape('schema', 'contains', 'additionalProperties', 'propertyNames', 'not', 'if', 'then', 'else'),
  ...shape('schemas', 'allOf', 'anyOf', 'oneOf'),
  ...shape('schema_map', 'definitions', 'properties', 'patternProperties'),
];

export const KEYWORDS: Readonly<Record<Draft, Shapes>> = {
  'draft-07': new Map([
    ...BOTH,
    ...shape('schema_or_array', 'items'),
    ...shape('schema', 'additionalItems'),
    ...shape('dependencies', 'dependencies'),
  ]),
  '2020-12': new Map([
    ...BOTH,
    ...shape('note', 'deprecated', 'contentSchema'),
    ...shape('value', 'minContains', 'maxContains', 'dependentRequired'),
    ...shape('schema', 'items'),
    ...shape('schemas', 'prefixItems'),
    ...shape('schema_map', '$defs', 'dependentSchemas'),
  ]),
};

/** Keywords that exist in JSON Schema and are not taken here, with the way out. */
export const UNSUPPORTED_KEYWORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    $dynamicRef: 'use $ref with a JSON pointer',
    $dynamicAnchor: 'use $ref with a JSON pointer',
    $recursiveRef: 'use $ref with a JSON pointer',
    $recursiveAnchor: 'use $ref with a JSON pointer',
    $anchor: 'use $ref with a JSON pointer',
    $vocabulary: 'leave it out',
    $async: 'leave it out',
    nullable: 'say "type": ["string", "null"] instead',
    discriminator: 'use oneOf with const',
    // ajv's bookkeeping for these two throws on some schemas it compiled without complaint.
    unevaluatedProperties: 'use additionalProperties',
    unevaluatedItems: 'use items',
  }),
);

/** Formats that are checked. Each value longer than the given number of characters is refused without a look. */
export const FORMATS = {
  date: 10,
  time: 40,
  'date-time': 60,
  duration: 100,
  email: 320,
  hostname: 255,
  ipv4: 15,
  ipv6: 60,
  uri: 8_192,
  'uri-reference': 8_192,
  uuid: 45,
  'json-pointer': 8_192,
} as const;

export type FormatName = keyof typeof FORMATS;

const DRAFTS: Readonly<Record<string, Draft>> = {
  'http://json-schema.org/draft-07/schema': 'draft-07',
  'https://json-schema.org/draft-07/schema': 'draft-07',
  'https://json-schema.org/draft/2020-12/schema': '2020-12',
  'http://json-schema.org/draft/2020-12/schema': '2020-12',
};

/** The draft a `$schema` names; without one, 2020-12. Undefined for any other. */
export function readDraft(name: unknown): Draft | undefined {
  if (name === undefined) return '2020-12';
  return typeof name === 'string' ? DRAFTS[name.replace(/#$/, '')] : undefined;
}
