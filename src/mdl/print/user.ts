/**
 * Properties of people: for each, its timeline from the view `user_timelines`, joined as `users` (storage.ts). Now is the timeline's
 * last state, then the last one not later than the event. Values are JSON texts, '' where there is none.
 */
import type { Property } from '../plan/types.js';
import { type Sql, sql, text } from './sql.js';

export type UserProperty = Extract<Property, { kind: 'user' }>;

function printValue({ moment, segments: [name, ...path] }: UserProperty): Sql {
  const timeline = sql`users.user_timelines[${text(name!)}]`;
  const value =
    moment === 'now'
      ? sql`${timeline}[-1].2`
      : sql`arrayLast(state -> state.1 <= toUnixTimestamp64Milli(timestamp), ${timeline}).2`;
  if (path.length === 0) return value;
  return sql`JSONExtractRaw(${path.reduce((all, segment) => sql`${all}, ${text(segment)}`, value)})`;
}

const NUMBERS = sql`('Int64', 'UInt64', 'Double')`;

export function printUserTyped(property: UserProperty, type: 'number' | 'text' | 'boolean'): Sql {
  const value = printValue(property);
  if (type === 'number') return sql`if(JSONType(${value}) in ${NUMBERS}, JSONExtractFloat(${value}), null)`;
  return type === 'text'
    ? sql`if(JSONType(${value}) = 'String', JSONExtractString(${value}), null)`
    : sql`if(JSONType(${value}) = 'Bool', JSONExtractBool(${value}), null)`;
}

/** The JSON, null where absent; objects are no values. */
export function printUserJson(property: UserProperty): Sql {
  const value = printValue(property);
  return sql`if(${value} = '' or JSONType(${value}) in ('Null', 'Object'), null, ${value})`;
}

export const printUserIsSet = (property: UserProperty): Sql =>
  sql`(${printValue(property)} not in ('', 'null', '{}'))`;

export function printUserListHas(
  property: UserProperty,
  value: Sql,
  type: 'number' | 'text' | 'boolean',
): Sql {
  const element =
    type === 'number'
      ? sql`JSONType(e) in ${NUMBERS} and JSONExtractFloat(e)`
      : type === 'text'
        ? sql`JSONType(e) = 'String' and JSONExtractString(e)`
        : sql`JSONType(e) = 'Bool' and JSONExtractBool(e)`;
  return sql`arrayExists(e -> ${element} = ${value}, JSONExtractArrayRaw(${printValue(property)}))`;
}
