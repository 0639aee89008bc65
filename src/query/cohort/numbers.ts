/**
 * Members by numbers. For each criterion about events a number of each person is kept (migrations/clickhouse/0902): how many matching
 * events lie in its span, or the time of the first or last. A refresh as of T₂ after one as of T₁ adds what changed:
 *
 *   count   events in the span of T₂ less those in the span of T₁
 *   first   the earliest of those before T₂; a set that only grows
 *   last    the latest of those before T₂, likewise
 *
 * R₁ and R₂ are receipts: everything received before them is stored, and just that is counted. An event that counts at one of both
 * and not at the other was received in [R₁, R₂), or before R₁ and has a time in [T₁, T₂), or in [from₁, from₂) of a span that
 * moved. These are read, disjointly, and every one is judged for both instants, so reading more of them would change nothing. Who has
 * none of them has the numbers and the membership she had.
 *
 * Numbers are of the ids of events: whose an id is, and what is known of the person, is looked up when numbers are read. What cannot be
 * told from numbers is a sequence, and events that are told apart by their person.
 */
import type { Condition } from '../condition/condition.js';
import { printCondition } from '../condition/print.js';
import { printMergedJoin, printMergedKey } from '../overrides.js';
import { type EventScope, printResolved } from '../people.js';
import { createParams, fillSql, joinPrinted, type Params, type Printed, print } from '../printed.js';
import { printInstant, printSpan } from '../time/span.js';
import { findUserNames, printTimelinesJoin } from '../user-properties.js';
import {
  type Count,
  type EventLeaf,
  listEventLeaves,
  listEvents,
  listPersonConditions,
  type Membership,
  type Moment,
  mayHoldForNothing,
} from './formula.js';
import { MS, NEVER_MS, printFormula, printRelevant } from './print.js';

/** As of when, and received before when, both epoch ms. */
export interface Instant {
  readonly membership: Membership;
  readonly receivedMs: number;
}

/** Earlier than any event, in ms. */
const BEFORE_ALL_MS = Date.UTC(1800, 0, 1);

type Countable = Count | Moment;

function readsPerson(condition: Condition): boolean {
  if ('parts' in condition) return condition.parts.some(readsPerson);
  if (condition.kind === 'not') return readsPerson(condition.part);
  const { property } = condition;
  if (property.kind === 'column') return property.name === 'person';
  return property.kind !== 'path';
}

const readsName = (condition: Condition): boolean => {
  if ('parts' in condition) return condition.parts.some(readsName);
  if (condition.kind === 'not') return readsName(condition.part);
  return condition.property.kind !== 'user';
};

/** Why numbers do not tell membership, undefined when they do. */
export function findUncounted({ formula }: Membership): 'sequence' | 'person' | undefined {
  const leaves = listEventLeaves(formula);
  if (leaves.some(({ kind }) => kind === 'sequence')) return 'sequence';
  const wheres = leaves.flatMap((leaf) => ('match' in leaf ? [leaf.match.where] : []));
  if (wheres.some((where) => where !== undefined && readsPerson(where))) return 'person';
  return listPersonConditions(formula).some(readsName) ? 'person' : undefined;
}

/** The leaves that have a number, in its order. */
const listCounted = ({ formula }: Membership): readonly Countable[] =>
  listEventLeaves(formula).filter((leaf): leaf is Countable => leaf.kind !== 'sequence');

const printReceived = (ms: number, params: Params): Printed =>
  print`received_at < ${printInstant(ms, params)}`;

function printMatched({ match: { events, where } }: Countable, params: Params): Printed {
  const named = print`event in ${params.bind('Array(String)', events)}`;
  return where ? print`${named} and ${printCondition(where, params)}` : named;
}

/** Whether an event counts at an instant. */
function printSeen(
  { fromMs, toMs }: { readonly fromMs: number | undefined; readonly toMs: number },
  receivedMs: number,
  params: Params,
): Printed {
  const parts = [print`timestamp < ${printInstant(toMs, params)}`, printReceived(receivedMs, params)];
  if (fromMs !== undefined) parts.push(print`timestamp >= ${printInstant(fromMs, params)}`);
  return print`toInt64(${joinPrinted(parts, ' and ')})`;
}

function printNumber(
  leaf: Countable,
  before: Countable | undefined,
  instants: Instants,
  params: Params,
): Printed {
  const { now, last } = instants;
  const matched = printMatched(leaf, params);
  if (leaf.kind === 'moment') {
    const whole = { fromMs: undefined, toMs: now.membership.asOfMs };
    const seen = print`${matched} and ${printSeen(whole, now.receivedMs, params)} = 1`;
    return leaf.which === 'first'
      ? print`ifNull(minOrNullIf(${MS}, ${seen}), ${NEVER_MS})`
      : print`ifNull(maxOrNullIf(${MS}, ${seen}), ${BEFORE_ALL_MS})`;
  }
  const seen = printSeen(leaf, now.receivedMs, params);
  if (!before || !last) return print`sumIf(${seen}, ${matched})`;
  return print`sumIf(${seen} - ${printSeen(before, last.receivedMs, params)}, ${matched})`;
}

/** Two refreshes of the same criteria; without `last` everything is counted. */
export interface Instants {
  readonly now: Instant;
  readonly last?: Instant;
}

const printNamed = (leaves: readonly EventLeaf[], params: Params): Printed =>
  print`event in ${params.bind('Array(String)', [...new Set(leaves.flatMap(listEvents))])}`;

/** Which events have to be read: those received since, and those received before that time moved into a span or out of it. */
function printWhich({ now, last }: Instants, params: Params): readonly Printed[] {
  const relevant = printRelevant(now.membership, params);
  const received = print`${printReceived(now.receivedMs, params)} and ${relevant}`;
  if (!last) return [received];
  const leaves = listCounted(now.membership);
  const [lastMs, nowMs] = [last.membership.asOfMs, now.membership.asOfMs];
  const entered = printSpan({ fromMs: lastMs, toMs: nowMs }, params);
  const moved = mayHoldForNothing(now.membership.formula)
    ? [print`(${entered})`]
    : [print`(${entered} and ${printNamed(leaves, params)})`];
  const before = listCounted(last.membership);
  for (const [index, leaf] of leaves.entries()) {
    const [from, to] = [before[index]!.fromMs, leaf.fromMs];
    if (from === undefined || to === undefined || from === to) continue;
    const left = printSpan({ fromMs: from, toMs: Math.min(to, lastMs) }, params);
    moved.push(print`(${printNamed([leaf], params)} and ${left})`);
  }
  return [
    print`received_at >= ${printInstant(last.receivedMs, params)} and ${received}`,
    print`${printReceived(last.receivedMs, params)} and (${joinPrinted(moved, ' or ')})`,
  ];
}

/** Where a refresh writes. */
export interface Place {
  readonly project: string;
  readonly cohort: string;
  readonly version: string;
}

export const printPlace = ({ project, cohort, version }: Place, params: Params) => ({
  project: params.bind('String', project),
  cohort: params.bind('String', cohort),
  version: params.bind('UInt64', version),
});

/** The statements that write the numbers of a refresh, one after the other; each brings parameters of its own. */
export function printNumbers(instants: Instants, place: Place) {
  const before = instants.last && listCounted(instants.last.membership);
  return [0, ...(before ? [1] : [])].map((index) => {
    const params = createParams();
    const numbers = listCounted(instants.now.membership).map((leaf, i) =>
      printNumber(leaf, before?.[i], instants, params),
    );
    const sql = fillSql('clickhouse/cohort-numbers.sql', {
      ...printPlace(place, params),
      numbers: joinPrinted(numbers, ', '),
      which: printWhich(instants, params)[index]!,
    });
    return { sql, params: params.values };
  });
}

/** A leaf by the numbers of a person. */
function printCounted(leaf: EventLeaf, index: number, params: Params): Printed {
  const number = print`numbers[${index + 1}]`;
  if (leaf.kind === 'count') {
    const bounds = [print`sum(${number}) >= ${params.bind('Int64', leaf.least)}`];
    if (leaf.most !== undefined) bounds.push(print`sum(${number}) <= ${params.bind('Int64', leaf.most)}`);
    return print`(${joinPrinted(bounds, ' and ')})`;
  }
  if (leaf.kind === 'sequence') throw new Error('a sequence has no number');
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
  const indexes = new Map<EventLeaf, number>(listEventLeaves(membership.formula).map((leaf, i) => [leaf, i]));
  const criteria = printFormula(membership.formula, scope, params, (leaf) =>
    printCounted(leaf, indexes.get(leaf)!, params),
  );
  const own = print`counted.person_key`;
  const key = merged ? printMergedKey(own) : own;
  const names = findUserNames(criteria);
  const joins = [
    merged ? printMergedJoin(own, project, params) : print``,
    names.length > 0 ? printTimelinesJoin(project, names, key, params) : print``,
  ];
  return fillSql('clickhouse/cohort-counted.sql', {
    people: merged ? print`with ${key} as person_key\n` : print``,
    joins: print`${joins[0]!} ${joins[1]!}`,
    project: params.bind('String', project),
    cohort: params.bind('String', cohort),
    versions: printVersions(versions, params),
    among: candidates === undefined ? print`1` : printAmong({ project, cohort, version: candidates }, params),
    criteria,
  });
}

/** The names of what the criteria ask of people. */
export const listUserNames = ({ formula }: Membership): readonly string[] => [
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
