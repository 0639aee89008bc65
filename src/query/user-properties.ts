/**
 * Properties of people, as SQL. `user.plan` is what is known of the event's person now, `user_then.plan` what was known at the
 * event's time, both from the changes that events brought (migrations/clickhouse/0012).
 *
 * A statement that reads some is joined with a *timeline* of each person's: for each property its values in the order of time, one
 * for each instant at which it changed, as JSON; '' where it was unset. Now is the last of them. Only the changes of properties
 * the statement names are read, which are neighbours in the table. Which ones it names is read off the printed statement
 * (findUserNames), so that a condition can be printed without saying beforehand what it will need.
 */
import { printMergedJoin, printMergedKey } from './overrides.js';
import { fillSql, type Params, type Printed, print, printQuoted } from './printed.js';

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

/** The statement whose rows are `user_key` and `user_timelines`, a map from name to [(epoch ms, JSON)]. */
export function printTimelines(
  { project, merged }: { readonly project: string; readonly merged?: boolean },
  names: readonly string[],
  params: Params,
): Printed {
  const key = print`changes.person_key`;
  return fillSql('clickhouse/user-timelines.sql', {
    project: params.bind('String', project),
    names: params.bind('Array(String)', names),
    key: merged ? printMergedKey(key) : key,
    joined: merged ? printMergedJoin(key, project, params) : print``,
  });
}
