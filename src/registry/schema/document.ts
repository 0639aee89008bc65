/** A schema that was inspected, with what is needed to walk it: its draft, its parts, its references. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.js';
import { type Draft, KEYWORDS } from './keywords.js';
import { extendPointer, followPointer, readPointer } from './pointer.js';

/** A schema at some depth: an object, or true (anything) or false (nothing). */
export type SchemaNode = boolean | JsonObject;

export interface SchemaDocument {
  root: JsonObject;
  draft: Draft;
}

export const isSchemaNode = (value: JsonValue | undefined): value is SchemaNode =>
  typeof value === 'boolean' || isJsonObject(value);

export interface Child {
  node: SchemaNode;
  pointer: string;
}

/** The schemas directly inside one, with their places. Values that are not schemas are passed over. */
export function listChildren(node: JsonObject, pointer: string, draft: Draft): Child[] {
  const children: Child[] = [];
  const add = (value: JsonValue | undefined, place: string): void => {
    if (isSchemaNode(value)) children.push({ node: value, pointer: place });
  };
  for (const [keyword, value] of Object.entries(node)) {
    const shape = KEYWORDS[draft].get(keyword);
    const place = extendPointer(pointer, keyword);
    if (shape === 'schema' || (shape === 'schema_or_array' && !Array.isArray(value))) add(value, place);
    else if (shape === 'schemas' || shape === 'schema_or_array') {
      if (Array.isArray(value)) for (const [i, one] of value.entries()) add(one, extendPointer(place, i));
    } else if (shape === 'schema_map' || shape === 'dependencies') {
      if (!isJsonObject(value)) continue;
      for (const [name, one] of Object.entries(value)) add(one, extendPointer(place, name));
    }
  }
  return children;
}

/** Where a `$ref` leads inside its document: undefined when it leads out of it or nowhere. */
export function resolveRef(root: JsonObject, ref: string): Child | undefined {
  if (!ref.startsWith('#')) return undefined;
  let pointer: string;
  try {
    pointer = decodeURIComponent(ref.slice(1));
  } catch {
    return undefined;
  }
  const tokens = readPointer(pointer);
  const node = tokens && followPointer(root, tokens);
  return tokens && isSchemaNode(node) ? { node, pointer: tokens.reduce(extendPointer, '') } : undefined;
}
