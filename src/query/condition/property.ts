import type { Moment } from '../user-properties.js';
import { type CohortProperty, formatCohort } from './cohort.js';

/**
 * What a request may name. `plan` is an event property, dots go deeper; `context.…` reads the event's context; `event.…` is one
 * of the columns below; `user.id` is the person the event belongs to, `user.…` what is known of her now, `user_then.…` what was known
 * at the event's time.
 */
export type Property =
  | { readonly kind: 'path'; readonly column: 'properties' | 'context'; readonly segments: readonly string[] }
  | { readonly kind: 'column'; readonly name: EventColumn }
  | UserProperty
  | CohortProperty;

/** Columns a request may read: what it calls them, and whether they hold text or a time. Empty text counts as absent. */
export const EVENT_COLUMNS = {
  event: 'text',
  event_id: 'text',
  user_id: 'text',
  anonymous_id: 'text',
  session_id: 'text',
  person: 'text',
  timestamp: 'time',
  received_at: 'time',
  sent_at: 'time',
} as const;

export type EventColumn = keyof typeof EVENT_COLUMNS;

/** Of the event's person: its first part is the name that was set, further parts lead into an object that was its value. */
export interface UserProperty {
  readonly kind: 'user';
  readonly moment: Moment;
  readonly segments: readonly string[];
}

/** How a name begins that speaks of the person, and as of when. */
const USER_ROOTS: Readonly<Record<string, Moment>> = { user: 'now', user_then: 'then' };

const MAX_LENGTH = 400;
const MAX_DEPTH = 20;

const isColumn = (name: string): name is EventColumn => Object.hasOwn(EVENT_COLUMNS, name);

/** What a name means, or the sentence that says what is wrong with it. */
export function parseProperty(text: string): Property | { readonly problem: string } {
  if (text.length === 0) return { problem: 'A property has a name.' };
  if (text.length > MAX_LENGTH) return { problem: `A property's name has at most ${MAX_LENGTH} characters.` };
  const segments = text.split('.');
  const [first, ...rest] = segments as [string, ...string[]];
  if (rest.length > 0 && first === 'event') return parseColumn(rest.join('.'));
  if (text === 'user.id') return { kind: 'column', name: 'person' };
  const problem = findPathProblem(segments, text);
  if (problem !== undefined) return { problem };
  if (rest.length > 0 && Object.hasOwn(USER_ROOTS, first))
    return { kind: 'user', moment: USER_ROOTS[first]!, segments: rest };
  if (rest.length > 0 && first === 'context') return { kind: 'path', column: 'context', segments: rest };
  return { kind: 'path', column: 'properties', segments };
}

function parseColumn(name: string): Property | { readonly problem: string } {
  const column = name === 'name' ? 'event' : name;
  if (isColumn(column)) return { kind: 'column', name: column };
  return {
    problem: `"event.${name}" is no column of an event. There are: ${Object.keys(EVENT_COLUMNS)
      .map((known) => `event.${known}`)
      .join(', ')}.`,
  };
}

function findPathProblem(segments: readonly string[], text: string): string | undefined {
  if (segments.length > MAX_DEPTH) return `"${text.slice(0, 40)}…" goes deeper than ${MAX_DEPTH} levels.`;
  for (const segment of segments) {
    if (segment === '') return `"${text}" has an empty part; dots stand between the parts of a path.`;
    // The engine reads these marks at the start of a part as asking for a sub-object or a type.
    if (segment.startsWith('^') || segment.startsWith(':'))
      return `"${text}": no part of a path may begin with ^ or :.`;
    if (segment.includes('\0')) return 'A property has no NUL character in its name.';
  }
  return undefined;
}

/** The name a property goes by in an answer: as asked. */
export function formatProperty(property: Property): string {
  if (property.kind === 'cohort') return formatCohort(property);
  if (property.kind === 'user')
    return [property.moment === 'now' ? 'user' : 'user_then', ...property.segments].join('.');
  if (property.kind === 'column') return `event.${property.name}`;
  return [...(property.column === 'context' ? ['context'] : []), ...property.segments].join('.');
}
