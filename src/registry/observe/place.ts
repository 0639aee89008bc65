/**
 * Where in an event a field was seen: a JSON pointer in which `*` stands for the elements of an array. A property whose
 * name is "*" is written "~2". The place of the properties themselves is "".
 */
import { extendPointer } from '../schema/pointer.js';

const ELEMENTS = '*';
const STAR = '~2';

export const placeOfElements = (parent: string): string => `${parent}/${ELEMENTS}`;

export const placeOfMember = (parent: string, name: string): string =>
  name === ELEMENTS ? `${parent}/${STAR}` : extendPointer(parent, name);

/** What the last part of a place stands for: a member's name, or undefined for the elements of an array. */
export function readName(token: string): string | undefined {
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
