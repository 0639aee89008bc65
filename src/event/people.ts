/** Events that say something about people, whatever their type: who is the same, and what is known of them. */
import type { JsonObject } from './json.js';

/** Types whose events join an old id to the event's person. */
export const LINK_EVENTS: readonly string[] = ['$identify', '$alias'];

/** Properties of an event, of any type, that change the properties of its person. */
const CHANGES = ['$set', '$set_once', '$unset'];

/** Whether an event joins ids or changes a person's properties. */
export const isAboutPerson = (event: string, properties: JsonObject): boolean =>
  LINK_EVENTS.includes(event) || CHANGES.some((name) => properties[name] !== undefined);
