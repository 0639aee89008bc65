/**
 * What was seen of an event type: which properties, how often, of which types, with which values. It is bounded by the limits
 * below, and what did not fit is counted.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.js';
import { type Atom, atomOf } from '../compat/conjunction.js';
import { type DetectedFormat, detectFormat } from './format.js';
import { placeOfElements, placeOfMember, readName } from './place.js';

/** Fields of an event type, at all depths. */
export const FIELDS_MAX = 200;
/** Different values of one field that are counted; with more it is not a list of values. */
export const VALUES_MAX = 20;
/** Characters of a value that is counted. */
const VALUE_CHARS_MAX = 40;
/** Levels that are gone into. */
const DEPTH_MAX = 6;
/** Elements of one array that are looked at. */
const ELEMENTS_MAX = 10;

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
  /** Events looked into. */
  sampled: number;
  /** By place: see place.ts. */
  fields: Record<string, FieldObservation>;
  /** Times a field was seen there was no room for. */
  fieldsDropped: number;
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

/** Names come from outside: a record without a prototype has no "constructor" in it. */
const emptyRecord = <T>(): Record<string, T> => Object.create(null) as Record<string, T>;

/** What is seen of the properties of some events of one type. */
export function observeEvents(events: readonly JsonObject[]): TypeObservation {
  const seen: TypeObservation = { sampled: events.length, fields: emptyRecord(), fieldsDropped: 0 };
  for (const properties of events) noteMembers(seen, '', properties, 0);
  return seen;
}

function noteMembers(seen: TypeObservation, place: string, object: JsonObject, depth: number): void {
  for (const name of Object.keys(object)) note(seen, placeOfMember(place, name), object[name]!, depth + 1);
}

function note(seen: TypeObservation, place: string, value: JsonValue, depth: number): void {
  const field = fieldOf(seen, place);
  if (field === undefined) return;
  noteValue(field, value);
  if (depth >= DEPTH_MAX) return;
  if (isJsonObject(value)) noteMembers(seen, place, value, depth);
  else if (Array.isArray(value)) {
    for (const element of value.slice(0, ELEMENTS_MAX))
      note(seen, placeOfElements(place), element, depth + 1);
  }
}

function fieldOf(seen: TypeObservation, place: string): FieldObservation | undefined {
  const known = seen.fields[place];
  if (known !== undefined) return known;
  if (Object.keys(seen.fields).length >= FIELDS_MAX) {
    seen.fieldsDropped++;
    return undefined;
  }
  const field: FieldObservation = { count: 0, types: {}, values: emptyRecord(), formats: {} };
  seen.fields[place] = field;
  return field;
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
  else countValue(field, value);
}

function countValue(field: FieldObservation, value: string): void {
  const { values } = field;
  if (values === undefined) return;
  if (values[value] === undefined && Object.keys(values).length >= VALUES_MAX) field.values = undefined;
  else values[value] = (values[value] ?? 0) + 1;
}
