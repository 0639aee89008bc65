/**
 * What a place in a schema demands, as a list of schemas that must all hold: `allOf` and `$ref` taken apart. The
 * questions here are asked of the *old* version, where forgetting a demand errs towards "took more", and so towards
 * reporting a break that is none, never towards missing one.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.js';
import { compilePattern } from '../pattern/pattern.js';
import { isSchemaNode, resolveRef, type SchemaDocument, type SchemaNode } from '../schema/document.js';

/** JSON's types, with `number` split, for `integer` is part of it. */
export const ATOMS = ['null', 'boolean', 'integer', 'fraction', 'string', 'array', 'object'] as const;
export type Atom = (typeof ATOMS)[number];

/** The type of a value. */
export function atomOf(value: JsonValue): Atom {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (isJsonObject(value)) return 'object';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'fraction';
  return typeof value === 'boolean' ? 'boolean' : 'string';
}

export interface Demand {
  node: JsonObject;
  /** Its alternatives were already gone through one by one. */
  split: boolean;
}

/** All demands at a place; undefined when nothing can satisfy them (`false`). */
export type Conjunction = readonly Demand[] | undefined;

/** Takes a schema apart. */
export function flatten(document: SchemaDocument, schema: SchemaNode): Conjunction {
  if (schema === true) return [];
  if (schema === false) return undefined;
  const parts: SchemaNode[] = Array.isArray(schema.allOf) ? schema.allOf.filter(isSchemaNode) : [];
  if (typeof schema.$ref === 'string') {
    const target = resolveRef(document.root, schema.$ref);
    if (target !== undefined) parts.push(target.node);
  }
  return parts.reduce<Conjunction>(
    (all, part) => unite(all, flatten(document, part)),
    [{ node: schema, split: false }],
  );
}

export const unite = (a: Conjunction, b: Conjunction): Conjunction =>
  a === undefined || b === undefined ? undefined : [...a, ...b];

/** The types one schema allows by its own `type`. */
export function typesOf({ type }: JsonObject): ReadonlySet<Atom> {
  if (type === undefined) return new Set(ATOMS);
  const atoms = [type]
    .flat()
    .flatMap((name): Atom[] =>
      name === 'number' ? ['integer', 'fraction'] : ATOMS.filter((atom) => atom === name),
    );
  return new Set(atoms);
}

/** The types all demands allow. */
export function typesOfAll(demands: readonly Demand[]): ReadonlySet<Atom> {
  let types: ReadonlySet<Atom> = new Set(ATOMS);
  for (const { node } of demands) {
    const own = typesOf(node);
    types = new Set([...types].filter((atom) => own.has(atom)));
  }
  return types;
}

/** The values of a keyword over all demands that have it as a number. */
export function numbersOf(demands: readonly Demand[], keyword: string): number[] {
  return demands.flatMap(({ node }) => (typeof node[keyword] === 'number' ? [node[keyword]] : []));
}

/** The names in a keyword that lists them. */
export function namesIn(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}

export const mapIn = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {});

/** What `properties`, `patternProperties` and `additionalProperties` of one schema say of a property's value. */
export function schemasForProperty(node: JsonObject, name: string): SchemaNode[] {
  const schemas: SchemaNode[] = [];
  const named = mapIn(node.properties);
  if (Object.hasOwn(named, name) && isSchemaNode(named[name])) schemas.push(named[name]);
  for (const [pattern, schema] of Object.entries(mapIn(node.patternProperties))) {
    if (isSchemaNode(schema) && matches(pattern, name)) schemas.push(schema);
  }
  if (schemas.length === 0 && isSchemaNode(node.additionalProperties)) {
    schemas.push(node.additionalProperties);
  }
  return schemas;
}

/** What all demands say of a property's value. */
export function demandsForProperty(
  document: SchemaDocument,
  demands: readonly Demand[],
  name: string,
): Conjunction {
  return demands
    .flatMap(({ node }) => schemasForProperty(node, name))
    .reduce<Conjunction>((all, schema) => unite(all, flatten(document, schema)), []);
}

/** What all demands say of a property that none of them names: what is left to `additionalProperties`. */
export function demandsForOthers(document: SchemaDocument, demands: readonly Demand[]): Conjunction {
  return demands.reduce<Conjunction>(
    (all, { node }) =>
      // A name that matches a pattern is not an additional one, so the demand does not hold for every other name.
      isSchemaNode(node.additionalProperties) && Object.keys(mapIn(node.patternProperties)).length === 0
        ? unite(all, flatten(document, node.additionalProperties))
        : all,
    [],
  );
}

/** The element at a place of an array by one schema, `index` -1 for those beyond every `prefixItems`. */
export function schemaForItem(node: JsonObject, index: number): SchemaNode {
  const tuple = Array.isArray(node.prefixItems)
    ? node.prefixItems
    : Array.isArray(node.items)
      ? node.items
      : [];
  const own = index >= 0 ? tuple[index] : undefined;
  if (isSchemaNode(own)) return own;
  const rest = Array.isArray(node.items) ? node.additionalItems : node.items;
  return isSchemaNode(rest) ? rest : true;
}

/** How many first elements of an array one schema treats each for itself. */
export function countTuple(node: JsonObject): number {
  if (Array.isArray(node.prefixItems)) return node.prefixItems.length;
  return Array.isArray(node.items) ? node.items.length : 0;
}

const matchers = new Map<string, (text: string) => boolean>();
/** Compiled patterns that are kept. */
const MATCHERS_MAX = 500;

function matches(pattern: string, name: string): boolean {
  let test = matchers.get(pattern);
  if (test === undefined) {
    const compiled = compilePattern(pattern);
    test = 'problem' in compiled ? () => false : (text) => compiled.matcher.test(text);
    if (matchers.size >= MATCHERS_MAX) matchers.clear();
    matchers.set(pattern, test);
  }
  return test(name);
}
