/** Membership told from what was counted of people (numbers.ts), and whose may have changed. */
import type { Condition } from '../condition/condition.js';
import { printMergedJoin, printMergedKey } from '../overrides.js';
import { type EventScope, printResolved } from '../people.js';
import { fillSql, joinPrinted, type Params, type Printed, print } from '../printed.js';
import { printInstant } from '../time/span.js';
import { findUserNames, printTimelinesJoin } from '../user-properties.js';
import { listPersonConditions, type Membership, type Sequence } from './formula.js';
import {
  BEFORE_ALL_MS,
  type Countable,
  listCounted,
  listSequences,
  type Place,
  printPlace,
} from './numbers.js';
import { printEarliest, printFollowed, printFormula } from './print.js';

/** A sequence by the times that were kept of a person. */
function printKept({ steps, fromMs, toMs }: Sequence, index: number, params: Params): Printed {
  const inside = [print`kept.1 < ${params.bind('Int64', toMs)}`];
  if (fromMs !== undefined) inside.push(print`kept.1 >= ${params.bind('Int64', fromMs)}`);
  const times = print`arrayFilter(kept -> ${joinPrinted(inside, ' and ')}, groupArrayArray(times[${index + 1}]))`;
  const [first, ...rest] = steps.map(
    (_, step) =>
      print`arrayMap(kept -> kept.1, arrayFilter(kept -> bitTest(kept.2, ${params.bind('UInt8', step)}), ${times}))`,
  );
  return printFollowed(printEarliest(first!), rest);
}

/** A criterion by the number of a person. */
function printCounted(leaf: Countable, index: number, params: Params): Printed {
  const number = print`numbers[${index + 1}]`;
  if (leaf.kind === 'count') {
    const bounds = [print`sum(${number}) >= ${params.bind('Int64', leaf.least)}`];
    if (leaf.most !== undefined) bounds.push(print`sum(${number}) <= ${params.bind('Int64', leaf.most)}`);
    return print`(${joinPrinted(bounds, ' and ')})`;
  }
  const moment = leaf.which === 'first' ? print`min(${number})` : print`max(${number})`;
  const bounds = [print`${moment} < ${params.bind('Int64', leaf.toMs)}`];
  bounds.push(print`${moment} >= ${params.bind('Int64', leaf.fromMs ?? BEFORE_ALL_MS + 1)}`);
  return print`(${joinPrinted(bounds, ' and ')})`;
}

/** The versions of a cohort that count together. */
export const printVersions = (versions: readonly string[], params: Params): Printed =>
  params.bind('Array(Int64)', versions.map(Number));

/** The people a version of candidates names. */
const printAmong = (place: Place, params: Params): Printed => {
  const { project, cohort, version } = printPlace(place, params);
  return print`counted.person_key in (select person_key from cohort_people where project = ${project} and cohort_id = ${cohort} and version = ${version})`;
};

/** Who belongs by the numbers of some versions: the set of person_key, of all people or of candidates and the ids joined to them. */
export function printCountedMembers(
  membership: Membership,
  scope: EventScope,
  from: { readonly cohort: string; readonly versions: readonly string[]; readonly candidates?: string },
  params: Params,
): Printed {
  const { project, merged } = scope;
  const { cohort, versions, candidates } = from;
  const [counted, sequences] = [listCounted(membership), listSequences(membership)];
  const criteria = printFormula(membership.formula, scope, params, (leaf) =>
    leaf.kind === 'sequence'
      ? printKept(leaf, sequences.indexOf(leaf), params)
      : printCounted(leaf, counted.indexOf(leaf), params),
  );
  const own = print`counted.person_key`;
  const key = merged ? printMergedKey(own) : own;
  const names = findUserNames(criteria);
  const joins = [
    merged ? printMergedJoin(own, project, params) : print``,
    names.length > 0 ? printTimelinesJoin(project, names, key, params) : print``,
  ];
  return fillSql('clickhouse/cohort-counted.sql', {
    people: merged
      ? print`with ${key} as person_key, if(merged.target_key != 0, merged.target, counted.person) as person\n`
      : print``,
    joins: print`${joins[0]!} ${joins[1]!}`,
    project: params.bind('String', project),
    cohort: params.bind('String', cohort),
    versions: printVersions(versions, params),
    among: candidates === undefined ? print`1` : printAmong({ project, cohort, version: candidates }, params),
    criteria,
  });
}

/** The names of what the criteria ask of people. */
const listUserNames = ({ formula }: Membership): readonly string[] => [
  ...new Set(listPersonConditions(formula).flatMap(listNames)),
];

function listNames(condition: Condition): readonly string[] {
  if ('parts' in condition) return condition.parts.flatMap(listNames);
  if (condition.kind === 'not') return listNames(condition.part);
  return condition.property.kind === 'user' ? [condition.property.segments[0]!] : [];
}

/**
 * The keys of whoever's membership may have changed: of whom something was counted by the refresh `counted`, of whom a property changed
 * that was received since, and who was joined, as the people they are now.
 */
export function printCandidateKeys(
  membership: Membership,
  scope: EventScope,
  since: { readonly counted: Place; readonly receivedMs: number; readonly joined: string },
  params: Params,
): Printed {
  const { project, cohort, version } = printPlace(since.counted, params);
  const keys = [
    print`select person_key from cohort_numbers where project = ${project} and cohort_id = ${cohort} and version = ${version}`,
    print`select arrayJoin([person_key, target_key]) as person_key from identity_overrides where project = ${project} and seq >= ${params.bind('UInt64', since.joined)}`,
  ];
  const names = listUserNames(membership);
  if (names.length > 0)
    keys.push(
      print`select person_key from user_property_changes where project = ${project} and name in ${params.bind('Array(String)', names)} and received_at >= ${printInstant(since.receivedMs, params)}`,
    );
  const all = keys.reduce((sql, one) => print`${sql} union all ${one}`);
  return printResolved(scope, all, params);
}
