/** What a registered JSON Schema says about properties: their types, their units, and whether there may be others. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.js';
import type { PropertyEntry, PropertyType } from '../../mdl/catalogue.js';

const TYPES: Readonly<Record<string, PropertyType>> = {
  string: 'text',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  array: 'list',
  object: 'object',
};

/** Levels of objects gone into, and properties taken from one schema. */
const DEPTH_MAX = 8;
const PROPERTIES_MAX = 2_000;

function readTypes(schema: JsonObject): readonly PropertyType[] {
  const named = Array.isArray(schema.type) ? schema.type : [schema.type];
  const values: readonly JsonValue[] = Array.isArray(schema.enum)
    ? schema.enum
    : schema.const !== undefined
      ? [schema.const]
      : [];
  const found = [
    ...named.map((name) => TYPES[String(name)]),
    ...(schema.type === undefined ? values.map((value) => TYPES[typeof value]) : []),
  ];
  return [...new Set(found.filter((type) => type !== undefined))];
}

/** The properties a schema names, by dotted path. What it says by reference or combination is left out. */
export function readSchemaProperties(schema: JsonValue | undefined): ReadonlyMap<string, PropertyEntry> {
  const found = new Map<string, PropertyEntry>();
  const visit = (node: JsonValue | undefined, path: string, depth: number): void => {
    if (!isJsonObject(node) || depth > DEPTH_MAX || found.size >= PROPERTIES_MAX) return;
    if (path !== '')
      found.set(path, {
        types: readTypes(node),
        seen: 0,
        ...(typeof node.unit === 'string' ? { unit: node.unit } : {}),
      });
    if (!isJsonObject(node.properties)) return;
    for (const [name, inner] of Object.entries(node.properties))
      visit(inner, path === '' ? name : `${path}.${name}`, depth + 1);
  };
  visit(schema, '', 0);
  return found;
}

/** Whether the schema itself, without anything combined, allows only the properties it names. */
export const isClosed = (schema: JsonValue | undefined): boolean =>
  isJsonObject(schema) &&
  schema.additionalProperties === false &&
  ['allOf', 'anyOf', 'oneOf', '$ref', 'if'].every((key) => schema[key] === undefined);
