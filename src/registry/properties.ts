/**
 * The properties a schema describes, each with what it may hold: for those who name properties in metrics and questions.
 * Objects are gone into, the elements of arrays are not: no dotted path reaches them.
 */
import type { JsonValue } from '../event/json.js';
import {
  ATOMS,
  type Atom,
  atomOf,
  type Conjunction,
  type Demand,
  demandsForProperty,
  flatten,
  mapIn,
  typesOfAll,
} from './compat/conjunction.js';
import { inspectSchema } from './schema/inspect.js';

/** Levels of objects that are gone into. */
const DEPTH_MAX = 8;
/** Properties of one schema that are listed. */
export const PROPERTIES_MAX = 1_000;

export interface DescribedProperty {
  /** Dotted: "shipping.city". */
  path: string;
  /** The types the schema leaves; all of them when it says nothing. */
  types: readonly Atom[];
  /** The only values there are, when the schema lists them. */
  values: readonly JsonValue[] | undefined;
  /** Whether it must be there; of an inner property, whether it must be there when its object is. */
  required: boolean;
  /** What `x-unit` says. */
  unit: string | undefined;
  description: string | undefined;
}

export interface DescribedProperties {
  properties: DescribedProperty[];
  /** No other properties are allowed at the top. */
  closed: boolean;
}

/** The described properties, sorted by path; none of a schema that is not valid. */
export function describeProperties(schema: JsonValue): DescribedProperties {
  const inspected = inspectSchema(schema);
  if ('problems' in inspected) return { properties: [], closed: false };
  const { document } = inspected;
  const properties: DescribedProperty[] = [];
  const visit = (demands: Conjunction, prefix: string, depth: number): void => {
    if (demands === undefined || depth > DEPTH_MAX) return;
    const names = new Set(demands.flatMap(({ node }) => Object.keys(mapIn(node.properties))));
    for (const name of names) {
      const inner = demandsForProperty(document, demands, name);
      // A dot in a name would read as one level more; a property that may hold nothing cannot be there.
      if (name === '' || name.includes('.') || inner === undefined) continue;
      if (properties.length >= PROPERTIES_MAX) return;
      properties.push({ path: prefix + name, required: isRequired(demands, name), ...describe(inner) });
      visit(inner, `${prefix}${name}.`, depth + 1);
    }
  };
  const root = flatten(document, document.root);
  visit(root, '', 1);
  return {
    properties: properties.sort((a, b) => (a.path < b.path ? -1 : 1)),
    closed: (root ?? []).some(({ node }) => node.additionalProperties === false),
  };
}

const isRequired = (demands: readonly Demand[], name: string): boolean =>
  demands.some(({ node }) => Array.isArray(node.required) && node.required.includes(name));

function describe(demands: readonly Demand[]): Omit<DescribedProperty, 'path' | 'required'> {
  const values = listValues(demands);
  const types = new Set(typesOfAll(demands));
  if (values !== undefined) {
    const own = new Set(values.map(atomOf));
    for (const type of types) if (!own.has(type)) types.delete(type);
  }
  return {
    types: ATOMS.filter((type) => types.has(type)),
    values,
    unit: textOf(demands, 'x-unit'),
    description: textOf(demands, 'description'),
  };
}

function listValues(demands: readonly Demand[]): readonly JsonValue[] | undefined {
  for (const { node } of demands) {
    if (Array.isArray(node.enum)) return node.enum;
    if (node.const !== undefined) return [node.const];
  }
  return undefined;
}

function textOf(demands: readonly Demand[], keyword: string): string | undefined {
  for (const { node } of demands) {
    const value = node[keyword];
    if (typeof value === 'string') return value;
  }
  return undefined;
}
