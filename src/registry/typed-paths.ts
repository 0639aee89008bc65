/**
 * Which properties of an event type always hold one scalar type, and so can be stored as a typed path of the JSON column.
 * Every type is Nullable: an event without the property must stay different from one with 0 or "". Arrays are left out
 * for that reason, ClickHouse knows no Nullable(Array). A date stays the text it was sent as.
 *
 * Only what a schema guarantees counts, and only types whose mode refuses violations guarantee anything: that is the
 * caller's to ask for. The store has one column for all event types, so types that disagree leave a path untyped.
 */
import type { JsonValue } from '../event/json.js';
import type { Atom } from './compat/conjunction.js';
import { describeProperties } from './properties.js';

export type TypedPathType = 'Nullable(String)' | 'Nullable(Float64)' | 'Nullable(Bool)';

export interface TypedPath {
  /** Dotted, as the store names it: "shipping.city". */
  path: string;
  type: TypedPathType;
}

/** Typed paths of one event type; each is a column of every part of the table. */
export const TYPED_PATHS_MAX = 200;

/** The typed paths of a schema, sorted by path; none of a schema that is not valid. */
export function typedPaths(schema: JsonValue): TypedPath[] {
  const { properties } = describeProperties(schema);
  const untyped = new Set(properties.filter(({ types }) => !isObject(types)).map(({ path }) => path));
  return properties
    .flatMap(({ path, types }) => {
      const type = scalarType(types);
      // Inside what may be something else than an object, nothing is certain.
      return type === undefined || parentsOf(path).some((parent) => untyped.has(parent))
        ? []
        : [{ path, type }];
    })
    .slice(0, TYPED_PATHS_MAX);
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

function scalarType(all: readonly Atom[]): TypedPathType | undefined {
  const types = all.filter((type) => type !== 'null');
  if (types.length === 0) return undefined;
  return SCALARS.find(([atoms]) => types.every((type) => atoms.includes(type)))?.[1];
}

const isObject = (types: readonly Atom[]): boolean =>
  types.includes('object') && types.every((type) => type === 'object' || type === 'null');

function parentsOf(path: string): string[] {
  const parts = path.split('.');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('.'));
}
