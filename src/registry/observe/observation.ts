/**
 * What was seen of event types: which properties, how often, of which types, with which values. Plain data, so it crosses
 * threads and processes; two observations of different events add up to one of all of them.
 *
 * Memory is bounded by the limits below, and what did not fit is counted. Beyond the first SAMPLE_FIRST events of a type
 * only a share is looked into, chosen by a hash of the event's id, so that the choice has nothing to do with its content.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.js';
import { ATOMS, type Atom, atomOf } from '../compat/conjunction.js';
import { type DetectedFormat, detectFormat } from './format.js';
import { placeOfElements, placeOfMember, readName } from './place.js';

/** Event types an observation tells apart. */
export const TYPES_MAX = 1_000;
/** Fields of one event type, at all depths. */
export const FIELDS_MAX = 200;
/** Fields of all types together: about 1.5 kB each at worst. */
export const FIELDS_TOTAL_MAX = 20_000;
/** Different values of one field that are counted; with more it is not a list of values. */
export const VALUES_MAX = 20;
/** Characters of a value that is counted. */
const VALUE_CHARS_MAX = 40;
/** Levels that are gone into. */
const DEPTH_MAX = 6;
/** Elements of one array that are looked at. */
const ELEMENTS_MAX = 10;
/** Events of a type that are all looked into before the share counts. */
export const SAMPLE_FIRST = 200;

export interface FieldObservation {
  /** Times the field was there. */
  count: number;
  types: Partial<Record<Atom, number>>;
  /** Times each text was seen; undefined once there were more than VALUES_MAX. */
  values: Record<string, number> | undefined;
  /** Texts that were of each format. */
  formats: Partial<Record<DetectedFormat, number>>;
}

export interface TypeObservation {
  /** Events seen, and of those looked into. */
  seen: number;
  sampled: number;
  /** By place: see place.ts. */
  fields: Record<string, FieldObservation>;
  /** Fields there was no room for. */
  fieldsDropped: number;
}

export interface Observation {
  types: Record<string, TypeObservation>;
  /** Events of types there was no room for. */
  eventsDropped: number;
}

/** A field and what it is called in its parent: a member's name, or undefined for the elements of an array. */
export interface PlacedField {
  name: string | undefined;
  place: string;
  field: FieldObservation;
}

/** The fields by the place of what they are in. */
export function groupByParent({ fields }: TypeObservation): ReadonlyMap<string, readonly PlacedField[]> {
  const children = new Map<string, PlacedField[]>();
  for (const [place, field] of Object.entries(fields)) {
    const cut = place.lastIndexOf('/');
    const parent = place.slice(0, cut);
    const list = children.get(parent) ?? [];
    list.push({ name: readName(place.slice(cut + 1)), place, field });
    children.set(parent, list);
  }
  return children;
}

export const createObservation = (): Observation => ({ types: emptyRecord(), eventsDropped: 0 });

/** Names come from outside: a record without a prototype has no "constructor" in it. */
const emptyRecord = <T>(): Record<string, T> => Object.create(null) as Record<string, T>;

export interface Observer {
  /** Notes one event. A microsecond when it is not in the sample. */
  observe(event: string, eventId: string, properties: JsonObject): void;
  /** What was seen since the last call. */
  take(): Observation;
}

/** `share`: of events beyond the first of a type, the part that is looked into, 0 to 1. */
export function createObserver({ share = 1 / 16 }: { share?: number } = {}): Observer {
  let observation = createObservation();
  let fieldsTotal = 0;
  const threshold = share * 2 ** 32;

  function fieldOf(type: TypeObservation, place: string): FieldObservation | undefined {
    const known = type.fields[place];
    if (known !== undefined) return known;
    if (Object.keys(type.fields).length >= FIELDS_MAX || fieldsTotal >= FIELDS_TOTAL_MAX) {
      type.fieldsDropped++;
      return undefined;
    }
    fieldsTotal++;
    const field: FieldObservation = { count: 0, types: {}, values: emptyRecord(), formats: {} };
    type.fields[place] = field;
    return field;
  }

  function note(type: TypeObservation, place: string, value: JsonValue, depth: number): void {
    const field = fieldOf(type, place);
    if (field === undefined) return;
    noteValue(field, value);
    if (depth >= DEPTH_MAX) return;
    if (isJsonObject(value)) noteMembers(type, place, value, depth);
    else if (Array.isArray(value)) {
      for (const element of value.slice(0, ELEMENTS_MAX))
        note(type, placeOfElements(place), element, depth + 1);
    }
  }

  function noteMembers(type: TypeObservation, place: string, object: JsonObject, depth: number): void {
    for (const name of Object.keys(object)) {
      note(type, placeOfMember(place, name), object[name]!, depth + 1);
    }
  }

  return {
    observe(event, eventId, properties) {
      let type = observation.types[event];
      if (type === undefined) {
        if (Object.keys(observation.types).length >= TYPES_MAX) {
          observation.eventsDropped++;
          return;
        }
        type = { seen: 0, sampled: 0, fields: emptyRecord(), fieldsDropped: 0 };
        observation.types[event] = type;
      }
      type.seen++;
      if (type.sampled >= SAMPLE_FIRST && hashText(eventId) >= threshold) return;
      type.sampled++;
      noteMembers(type, '', properties, 0);
    },
    take() {
      const taken = observation;
      observation = createObservation();
      fieldsTotal = 0;
      return taken;
    },
  };
}

function noteValue(field: FieldObservation, value: JsonValue): void {
  field.count++;
  const type = atomOf(value);
  field.types[type] = (field.types[type] ?? 0) + 1;
  if (typeof value !== 'string') return;
  const format = detectFormat(value);
  if (format !== undefined) field.formats[format] = (field.formats[format] ?? 0) + 1;
  if (field.values === undefined) return;
  if (value.length > VALUE_CHARS_MAX) field.values = undefined;
  else addValue(field, value, 1);
}

function addValue(field: FieldObservation, value: string, count: number): void {
  const { values } = field;
  if (values === undefined) return;
  if (values[value] === undefined && Object.keys(values).length >= VALUES_MAX) field.values = undefined;
  else values[value] = (values[value] ?? 0) + count;
}

/** FNV-1a, and then mixed, for its upper bits alone are no even sample of ids that count up. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Adds `more` to `into`. The order of additions does not matter as long as no limit is reached. */
export function mergeObservations(into: Observation, more: Observation): void {
  into.eventsDropped += more.eventsDropped;
  let fieldsTotal = Object.values(into.types).reduce((sum, type) => sum + Object.keys(type.fields).length, 0);
  for (const [event, type] of Object.entries(more.types)) {
    let own = into.types[event];
    if (own === undefined) {
      if (Object.keys(into.types).length >= TYPES_MAX) {
        into.eventsDropped += type.seen;
        continue;
      }
      own = { seen: 0, sampled: 0, fields: emptyRecord(), fieldsDropped: 0 };
      into.types[event] = own;
    }
    fieldsTotal += mergeType(own, type, FIELDS_TOTAL_MAX - fieldsTotal);
  }
}

/** Returns how many fields were added. */
function mergeType(into: TypeObservation, more: TypeObservation, room: number): number {
  into.seen += more.seen;
  into.sampled += more.sampled;
  into.fieldsDropped += more.fieldsDropped;
  let added = 0;
  for (const [place, field] of Object.entries(more.fields)) {
    let own = into.fields[place];
    if (own === undefined) {
      if (Object.keys(into.fields).length >= FIELDS_MAX || added >= room) {
        into.fieldsDropped += field.count;
        continue;
      }
      own = { count: 0, types: {}, values: emptyRecord(), formats: {} };
      into.fields[place] = own;
      added++;
    }
    mergeField(own, field);
  }
  return added;
}

function mergeField(into: FieldObservation, more: FieldObservation): void {
  into.count += more.count;
  for (const type of ATOMS) {
    const count = more.types[type];
    if (count !== undefined) into.types[type] = (into.types[type] ?? 0) + count;
  }
  for (const [format, count] of Object.entries(more.formats)) {
    const name = format as DetectedFormat;
    into.formats[name] = (into.formats[name] ?? 0) + count;
  }
  if (more.values === undefined) into.values = undefined;
  else for (const [value, count] of Object.entries(more.values)) addValue(into, value, count);
}
