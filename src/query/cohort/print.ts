/** A membership as SQL: one scan, grouped by person, and the formula over the counts of each. */
import { printCondition } from '../condition/print.js';
import { type EventScope, type EventSlots, printEvents } from '../people.js';
import { fillSql, joinPrinted, type Params, type Printed, print } from '../printed.js';
import { type Count, type Formula, listCounts, type Membership, mayHoldForNothing } from './formula.js';

const printInstant = (ms: number, params: Params): Printed =>
  print`fromUnixTimestamp64Milli(${params.bind('Int64', ms)}, 'UTC')`;

function printCount({ match, fromMs, toMs, least, most }: Count, asOfMs: number, params: Params): Printed {
  const parts = [print`event in ${params.bind('Array(String)', match.events)}`];
  if (fromMs !== undefined) parts.push(print`timestamp >= ${printInstant(fromMs, params)}`);
  if (toMs < asOfMs) parts.push(print`timestamp < ${printInstant(toMs, params)}`);
  if (match.where) parts.push(printCondition(match.where, params));
  const count = print`countIf(${joinPrinted(parts, ' and ')})`;
  const bounds = [print`${count} >= ${params.bind('UInt64', least)}`];
  if (most !== undefined) bounds.push(print`${count} <= ${params.bind('UInt64', most)}`);
  return print`(${joinPrinted(bounds, ' and ')})`;
}

/** The people of a fixed cohort's list, by the keys they have today. */
function printList(id: string, { project, merged }: EventScope, params: Params): Printed {
  const slots = { project: params.bind('String', project), cohort: params.bind('String', id) };
  return fillSql(merged ? 'clickhouse/cohort-list-merged.sql' : 'clickhouse/cohort-list.sql', slots);
}

interface Printing {
  readonly scope: EventScope;
  readonly asOfMs: number;
  readonly params: Params;
}

function printFormula(formula: Formula, printing: Printing): Printed {
  const { scope, asOfMs, params } = printing;
  switch (formula.kind) {
    case 'count':
      return printCount(formula, asOfMs, params);
    case 'list':
      return print`person_key in (${printList(formula.id, scope, params)})`;
    case 'not':
      return print`not (${printFormula(formula.part, printing)})`;
    default: {
      const parts = formula.parts.map((part) => printFormula(part, printing));
      return print`(${joinPrinted(parts, formula.kind === 'and' ? ' and ' : ' or ')})`;
    }
  }
}

/**
 * The events that have to be read. Somebody without any matching event is found only by reading everybody; if no such person
 * belongs, the events that are counted are enough.
 */
function printRelevant({ formula, asOfMs }: Membership, params: Params): Printed {
  const before = print`timestamp < ${printInstant(asOfMs, params)}`;
  if (mayHoldForNothing(formula)) return before;
  const counts = listCounts(formula);
  const names = [...new Set(counts.flatMap(({ match }) => match.events))];
  const named = print`event in ${params.bind('Array(String)', names)} and ${before}`;
  const froms = counts.map(({ fromMs }) => fromMs).filter((ms) => ms !== undefined);
  if (froms.length < counts.length) return named;
  return print`${named} and timestamp >= ${printInstant(Math.min(...froms), params)}`;
}

type MemberSlots = EventSlots & Readonly<Record<'project' | 'relevant' | 'criteria', Printed>>;

const printSlots = (membership: Membership, scope: EventScope, params: Params): MemberSlots => ({
  project: params.bind('String', scope.project),
  ...printEvents(scope, params),
  relevant: printRelevant(membership, params),
  criteria: printFormula(membership.formula, { scope, asOfMs: membership.asOfMs, params }),
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
