/** How what is seen of an event type has moved away from what its schema says: new fields, vanished ones, other types. */
import type { JsonValue } from '../../event/json.js';
import {
  ATOMS,
  type Atom,
  type Conjunction,
  demandsForProperty,
  flatten,
  mapIn,
  schemaForItem,
  typesOfAll,
  unite,
} from '../compat/conjunction.js';
import type { SchemaDocument } from '../schema/document.js';
import { inspectSchema } from '../schema/inspect.js';
import type { TypeObservation } from './observation.js';
import { groupByParent, type PlacedField } from './observation.js';
import { formatPlace, placeOfMember } from './place.js';

/** Objects that must have been seen before a field that was in none of them counts as vanished. */
const VANISHED_AFTER = 20;

export interface Drift {
  /** Events the counts are of. */
  sampled: number;
  /** Fields the schema does not describe, by how often they were there. */
  newFields: { path: string; count: number; types: Partial<Record<Atom, number>> }[];
  /** Fields the schema describes that none of `of` objects had. */
  vanishedFields: { path: string; of: number; required: boolean }[];
  /** Fields seen with types the schema does not allow. */
  typeChanges: { path: string; expected: string[]; found: Partial<Record<Atom, number>> }[];
}

/** Compares a valid schema with what was observed of its type. Sorted by count, then path. */
export function compareObserved(schema: JsonValue, observation: TypeObservation): Drift {
  const drift: Drift = { sampled: observation.sampled, newFields: [], vanishedFields: [], typeChanges: [] };
  const inspected = inspectSchema(schema);
  if ('problems' in inspected) return drift;
  const { document } = inspected;
  new Comparer(document, groupByParent(observation), drift).compareMembers(
    flatten(document, document.root),
    '',
    observation.sampled,
  );
  drift.newFields.sort((a, b) => b.count - a.count || (a.path < b.path ? -1 : 1));
  drift.vanishedFields.sort((a, b) => b.of - a.of || (a.path < b.path ? -1 : 1));
  return drift;
}

class Comparer {
  constructor(
    private readonly document: SchemaDocument,
    private readonly children: ReadonlyMap<string, readonly PlacedField[]>,
    private readonly drift: Drift,
  ) {}

  /** Members of `count` objects seen at a place. */
  compareMembers(demands: Conjunction, place: string, count: number): void {
    if (demands === undefined) return;
    const described = new Set(demands.flatMap(({ node }) => Object.keys(mapIn(node.properties))));
    const seen = new Set<string>();
    for (const child of this.children.get(place) ?? []) {
      if (child.name === undefined) continue;
      seen.add(child.name);
      const own = demandsForProperty(this.document, demands, child.name);
      if (own === undefined || own.length === 0) this.addNew(child);
      else this.compareField(own, child);
    }
    if (count < VANISHED_AFTER) return;
    for (const name of described) {
      if (seen.has(name)) continue;
      const path = formatPlace(placeOfMember(place, name));
      const required = demands.some(
        ({ node }) => Array.isArray(node.required) && node.required.includes(name),
      );
      this.drift.vanishedFields.push({ path, of: count, required });
    }
  }

  private addNew({ place, field }: PlacedField): void {
    this.drift.newFields.push({ path: formatPlace(place), count: field.count, types: field.types });
  }

  private compareField(demands: NonNullable<Conjunction>, { place, field }: PlacedField): void {
    const allowed = typesOfAll(demands);
    const other = ATOMS.filter((type) => (field.types[type] ?? 0) > 0 && !allowed.has(type));
    if (other.length > 0) {
      const found = Object.fromEntries(other.map((type) => [type, field.types[type]!]));
      this.drift.typeChanges.push({ path: formatPlace(place), expected: nameTypes(allowed), found });
    }
    if (field.types.object) this.compareMembers(demands, place, field.types.object);
    const elements = this.children.get(place)?.find(({ name }) => name === undefined);
    if (elements === undefined) return;
    const inner = demands.reduce<Conjunction>(
      (all, { node }) => unite(all, flatten(this.document, schemaForItem(node, -1))),
      [],
    );
    if (inner !== undefined && inner.length > 0) this.compareField(inner, elements);
  }
}

function nameTypes(types: ReadonlySet<Atom>): string[] {
  return [...types]
    .filter((type) => !(type === 'integer' && types.has('fraction')))
    .map((type) => (type === 'fraction' ? 'number' : type))
    .sort();
}
