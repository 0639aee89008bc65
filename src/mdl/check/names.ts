/**
 * Names of events, properties and cohorts against the catalogue.
 *
 * A name that is registered or was seen is known. One that is not, but nearly is (see suggest.ts), is a mistake: an
 * error with the name that was probably meant. One that resembles nothing may simply not have arrived yet, so it is a
 * warning; in a project that accepts registered types only, and for an event whose schema is closed, it is an error. In a metric
 * that was taken before, what would be an error is a warning: names that arrive later break no saved metric.
 */
import { type EventEntry, joinEntries, type PropertyEntry, type PropertyType } from '../catalogue.js';
import { formatPath } from '../parse/path.js';
import { findNearest, findSuggestion } from '../suggest.js';
import type { PathNode, SelectionNode } from '../tree.js';
import { EVENT_COLUMNS } from '../vocabulary.js';
import { type Scope, suggest } from './scope.js';

/** The events a selection covers, as known; none when its event is unknown. */
export function listEvents(scope: Scope, selection: SelectionNode): readonly EventEntry[] {
  if (selection.event === undefined) return [...scope.catalogue.events.values()];
  const entry = scope.catalogue.events.get(selection.event);
  return entry ? [entry] : [];
}

export function checkEvent(scope: Scope, selection: SelectionNode): void {
  const { event, eventSpan } = selection;
  if (event === undefined || event === '' || scope.catalogue.events.has(event)) return;
  const nearest = findNearest(event, scope.catalogue.events.keys());
  const details = { expected: 'the name of an event', found: event };
  if (nearest !== undefined) {
    const hint = suggest(nearest, scope.catalogue.events.get(nearest)!.seen);
    scope.misnamed('unknown_event', eventSpan, `unknown event "${event}"`, { ...details, hint });
  } else if (scope.catalogue.strict) {
    const begun = findSuggestion(event, [...scope.catalogue.events.keys()]);
    const hint = begun
      ? suggest(begun, scope.catalogue.events.get(begun)!.seen)
      : 'register its type first; this project takes registered events only';
    scope.misnamed('unknown_event', eventSpan, `unknown event "${event}"`, { ...details, hint });
  } else {
    scope.warn('unknown_event', eventSpan, `the event "${event}" has not been seen yet`, {
      ...details,
      hint: 'it counts as nothing until the first one arrives',
    });
  }
}

/** What a path reaches: a property's entry, a column's type, or undefined when nothing is known of it. */
export function findProperty(
  scope: Scope,
  path: PathNode,
  selections: readonly SelectionNode[],
): PropertyEntry | undefined {
  const name = path.segments.join('.');
  switch (path.root) {
    case 'event': {
      const type = Object.hasOwn(EVENT_COLUMNS, name) ? EVENT_COLUMNS[name] : undefined;
      return type && { types: type === 'text' ? ['text'] : [], seen: 0 };
    }
    case 'context':
      return scope.catalogue.contextProperties.get(name);
    case 'user':
      return name === 'id' ? { types: ['text'], seen: 0 } : scope.catalogue.userProperties.get(name);
    case 'user_then':
      return scope.catalogue.userProperties.get(name);
    case 'properties': {
      const events = selections.flatMap((selection) => listEvents(scope, selection));
      return joinEntries(
        events.map((event) => event.properties.get(name)).filter((entry) => entry !== undefined),
      );
    }
  }
}

/** Whether the path is a column that holds a time. */
export const isTimeColumn = (path: PathNode): boolean =>
  path.root === 'event' && EVENT_COLUMNS[path.segments.join('.')] === 'time';

/**
 * The property a path reaches, reported when nothing is known of it. Quiet when the events themselves are unknown:
 * they have been reported, and their properties would only echo it.
 */
export function checkProperty(
  scope: Scope,
  path: PathNode,
  selections: readonly SelectionNode[],
  hint?: string,
): PropertyEntry | undefined {
  const entry = findProperty(scope, path, selections);
  if (entry) return entry;
  const name = path.segments.join('.');
  if (path.root === 'event') {
    const columns = Object.keys(EVENT_COLUMNS);
    const nearest = findSuggestion(name, columns);
    scope.error('unknown_property', path.span, `an event has no column "${name}"`, {
      expected: columns.join(', '),
      found: name,
      hint: nearest
        ? `did you mean event.${nearest}?`
        : `known are ${columns.map((c) => `event.${c}`).join(', ')}`,
    });
    return undefined;
  }
  const known = listProperties(scope, path, selections);
  if (known) reportUnknownProperty(scope, path, selections, known, hint);
  return undefined;
}

/** The properties a path could have meant; undefined when nothing is known of its owner. */
function listProperties(
  scope: Scope,
  path: PathNode,
  selections: readonly SelectionNode[],
): ReadonlyMap<string, PropertyEntry> | undefined {
  if (path.root === 'context') return scope.catalogue.contextProperties;
  if (path.root === 'user' || path.root === 'user_then') return scope.catalogue.userProperties;
  const events = selections.flatMap((selection) => listEvents(scope, selection));
  return events.length === 0 ? undefined : new Map(events.flatMap((event) => [...event.properties]));
}

function reportUnknownProperty(
  scope: Scope,
  path: PathNode,
  selections: readonly SelectionNode[],
  known: ReadonlyMap<string, PropertyEntry>,
  hint: string | undefined,
): void {
  const name = path.segments.join('.');
  const owner = describeOwner(path, selections);
  const nearest = findNearest(name, known.keys());
  const closed =
    path.root === 'properties' &&
    selections.flatMap((s) => listEvents(scope, s)).every((event) => event.closed);
  const details = { expected: `a property of ${owner}`, found: name };
  if (hint !== undefined) {
    scope.misnamed('unknown_property', path.span, `${owner} has no property "${name}"`, { ...details, hint });
  } else if (nearest !== undefined) {
    scope.misnamed('unknown_property', path.span, `${owner} has no property "${name}"`, {
      ...details,
      hint: suggest(nearest, known.get(nearest)!.seen),
    });
  } else if (closed) {
    const names = [...known.keys()].slice(0, 8).join(', ');
    scope.misnamed('unknown_property', path.span, `${owner} has no property "${name}"`, {
      ...details,
      hint: `its schema allows ${names || 'none'}`,
    });
  } else {
    scope.warn(
      'unknown_property',
      path.span,
      path.root === 'properties'
        ? `no ${formatPath(path)} of ${owner} has been seen yet`
        : `no ${formatPath(path)} has been seen yet`,
      {
        ...details,
        hint: 'it is absent until the first event brings it',
      },
    );
  }
}

function describeOwner(path: PathNode, selections: readonly SelectionNode[]): string {
  if (path.root === 'context') return 'the context';
  if (path.root === 'user' || path.root === 'user_then') return 'the user';
  const names = [...new Set(selections.map((s) => s.event ?? 'any event'))];
  return names.length <= 3
    ? names.join(' or ')
    : `${names.slice(0, 3).join(', ')} or ${names.length - 3} more`;
}

const ARTICLES: Readonly<Record<PropertyType, string>> = {
  number: 'a number',
  text: 'a text',
  boolean: 'true or false',
  list: 'a list',
  object: 'an object',
};

export const describeTypes = (types: readonly PropertyType[]): string =>
  types.map((type) => ARTICLES[type]).join(' or ');
