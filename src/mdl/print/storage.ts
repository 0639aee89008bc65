/**
 * Where things lie in the engine: columns of `events`, paths of its JSON columns, the tables of users and members of cohorts.
 * Knowledge of the physical tables stays in this file.
 */
import type { Dimension, Property, ReadValue } from '../plan/types.js';
import { type Binder, EMPTY, quoteName, type Sql, sql, word } from './sql.js';
import { printUserIsSet, printUserJson, printUserListHas, printUserTyped } from './user.js';

/** The unit every person is counted by; when ids were joined, printPeople says what the name means. */
export const PERSON = sql`person_key`;

/** Text columns say "absent" with an empty text. */
const COLUMNS: Readonly<Record<string, Sql>> = {
  event: sql`toString(event)`,
  event_id: sql`event_id`,
  user_id: sql`nullIf(user_id, '')`,
  anonymous_id: sql`nullIf(anonymous_id, '')`,
  session_id: sql`nullIf(session_id, '')`,
  person: sql`person`,
  timestamp: sql`toFloat64(toUnixTimestamp64Milli(timestamp))`,
  received_at: sql`toFloat64(toUnixTimestamp64Milli(received_at))`,
  sent_at: sql`toFloat64(toUnixTimestamp64Milli(sent_at))`,
};

const joinPath = (column: Sql, segments: readonly string[]): Sql =>
  segments.reduce((path, segment) => sql`${path}.${quoteName(segment)}`, column);

/** The path of a property, without a type. */
function printPath(property: Extract<Property, { kind: 'path' }>): Sql {
  return joinPath(property.column === 'properties' ? sql`properties` : sql`context`, property.segments);
}

/** The property read as one JSON type: null where it is absent or of another. A column is read as it is. */
function printTyped(property: Property, type: 'number' | 'text' | 'boolean'): Sql {
  if (property.kind === 'column') return COLUMNS[property.name]!;
  if (property.kind === 'user') return printUserTyped(property, type);
  const path = printPath(property);
  if (type === 'number') return sql`${path}.:\`Float64\``;
  return type === 'text' ? sql`${path}.:\`String\`` : sql`${path}.:\`Bool\``;
}

/** Whether a column or path can be read as the type at all. */
export const canBe = (property: Property, type: 'number' | 'text' | 'boolean'): boolean =>
  property.kind !== 'column' || (property.type === 'time' ? type === 'number' : type === 'text');

/** The value's JSON, whatever its type, so that 5 and "5" stay apart; null where absent. Objects are no values. */
const printJson = (property: Property): Sql =>
  property.kind === 'user'
    ? printUserJson(property)
    : sql`nullIf(toJSONString(${property.kind === 'column' ? COLUMNS[property.name]! : printPath(property)}), 'null')`;

/** The value as an aggregate reads it: null where it is absent or of another type. */
export const printRead = ({ property, type }: ReadValue): Sql =>
  type === 'json' ? printJson(property) : printTyped(property, type);

/** Whether the property has a value, or is an object with something in it. */
function printIsSet(property: Property): Sql {
  if (property.kind === 'column') return sql`isNotNull(${COLUMNS[property.name]!})`;
  if (property.kind === 'user') return printUserIsSet(property);
  return sql`(isNotNull(${printPath(property)}) or ${printIsObject(property)})`;
}

function printIsObject(property: Extract<Property, { kind: 'path' }>): Sql {
  const [first, ...rest] = property.segments;
  const column = property.column === 'properties' ? sql`properties` : sql`context`;
  return sql`notEmpty(${joinPath(sql`${column}.^${quoteName(first!)}`, rest)})`;
}

/** Whether the property is a list with an element equal to the value. */
function printListHas(
  property: Exclude<Property, { kind: 'column' }>,
  value: Sql,
  type: 'number' | 'text' | 'boolean',
): Sql {
  if (property.kind === 'user') return printUserListHas(property, value, type);
  const element = type === 'number' ? sql`Float64` : type === 'text' ? sql`String` : sql`Bool`;
  return sql`has(${printPath(property)}.:\`Array(Nullable(${element}))\`, ${value})`;
}

/** What stands before a select from events: who they are of, when ids of the project were joined into one person. */
export const printPeople = (merged: boolean | undefined): Sql =>
  merged
    ? sql`with
  if(merged.target_key != 0, merged.target_key, events.person_key) as person_key,
  if(merged.target_key != 0, merged.target, events.person) as person
`
    : EMPTY;

/** The events table, joined with what resolves persons, and with the timelines of the users' properties that are read. */
export function printEvents(
  project: Sql,
  merged: boolean | undefined,
  userNames: readonly string[],
  binder: Binder,
): Sql {
  const overrides = sql`select person_key as merged_key, argMax(target_key, seq) as target_key, argMax(target, seq) as target
  from identity_overrides
  where project = ${project}
  group by person_key`;
  const events = merged
    ? sql`events left any join
(
  ${overrides}
) as merged on merged.merged_key = events.person_key`
    : sql`events`;
  if (userNames.length === 0) return events;
  const key = merged
    ? sql`if(merged.target_key != 0, merged.target_key, events.person_key)`
    : sql`events.person_key`;
  return sql`${events}
left any join user_timelines(project = ${project}, names = ${binder.bind('Array(String)', userNames)}) as users on users.user_key = ${key}`;
}

/** How the tests of a predicate read a property. */
export interface Reader {
  /** Null where it is absent or of another type. */
  typed(property: Property, type: 'number' | 'text' | 'boolean'): Sql;
  isSet(property: Property): Sql;
  listHas(
    property: Exclude<Property, { kind: 'column' }>,
    value: Sql,
    type: 'number' | 'text' | 'boolean',
  ): Sql;
}

/** From rows of `events`. */
export const EVENT_READER: Reader = { typed: printTyped, isSet: printIsSet, listHas: printListHas };

/** What a cohort's members are called: a table expression of its `person_key`s, which who asks puts before the statement. */
export const membersName = (cohort: string): Sql => word(`members_${cohort}`);

/** Whether the event's person is a member of the cohort. */
export const printInCohort = (cohort: string): Sql => sql`(${PERSON} in ${membersName(cohort)})`;

/** What a dimension groups by. */
export const printGroup = (property: Dimension['property']): Sql =>
  property.kind === 'cohort' ? sql`if(${printInCohort(property.id)}, 'true', 'false')` : printJson(property);
