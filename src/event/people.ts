/** Events that say something about people, whatever their type: who is the same, and what is known of them. */
import type { JsonObject } from './json.js';

/** Projects of a batch whose events say so. */
export interface AboutPeople {
  /** They join ids. */
  links: string[];
  /** They change properties of people. */
  changes: string[];
}

/** Types whose events join an old id to the event's person. */
const LINK_EVENTS: readonly string[] = ['$identify', '$alias'];
/** Properties of an event, of any type, that change those of its person. */
const CHANGES: readonly string[] = ['$set', '$set_once', '$unset'];

export const joinsIds = (event: string): boolean => LINK_EVENTS.includes(event);

export const changesPerson = (properties: JsonObject): boolean =>
  CHANGES.some((name) => properties[name] !== undefined);
