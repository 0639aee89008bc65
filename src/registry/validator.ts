/**
 * Rules beside the schema: what JSON Schema cannot say, or says clumsily. Each names a property (dots go deeper) and
 * looks at it only when it is there: that it must be there is `required` of the schema, or `required_if`.
 *
 * range            a number between min and max, both included
 * pattern          text that matches a regular expression
 * one_of           one of a list of values
 * required_if      there, when another property is there (and has one of the given values)
 * unique_in_batch  not the same as in another event of this type in the same request
 * plugin           what a plugin of the installation says, by its name
 */
import * as v from 'valibot';
import type { JsonValue } from '../event/json.js';
import { compilePattern } from './pattern/pattern.js';
import type { PayloadScope, SchemaProblem } from './rules.js';
import { writeCanonicalJson } from './schema/canonical-json.js';
import { makeProblem, showValue } from './schema/describe-error.js';
import { type DefinitionProblem, ENUM_VALUES_MAX } from './schema/inspect.js';

/** Validators of one event type. Each costs a look-up an event. */
export const VALIDATORS_MAX = 50;

const property = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const scalar = v.union([v.string(), v.number(), v.boolean(), v.null()]);
const values = v.pipe(v.array(scalar), v.minLength(1), v.maxLength(ENUM_VALUES_MAX));

export const validatorSchema = v.variant('check', [
  v.strictObject({
    check: v.literal('range'),
    property,
    min: v.optional(v.number()),
    max: v.optional(v.number()),
  }),
  v.strictObject({ check: v.literal('pattern'), property, pattern: v.string() }),
  v.strictObject({ check: v.literal('one_of'), property, values }),
  v.strictObject({
    check: v.literal('required_if'),
    property,
    when: v.strictObject({ property, one_of: v.optional(values) }),
  }),
  v.strictObject({ check: v.literal('unique_in_batch'), property }),
  v.strictObject({
    check: v.literal('plugin'),
    name: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
    options: v.optional(v.record(v.string(), v.unknown())),
  }),
]);

export type ValidatorDefinition = v.InferOutput<typeof validatorSchema>;

/** Names of the installation's validator plugins. Undefined where they are not known: then any name is taken. */
export type KnownPlugins = ReadonlySet<string>;

/** A compiled validator: the rule an event breaks, or nothing. */
export type Validator = (
  properties: Readonly<Record<string, unknown>>,
  scope: PayloadScope,
) => SchemaProblem | undefined;

/** Compiles one validator of the event type `event`. `path` is its place in the definition, as a JSON pointer. */
export function compileValidator(
  definition: ValidatorDefinition,
  event: string,
  path: string,
  plugins: KnownPlugins | undefined,
): { validator: Validator } | { problem: DefinitionProblem } {
  switch (definition.check) {
    case 'range':
      return compileRange(definition.property, definition.min, definition.max, path);
    case 'pattern': {
      const compiled = compilePattern(definition.pattern);
      if ('problem' in compiled) return { problem: { path: `${path}/pattern`, ...compiled.problem } };
      const expected = `text that matches /${definition.pattern}/`;
      return checkPresent(
        definition.property,
        expected,
        (value) => typeof value === 'string' && compiled.matcher.test(value),
      );
    }
    case 'one_of': {
      const allowed = new Set<unknown>(definition.values);
      const expected = `one of ${definition.values.slice(0, 10).map(showValue).join(', ')}`;
      return checkPresent(definition.property, expected, (value) => allowed.has(value));
    }
    case 'required_if':
      return { validator: requireIf(definition.property, definition.when) };
    case 'unique_in_batch':
      return { validator: requireUnique(event, definition.property) };
    case 'plugin':
      return checkPluginName(definition.name, path, plugins);
  }
}

function compileRange(
  name: string,
  min: number | undefined,
  max: number | undefined,
  path: string,
): { validator: Validator } | { problem: DefinitionProblem } {
  if ((min === undefined && max === undefined) || (min ?? -Infinity) > (max ?? Infinity)) {
    const message = 'a range has a min, a max, or both, and min is not above max';
    return { problem: { path, code: 'invalid_validator', message } };
  }
  const bounds = [min === undefined ? '' : `at least ${min}`, max === undefined ? '' : `at most ${max}`];
  const expected = `a number ${bounds.filter((bound) => bound !== '').join(' and ')}`;
  return checkPresent(
    name,
    expected,
    (value) => typeof value === 'number' && value >= (min ?? -Infinity) && value <= (max ?? Infinity),
  );
}

function checkPresent(
  name: string,
  expected: string,
  accepts: (value: unknown) => boolean,
): { validator: Validator } {
  const read = createReader(name);
  return {
    validator(properties) {
      const value = read(properties);
      if (value === undefined || accepts(value)) return undefined;
      return makeProblem(`properties.${name}`, expected, showValue(value));
    },
  };
}

function requireIf(
  name: string,
  when: { property: string; one_of?: readonly unknown[] | undefined },
): Validator {
  const read = createReader(name);
  const readOther = createReader(when.property);
  const wanted = when.one_of && new Set<unknown>(when.one_of);
  return (properties) => {
    const other = readOther(properties);
    if (other === undefined || (wanted && !wanted.has(other))) return undefined;
    const value = read(properties);
    if (value !== undefined && value !== null) return undefined;
    const reason = `a value, since "${when.property}" is ${wanted ? showValue(other) : 'given'}`;
    return makeProblem(`properties.${name}`, reason, showValue(value));
  };
}

function requireUnique(event: string, name: string): Validator {
  const read = createReader(name);
  return (properties, scope) => {
    const value = read(properties);
    if (value === undefined || !scope.seen(event, name, writeCanonicalJson(value as JsonValue)))
      return undefined;
    const expected = 'a value that no other event of this type in the request has';
    return makeProblem(`properties.${name}`, expected, showValue(value));
  };
}

/** What a plugin says is asked elsewhere, where it can be stopped (src/pipeline/plugin-stage.ts): here only its name is checked. */
function checkPluginName(
  name: string,
  path: string,
  plugins: KnownPlugins | undefined,
): { validator: Validator } | { problem: DefinitionProblem } {
  if (plugins === undefined || plugins.has(name)) return { validator: () => undefined };
  const known = [...plugins].sort().join(', ') || 'none';
  const message = `no validator plugin is called "${name}"; known are: ${known}`;
  return { problem: { path: `${path}/name`, code: 'unknown_plugin', message } };
}

/** Reads a property by its dotted path. A property whose own name has the dots comes first. */
function createReader(name: string): (properties: Readonly<Record<string, unknown>>) => unknown {
  const parts = name.split('.');
  if (parts.length === 1) {
    return (properties) => (Object.hasOwn(properties, name) ? properties[name] : undefined);
  }
  return (properties) => {
    if (Object.hasOwn(properties, name)) return properties[name];
    let value: unknown = properties;
    for (const part of parts) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
      value = Reflect.get(value, part);
    }
    return value;
  };
}
