/**
 * A schema for an event type that has none, from what was seen of it. It is a proposal for a person to read: it describes
 * the events seen, and every event looked into satisfies it (fields beyond the limits of an observation are left open).
 */
import type { JsonObject, JsonValue } from '../../event/json.js';
import { DETECTED_FORMATS } from './format.js';
import type { FieldObservation, TypeObservation } from './observation.js';
import { groupByParent, type PlacedField } from './observation.js';

export interface SuggestOptions {
  /** Part of the events a field must be in to be required. Below 1, some of the events seen would be refused. */
  requiredShare?: number;
}

export interface Suggestion {
  schema: JsonObject;
  /** Events the suggestion rests on, and what should be known about it. */
  sampled: number;
  notes: string[];
}

/** Fewer events than this say little about what is always there. */
const FEW_EVENTS = 50;
/** A list of values is believed when each was seen this often on average, and there are no more than this many. */
const ENUM_REPEATS_MIN = 10;
const ENUM_VALUES_MAX = 12;

/** Proposes a schema. */
export function suggestSchema(observation: TypeObservation, options: SuggestOptions = {}): Suggestion {
  const { requiredShare = 1 } = options;
  const notes: string[] = [];
  if (observation.sampled < FEW_EVENTS) {
    notes.push(`rests on ${observation.sampled} events only: what looks required may be chance`);
  }
  if (observation.fieldsDropped > 0) {
    notes.push('has more fields than are told apart: some are left undescribed');
  }
  return {
    schema: new Describer(groupByParent(observation), requiredShare).describeEvent(observation.sampled),
    sampled: observation.sampled,
    notes,
  };
}

class Describer {
  constructor(
    private readonly children: ReadonlyMap<string, readonly PlacedField[]>,
    private readonly requiredShare: number,
  ) {}

  describeEvent(sampled: number): JsonObject {
    return { type: 'object', ...this.describeMembers('', sampled) };
  }

  private describeField({ place, field }: PlacedField): JsonObject {
    const types = namesOfTypes(field);
    const schema: JsonObject = { type: types.length === 1 ? types[0]! : types };
    if (field.types.object) Object.assign(schema, this.describeMembers(place, field.types.object));
    const elements = this.children.get(place)?.find(({ name }) => name === undefined);
    if (elements !== undefined) schema.items = this.describeField(elements);
    return { ...schema, ...describeText(field) };
  }

  /** `count` objects were seen at the place. */
  private describeMembers(place: string, count: number): JsonObject {
    const properties: [string, JsonObject][] = [];
    const required: string[] = [];
    for (const child of this.children.get(place) ?? []) {
      if (child.name === undefined) continue;
      properties.push([child.name, this.describeField(child)]);
      if (count > 0 && child.field.count / count >= this.requiredShare) required.push(child.name);
    }
    return {
      ...(properties.length > 0 ? { properties: Object.fromEntries(properties.sort()) } : {}),
      ...(required.length > 0 ? { required: required.sort() } : {}),
    };
  }
}

function namesOfTypes({ types }: FieldObservation): string[] {
  const names = Object.entries(types).flatMap(([type, count]) => (count > 0 ? [type] : []));
  const hasFraction = names.includes('fraction');
  return names
    .filter((name) => !(name === 'integer' && hasFraction))
    .map((name) => (name === 'fraction' ? 'number' : name))
    .sort();
}

/** A format all texts have, or the few values all of them are; nothing when other types stand beside. */
function describeText(field: FieldObservation): JsonObject {
  const texts = field.types.string ?? 0;
  const nulls = field.types.null ?? 0;
  if (texts === 0) return {};
  const format = DETECTED_FORMATS.find((name) => field.formats[name] === texts);
  if (format !== undefined) return { format };
  const values = Object.keys(field.values ?? {});
  const believable = values.length <= ENUM_VALUES_MAX && texts >= values.length * ENUM_REPEATS_MIN;
  if (field.values === undefined || !believable || texts + nulls !== field.count) return {};
  const allowed: JsonValue[] = values.sort();
  return { enum: nulls > 0 ? [...allowed, null] : allowed };
}
