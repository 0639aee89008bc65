/** What the forms of funnels and experiments share: an event, or alternatives, with conditions. */
import { type Condition, readWhere, toWhere } from '../ui/where.js';

/** Fields as they were saved. */
export type Fields = Readonly<Record<string, unknown>>;

export interface AskedMatch {
  /** One event, or alternatives. */
  events: string[];
  where: Condition[];
  /** What was saved beside and has no field on the form. */
  kept?: Fields;
}

export const EMPTY_MATCH: AskedMatch = { events: [''], where: [] };

export const isNamed = ({ events }: AskedMatch): boolean => events.some((event) => event !== '');

/** `{event}` or `{any_of}`, with its `where`. */
export function composeMatch({ events, where, kept }: AskedMatch): Record<string, unknown> {
  const named = events.filter((event) => event !== '');
  const tests = toWhere(where);
  return {
    ...kept,
    ...(named.length === 1 ? { event: named[0] } : { any_of: named }),
    ...(tests ? { where: tests } : {}),
  };
}

/** Of what the caller has no field for either, everything is kept. */
export const readMatch = ({ event, any_of, where, ...kept }: Fields): AskedMatch => ({
  events: Array.isArray(any_of) ? any_of.map(String) : [String(event ?? '')],
  where: readWhere(where),
  ...(Object.keys(kept).length > 0 ? { kept } : {}),
});

/** What the interface says of a saved question beside what was saved. */
const ABOUT = new Set(['id', 'name', 'version', 'versions', 'created_at', 'updated_at']);

/** A saved question as it was sent, but for its name. */
export const readSavedFields = (saved: Fields): Fields =>
  Object.fromEntries(Object.entries(saved).filter(([field]) => !ABOUT.has(field)));

/** A field of text; empty when there is none. */
export const readText = (value: unknown): string => (typeof value === 'string' ? value : '');

export const readNames = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

export const readList = (value: unknown): Fields[] => (Array.isArray(value) ? (value as Fields[]) : []);
