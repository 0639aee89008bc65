/**
 * Where in an event a field was seen: a JSON pointer in which `*` stands for the elements of an array. A property whose
 * name is "*" is written "~2". The place of the properties themselves is "".
 */
import { extendPointer } from '../schema/pointer.js';
import type { FieldObservation, TypeObservation } from './observation.js';

const ELEMENTS = '*';
const STAR = '~2';

export const placeOfElements = (parent: string): string => `${parent}/${ELEMENTS}`;

export const placeOfMember = (parent: string, name: string): string =>
  name === ELEMENTS ? `${parent}/${STAR}` : extendPointer(parent, name);

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

function readName(token: string): string | undefined {
  if (token === ELEMENTS) return undefined;
  return token === STAR ? ELEMENTS : token.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** A place as people write it: "items[].price". */
export function formatPlace(place: string): string {
  let text = '';
  for (const token of place.split('/').slice(1)) {
    const name = readName(token);
    text += name === undefined ? '[]' : text === '' ? name : `.${name}`;
  }
  return text;
}
