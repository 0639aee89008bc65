/** Aggregates: their event, their condition, and whether their value is something they can take. */
import { joinEntries, type PropertyEntry } from '../catalogue.js';
import { formatPathInCondition } from '../format/formula.js';
import { findNearest } from '../suggest.js';
import type { AggregateNode, PathNode, SelectionNode } from '../tree.js';
import { AGGREGATES } from '../vocabulary.js';
import { checkCondition } from './conditions.js';
import { checkEvent, checkProperty, describeTypes, isTimeColumn, listEvents } from './names.js';
import { formatTimes, type Scope } from './scope.js';
import { declareUnit, PLAIN_UNIT, UNKNOWN_UNIT, type Unit } from './units.js';

/** Checks a selection's event and condition. */
export function checkSelection(scope: Scope, selection: SelectionNode): void {
  checkEvent(scope, selection);
  if (selection.condition) checkCondition(scope, selection.condition, [selection]);
}

/** Checks an aggregate; answers whether it is a number or a text, and its unit. */
export function checkAggregate(
  scope: Scope,
  aggregate: AggregateNode,
): { value: 'number' | 'text'; unit: Unit } {
  checkSelection(scope, aggregate.selection);
  const { argument } = AGGREGATES[aggregate.name]!;
  const counted = argument === 'events' || argument === 'events_or_value';
  if (!aggregate.path) {
    if (!counted) reportMissingPath(scope, aggregate);
    return { value: 'number', unit: counted ? PLAIN_UNIT : UNKNOWN_UNIT };
  }
  if (argument === 'events') {
    scope.error(
      'wrong_arguments',
      aggregate.path.span,
      `${aggregate.name} counts events and takes no property`,
      {
        expected: 'an event',
        found: formatPathInCondition(aggregate.path),
        hint: `to count different values write uniq, to leave out events without it write: where ${formatPathInCondition(aggregate.path)} is not null`,
      },
    );
    return { value: 'number', unit: PLAIN_UNIT };
  }
  const entry = checkProperty(scope, aggregate.path, [aggregate.selection]);
  if (counted) return { value: 'number', unit: PLAIN_UNIT };
  checkValueType(scope, aggregate, aggregate.path, entry);
  const text = argument === 'value' && isText(aggregate.path, entry);
  return {
    value: text ? 'text' : 'number',
    unit: entry?.unit === undefined ? UNKNOWN_UNIT : declareUnit(entry.unit),
  };
}

/** Whether first and last read the property as a text: it is one and is no number as well. */
export const isText = (path: PathNode, entry: PropertyEntry | undefined): boolean =>
  path.root === 'event' || (entry?.types.includes('text') === true && !entry.types.includes('number'));

function reportMissingPath(scope: Scope, aggregate: AggregateNode): void {
  const event = aggregate.selection.event ?? 'event';
  const numbers = listNumbers(scope, aggregate.selection);
  const example = `${aggregate.name}(${event}.${numbers[0] ?? 'property'})`;
  scope.error(
    'wrong_arguments',
    aggregate.selection.span,
    `${aggregate.name} needs a property of the event`,
    { expected: `an event and a property: ${example}`, found: event, hint: `write ${example}` },
  );
}

/** The numeric properties of a selection's events, the most seen first. */
function listNumbers(scope: Scope, selection: SelectionNode): readonly string[] {
  const all = listEvents(scope, selection).flatMap((event) => [...event.properties]);
  const names = [...new Set(all.map(([name]) => name))];
  const entries = names.map((name) => ({
    name,
    entry: joinEntries(all.filter(([n]) => n === name).map(([, entry]) => entry))!,
  }));
  return entries
    .filter(({ entry }) => entry.types.includes('number'))
    .sort((a, b) => b.entry.seen - a.entry.seen)
    .map(({ name }) => name);
}

function checkValueType(
  scope: Scope,
  aggregate: AggregateNode,
  path: PathNode,
  entry: PropertyEntry | undefined,
): void {
  const name = formatPathInCondition(path);
  const word = AGGREGATES[aggregate.name]!;
  const column = path.root === 'event';
  const types = column ? (isTimeColumn(path) ? [] : ['text' as const]) : (entry?.types ?? []);
  const allowed = word.argument === 'number' ? ['number'] : ['number', 'text'];
  if (
    !(column && isTimeColumn(path)) &&
    (types.length === 0 || types.some((type) => allowed.includes(type)))
  ) {
    warnMixed(scope, path, entry, allowed);
    return;
  }
  const found = column && isTimeColumn(path) ? 'a time' : describeTypes(types);
  const expected = word.argument === 'number' ? 'a number' : 'a number or a text';
  scope.error('wrong_type', path.span, `${aggregate.name} needs ${expected}, "${name}" is ${found}`, {
    expected,
    found,
    ...hintNumber(scope, aggregate, name),
  });
}

function hintNumber(scope: Scope, aggregate: AggregateNode, name: string): { hint?: string } {
  const numbers = listNumbers(scope, aggregate.selection);
  if (numbers.length === 0)
    return { hint: `to count different values write uniq(${aggregate.selection.event ?? '*'}.${name})` };
  return { hint: `did you mean "${findNearest(name, numbers) ?? numbers[0]}"?` };
}

function warnMixed(
  scope: Scope,
  path: PathNode,
  entry: PropertyEntry | undefined,
  allowed: readonly string[],
): void {
  if (!entry || entry.types.length < 2 || path.root === 'event') return;
  const left = isText(path, entry)
    ? entry.types.filter((type) => type !== 'text')
    : entry.types.filter((type) => type !== 'number');
  if (left.length === 0 || !allowed.includes('number')) return;
  const name = formatPathInCondition(path);
  scope.warn(
    'wrong_type',
    path.span,
    `"${name}" is ${describeTypes(entry.types)}; only ${isText(path, entry) ? 'texts' : 'numbers'} are taken`,
    {
      expected: 'one type',
      found: describeTypes(entry.types),
      hint:
        entry.seen > 0
          ? `seen ${formatTimes(entry.seen)}; a schema for the event keeps the others out`
          : 'the schema of the event allows them; one with a single type keeps the others out',
    },
  );
}
