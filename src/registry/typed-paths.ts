/**
 * Which properties of an event type always hold one scalar type, and so can be stored as a typed path of the JSON column.
 * Every type is Nullable: an event without the property must stay different from one with 0 or "". Arrays are left out
 * for that reason, ClickHouse knows no Nullable(Array). A date stays the text it was sent as.
 *
 * Only what a schema guarantees counts, and only types whose mode refuses violations guarantee anything: that is the
 * caller's to ask for. The store has one column for all event types, so types that disagree leave a path untyped.
 */
import { isJsonObject, type JsonValue } from '../event/json.js';
import type { Conjunction, Demand } from './compat/conjunction.js';
import { type Atom, demandsForProperty, flatten, mapIn, typesOfAll } from './compat/conjunction.js';
import { inspectSchema } from './schema/inspect.js';

export type TypedPathType = 'Nullable(String)' | 'Nullable(Float64)' | 'Nullable(Bool)';

export interface TypedPath {
  /** Dotted, as the store names it: "shipping.city". */
  path: string;
  type: TypedPathType;
}

/** Levels of objects that are gone into. */
const DEPTH_MAX = 8;
/** Typed paths of one event type; each is a column of every part of the table. */
export const TYPED_PATHS_MAX = 200;

/** The typed paths of a schema, sorted by path; none of a schema that is not valid. */
export function typedPaths(schema: JsonValue): TypedPath[] {
  const inspected = inspectSchema(schema);
  if ('problems' in inspected) return [];
  const { document } = inspected;
  const found: TypedPath[] = [];
  const visit = (demands: Conjunction, path: string, depth: number): void => {
    if (demands === undefined || depth > DEPTH_MAX) return;
    const type = scalarType(demands);
    if (type !== undefined && path !== '') found.push({ path, type });
    if (!holdsObject(demands) && path !== '') return;
    const names = new Set(demands.flatMap(({ node }) => Object.keys(mapIn(node.properties))));
    for (const name of names) {
      // A dot in a name would read as one level more.
      if (name.includes('.') || name === '') continue;
      visit(demandsForProperty(document, demands, name), path === '' ? name : `${path}.${name}`, depth + 1);
    }
  };
  visit(flatten(document, document.root), '', 1);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1)).slice(0, TYPED_PATHS_MAX);
}

/** The typed paths that no two of the lists disagree about. */
export function mergeTypedPaths(lists: readonly (readonly TypedPath[])[]): TypedPath[] {
  const types = new Map<string, TypedPathType | undefined>();
  for (const { path, type } of lists.flat()) {
    types.set(path, !types.has(path) || types.get(path) === type ? type : undefined);
  }
  return [...types]
    .flatMap(([path, type]) => (type === undefined ? [] : [{ path, type }]))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

const SCALARS: readonly [readonly Atom[], TypedPathType][] = [
  [['string'], 'Nullable(String)'],
  [['integer', 'fraction'], 'Nullable(Float64)'],
  [['boolean'], 'Nullable(Bool)'],
];

function scalarType(demands: readonly Demand[]): TypedPathType | undefined {
  const types = [...possibleTypes(demands)].filter((type) => type !== 'null');
  if (types.length === 0) return undefined;
  return SCALARS.find(([atoms]) => types.every((type) => atoms.includes(type)))?.[1];
}

/** The types the demands leave, by `type` and by the values of `enum` and `const`. */
function possibleTypes(demands: readonly Demand[]): Set<Atom> {
  const types = new Set(typesOfAll(demands));
  for (const { node } of demands) {
    const values = Array.isArray(node.enum) ? node.enum : node.const !== undefined ? [node.const] : undefined;
    if (values === undefined) continue;
    const own = new Set(values.map(atomOf));
    for (const type of types) if (!own.has(type)) types.delete(type);
  }
  return types;
}

function holdsObject(demands: readonly Demand[]): boolean {
  const types = possibleTypes(demands);
  return types.has('object') && [...types].every((type) => type === 'object' || type === 'null');
}

export function atomOf(value: JsonValue): Atom {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (isJsonObject(value)) return 'object';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'fraction';
  return typeof value === 'boolean' ? 'boolean' : 'string';
}
