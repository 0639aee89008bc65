/**
 * From an inspected schema to a function. ajv writes JavaScript for it; three things in it are ours, because an event's
 * sender chooses what they run on: patterns (linear, ../pattern), formats (values longer than any right one are refused
 * without a look) and `uniqueItems` (by a set; ajv compares each pair of objects).
 *
 * All problems are collected, not for their own sake only: code that stops at the first nests one `if` a property, and
 * a thousand of those overflow the stack of JavaScript's own parser. A valid event costs the same either way.
 */
import { Ajv, type AnySchemaObject, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { JsonValue } from '../../event/json.js';
import { compilePattern } from '../pattern/pattern.js';
import { writeCanonicalJson } from './canonical-json.js';
import type { SchemaDocument } from './document.js';
import { testFormat } from './format.js';
import { FORMATS, type FormatName } from './keywords.js';

/** Every problem of a value, as ajv reports them, each with its part of the schema; none when it is accepted. */
export type CompiledSchema = (value: unknown) => readonly ErrorObject[];

const ACCEPTED: readonly ErrorObject[] = [];

/** Compiles an inspected schema. Throws only if ajv refuses what inspectSchema let pass: our mistake. */
export function compileSchema(document: SchemaDocument): CompiledSchema {
  const validate = compileWith(document);
  // JavaScript translates a function when it is first called: here, where a failure is still the definition's.
  validate({});
  return (value) => (validate(value) ? ACCEPTED : (validate.errors ?? ACCEPTED));
}

/**
 * A fresh ajv each time: one instance would keep every schema it ever compiled. Its own checks of the schema are off,
 * inspectSchema was stricter.
 */
function compileWith({ root, draft }: SchemaDocument): ValidateFunction {
  const options: Options = {
    strict: false,
    meta: false,
    validateSchema: false,
    addUsedSchema: false,
    logger: false,
    messages: false,
    allErrors: true,
    verbose: true,
    formats,
    // Properties called like something every object has ("constructor") are looked up among the object's own.
    ownProperties: mentionsInheritedName(root),
    // 19.99 is a multiple of 0.01, whatever binary fractions say.
    multipleOfPrecision: 6,
    code: { regExp: Object.assign(createPattern, { code: 'createPattern' }) },
  };
  const ajv = draft === 'draft-07' ? new Ajv(options) : new Ajv2020(options);
  // The class of 2020-12 keeps books for `unevaluatedProperties`, which is not taken (see keywords.ts).
  ajv.opts.unevaluated = false;
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (wanted: boolean, items: JsonValue[]) => !wanted || hasNoRepeats(items),
    errors: false,
  });
  const { $schema: _schema, $id: _id, ...schema } = root;
  return ajv.compile(schema satisfies AnySchemaObject);
}

const formats: Options['formats'] = Object.fromEntries(
  Object.keys(FORMATS).map((name) => [name, (text: string) => testFormat(name as FormatName, text)]),
);

/** What ajv takes for a RegExp: `toString` names it among the others of a schema. */
function createPattern(source: string): { test(text: string): boolean; toString(): string } {
  const compiled = compilePattern(source);
  if ('problem' in compiled) throw new Error(`pattern was not inspected: ${compiled.problem.message}`);
  return { test: (text) => compiled.matcher.test(text), toString: () => `/${source}/u` };
}

function hasNoRepeats(items: readonly JsonValue[]): boolean {
  const seen = new Set<string>();
  for (const item of items) {
    const key = writeCanonicalJson(item);
    if (seen.has(key)) return false;
    seen.add(key);
  }
  return true;
}

function mentionsInheritedName(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null)
    return typeof value === 'string' && value in Object.prototype;
  return Object.entries(value).some(
    ([key, inner]) => key in Object.prototype || mentionsInheritedName(inner),
  );
}
