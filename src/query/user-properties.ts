/**
 * Properties of people, as SQL. `user.plan` is what is known of the event's person now, `user_then.plan` what was known at the
 * event's time, both from the changes that events brought (migrations/clickhouse/0012).
 *
 * A statement that reads some is joined with the view `user_timelines` (0013): for each property of a person its states in the order of
 * time, as JSON; '' where it was unset. Now is the last of them. Only the changes of properties the statement names are
 * read, which are neighbours in the table. Which ones it names is read off the printed statement
 * (findUserNames), so that a condition can be printed without saying beforehand what it will need.
 */
import { type Params, type Printed, print, printQuoted } from './printed.js';

export type Moment = 'now' | 'then';

const MARK = /user_timelines\['((?:[^'\\]|\\.)*)'\]/g;

/** The names of the user properties that a printed statement reads. */
export function findUserNames(text: string): string[] {
  const names = new Set<string>();
  for (const match of text.matchAll(MARK)) names.add(match[1]!.replace(/\\(.)/g, '$1'));
  return [...names];
}

/** The value of a user property as JSON text, '' when there is none. */
export function printUserValue(moment: Moment, name: string, segments: readonly string[]): Printed {
  const timeline = print`users.user_timelines[${printQuoted(name)}]`;
  const value =
    moment === 'now'
      ? print`${timeline}[-1].2`
      : print`arrayLast(state -> state.1 <= toUnixTimestamp64Milli(timestamp), ${timeline}).2`;
  if (segments.length === 0) return value;
  const path = segments.reduce<Printed>((text, segment) => print`${text}, ${printQuoted(segment)}`, print``);
  return print`JSONExtractRaw(${value}${path})`;
}

/** Joins events with the timelines of these properties, as `users`. `key` is the key of the event's person. */
export const printTimelinesJoin = (
  project: string,
  names: readonly string[],
  key: Printed,
  params: Params,
): Printed =>
  print`left any join user_timelines(project = ${params.bind('String', project)}, names = ${params.bind('Array(String)', names)}) as users on users.user_key = ${key}`;
