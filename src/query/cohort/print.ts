/** A membership as SQL: one scan, grouped by person, and the formula over the counts of each. */
import { printCondition } from '../condition/print.js';
import { type EventScope, type EventSlots, printEvents, printResolved } from '../people.js';
import { fillSql, joinPrinted, type Params, type Printed, print } from '../printed.js';
import type { EventMatch } from '../request.js';
import { printInstant, printSpan, printUntil } from '../time/span.js';
import {
  type Count,
  type EventLeaf,
  type Formula,
  findFrom,
  listEventLeaves,
  listEvents,
  type Membership,
  type Moment,
  mayHoldForNothing,
  type Sequence,
} from './formula.js';

/** Later than any event, in ms. */
export const NEVER_MS = Date.UTC(2300, 0, 1);
export const MS = print`toUnixTimestamp64Milli(timestamp)`;

/** Whether an event matches and lies in a span; what lies at or after the membership's instant is not read at all. */
function printMatch(
  { events, where }: EventMatch,
  span: { readonly fromMs: number | undefined; readonly toMs: number },
  { asOfMs, params }: Printing,
): Printed {
  const parts = [print`event in ${params.bind('Array(String)', events)}`];
  if (span.fromMs !== undefined) parts.push(print`timestamp >= ${printInstant(span.fromMs, params)}`);
  if (span.toMs < asOfMs) parts.push(print`timestamp < ${printInstant(span.toMs, params)}`);
  if (where) parts.push(printCondition(where, params));
  return joinPrinted(parts, ' and ');
}

function printCount(count: Count, printing: Printing): Printed {
  const { least, most } = count;
  const { params } = printing;
  const number = print`countIf(${printMatch(count.match, count, printing)})`;
  const bounds = [print`${number} >= ${params.bind('UInt64', least)}`];
  if (most !== undefined) bounds.push(print`${number} <= ${params.bind('UInt64', most)}`);
  return print`(${joinPrinted(bounds, ' and ')})`;
}

/** The earliest of an array of times, `NEVER_MS` when it is empty. */
export const printEarliest = (times: Printed): Printed =>
  print`arrayMin(arrayPushBack(${times}, ${NEVER_MS}))`;

/**
 * Whether steps were followed, by the earliest time of the first and the times of each later one: the first match of each that is later
 * than that of the step before. Whoever can follow the sequence can follow it so.
 */
export function printFollowed(begun: Printed, later: readonly Printed[]): Printed {
  const ended = later.reduce<Printed>(
    (before, times, index) => printEarliest(print`arrayFilter(t${index} -> t${index} > ${before}, ${times})`),
    begun,
  );
  return print`(${ended} < ${NEVER_MS})`;
}

function printSequence(sequence: Sequence, printing: Printing): Printed {
  const [first, ...rest] = sequence.steps.map((step) => printMatch(step, sequence, printing));
  const begun = print`ifNull(minOrNullIf(${MS}, ${first!}), ${NEVER_MS})`;
  return printFollowed(
    begun,
    rest.map((step) => print`groupArrayIf(${MS}, ${step})`),
  );
}

function printMoment({ which, match, fromMs, toMs }: Moment, printing: Printing): Printed {
  const { asOfMs, params } = printing;
  const all = printMatch(match, { fromMs: undefined, toMs: asOfMs }, printing);
  const moment = which === 'first' ? print`minOrNullIf(${MS}, ${all})` : print`maxOrNullIf(${MS}, ${all})`;
  const bounds = [print`ifNull(${moment}, ${NEVER_MS}) < ${params.bind('Int64', toMs)}`];
  if (fromMs !== undefined) bounds.push(print`ifNull(${moment}, 0) >= ${params.bind('Int64', fromMs)}`);
  return print`(${joinPrinted(bounds, ' and ')})`;
}

/** The people of a fixed cohort's list, by the keys they have today. */
function printList(id: string, scope: EventScope, params: Params): Printed {
  const slots = { project: params.bind('String', scope.project), cohort: params.bind('String', id) };
  return printResolved(scope, fillSql('clickhouse/cohort-list.sql', slots), params);
}

interface Printing {
  readonly asOfMs: number;
  readonly params: Params;
}

/** How a criterion about events is told from a person's events. */
function printLeaf(leaf: EventLeaf, printing: Printing): Printed {
  switch (leaf.kind) {
    case 'count':
      return printCount(leaf, printing);
    case 'sequence':
      return printSequence(leaf, printing);
    case 'moment':
      return printMoment(leaf, printing);
  }
}

/** A formula over the rows of a person, who is the key they are grouped by; `leaf` prints what looks at events. */
export function printFormula(
  formula: Formula,
  scope: EventScope,
  params: Params,
  leaf: (leaf: EventLeaf) => Printed,
): Printed {
  switch (formula.kind) {
    case 'count':
    case 'sequence':
    case 'moment':
      return leaf(formula);
    case 'person':
      return print`max(${printCondition(formula.condition, params)})`;
    case 'list':
      return print`person_key in (${printList(formula.id, scope, params)})`;
    case 'not':
      return print`not (${printFormula(formula.part, scope, params, leaf)})`;
    default: {
      if (formula.parts.length === 0) return formula.kind === 'and' ? print`1` : print`0`;
      const parts = formula.parts.map((part) => printFormula(part, scope, params, leaf));
      return print`(${joinPrinted(parts, formula.kind === 'and' ? ' and ' : ' or ')})`;
    }
  }
}

/**
 * The events that have to be read. Somebody without any matching event is found only by reading everybody; if no such person
 * belongs, the events that are counted are enough.
 */
export function printRelevant({ formula, asOfMs }: Membership, params: Params): Printed {
  const before = printUntil(asOfMs, params);
  if (mayHoldForNothing(formula)) return before;
  const leaves = listEventLeaves(formula);
  const froms = leaves.map(findFrom).filter((ms) => ms !== undefined);
  const span =
    froms.length < leaves.length ? before : printSpan({ fromMs: Math.min(...froms), toMs: asOfMs }, params);
  return print`event in ${params.bind('Array(String)', [...new Set(leaves.flatMap(listEvents))])} and ${span}`;
}

type MemberSlots = EventSlots & Readonly<Record<'project' | 'relevant' | 'criteria', Printed>>;

const printSlots = (membership: Membership, scope: EventScope, params: Params): MemberSlots => ({
  project: params.bind('String', scope.project),
  ...printEvents(scope, params),
  relevant: printRelevant(membership, params),
  criteria: printFormula(membership.formula, scope, params, (leaf) =>
    printLeaf(leaf, { asOfMs: membership.asOfMs, params }),
  ),
});

/** The set of person_key. */
export const printMembers = (membership: Membership, scope: EventScope, params: Params): Printed =>
  fillSql('clickhouse/cohort-members.sql', printSlots(membership, scope, params));

export const printSize = (membership: Membership, scope: EventScope, params: Params): Printed =>
  fillSql('clickhouse/cohort-size.sql', { members: printMembers(membership, scope, params) });

/** A place in the list of members: the name, and whether it is a user's or an anonymous person's. */
export interface MemberPlace {
  readonly name: string;
  readonly known: boolean;
}

/** Members in the order of their names, after the place. */
export const printUsers = (
  membership: Membership,
  scope: EventScope,
  page: { readonly after: MemberPlace | undefined; readonly limit: number },
  params: Params,
): Printed =>
  fillSql('clickhouse/cohort-users.sql', {
    ...printSlots(membership, scope, params),
    after: page.after
      ? print`(name, known) > (${params.bind('String', page.after.name)}, ${params.bind('UInt8', Number(page.after.known))})`
      : print`1`,
    limit: params.bind('UInt64', page.limit),
  });

/** The statement that writes the members as a version of a saved cohort. */
export const printStore = (
  membership: Membership,
  scope: EventScope,
  { cohort, version }: { readonly cohort: string; readonly version: string },
  params: Params,
): Printed =>
  fillSql('clickhouse/cohort-store.sql', {
    project: params.bind('String', scope.project),
    cohort: params.bind('String', cohort),
    version: params.bind('UInt64', version),
    members: printMembers(membership, scope, params),
  });
