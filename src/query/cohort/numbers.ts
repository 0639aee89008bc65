/**
 * Members by numbers. For each criterion about events a number of each person is kept (migrations/clickhouse/0902): how many matching
 * events lie in its span, or the time of the first or last; for a sequence the times themselves, each with the steps it matches (0904).
 * A refresh as of T₂ after one as of T₁ adds what changed:
 *
 *   count      events in the span of T₂ less those in the span of T₁
 *   first      the earliest of those before T₂; a set that only grows
 *   last       the latest of those before T₂, likewise
 *   sequence   events in the span of T₂ and not in that of T₁; those that left it are told by their time
 *
 * R₁ and R₂ are receipts: everything received before them is stored, and just that is counted. An event that counts at one of both
 * and not at the other was received in [R₁, R₂), or before R₁ and has a time in [T₁, T₂), or in [from₁, from₂) of a span that
 * moved. These are read, disjointly, and every one is judged for both instants, so reading more of them would change nothing. Who has
 * none of them has the numbers and the membership she had.
 *
 * Numbers are of the ids of events: whose an id is, and what is known of the person, is looked up when numbers are read (counted.ts).
 * What cannot be told from numbers is what was known of a person at the time of an event.
 */
import type { Condition } from '../condition/condition.js';
import { printCondition } from '../condition/print.js';
import { createParams, fillSql, joinPrinted, type Params, type Printed, print } from '../printed.js';
import type { EventMatch } from '../request.js';
import { printInstant, printSpan } from '../time/span.js';
import {
  type Count,
  type EventLeaf,
  listEventLeaves,
  listEvents,
  listPersonConditions,
  type Membership,
  type Moment,
  mayHoldForNothing,
  type Sequence,
} from './formula.js';
import { MS, NEVER_MS, printRelevant } from './print.js';

/** As of when, and received before when, both epoch ms. */
export interface Instant {
  readonly membership: Membership;
  readonly receivedMs: number;
}

/** Earlier than any event, in ms. */
export const BEFORE_ALL_MS = Date.UTC(1800, 0, 1);

/** What has a number. */
export type Countable = Count | Moment;

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

/** Whether what is asked of people themselves asks for their id. */
const asksForId = ({ formula }: Membership): boolean => listPersonConditions(formula).some(readsName);

/** Why numbers do not tell membership, undefined when they do; of a formula whose tests of people were lifted (lift.ts). */
export function findUncounted({ formula }: Membership): 'person' | undefined {
  const wheres = listEventLeaves(formula)
    .flatMap((leaf) => (leaf.kind === 'sequence' ? leaf.steps : [leaf.match]))
    .map(({ where }) => where);
  return wheres.some((where) => where !== undefined && readsPerson(where)) ? 'person' : undefined;
}

/** The leaves that have a number, in its order. */
export const listCounted = ({ formula }: Membership): readonly Countable[] =>
  listEventLeaves(formula).filter((leaf): leaf is Countable => leaf.kind !== 'sequence');

/** The leaves of which times are kept, in their order. */
export const listSequences = ({ formula }: Membership): readonly Sequence[] =>
  listEventLeaves(formula).filter((leaf): leaf is Sequence => leaf.kind === 'sequence');

const printReceived = (ms: number, params: Params): Printed =>
  print`received_at < ${printInstant(ms, params)}`;

function printMatched({ events, where }: EventMatch, params: Params): Printed {
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
  const matched = printMatched(leaf.match, params);
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

/** The times that came into the span of a sequence, each with a bit for every step that the event matches. */
function printTimes(
  sequence: Sequence,
  before: Sequence | undefined,
  { now, last }: Instants,
  params: Params,
): Printed {
  const bits = sequence.steps.map(
    (step, index) => print`${params.bind('UInt16', 2 ** index)} * (${printMatched(step, params)})`,
  );
  const steps = print`toUInt16(${joinPrinted(bits, ' + ')})`;
  const came = [print`${steps} != 0`, print`${printSeen(sequence, now.receivedMs, params)} = 1`];
  if (before && last) came.push(print`${printSeen(before, last.receivedMs, params)} = 0`);
  return print`groupArrayIf((${MS}, ${steps}), ${joinPrinted(came, ' and ')})`;
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
  const leaves = listEventLeaves(now.membership.formula);
  const [lastMs, nowMs] = [last.membership.asOfMs, now.membership.asOfMs];
  const entered = printSpan({ fromMs: lastMs, toMs: nowMs }, params);
  const moved = mayHoldForNothing(now.membership.formula)
    ? [print`(${entered})`]
    : [print`(${entered} and ${printNamed(leaves, params)})`];
  const before = listEventLeaves(last.membership.formula);
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
  const { membership } = instants.now;
  const before = instants.last?.membership;
  const [counted, sequences] = [before && listCounted(before), before && listSequences(before)];
  return [0, ...(before ? [1] : [])].map((index) => {
    const params = createParams();
    const numbers = listCounted(membership).map((leaf, i) =>
      printNumber(leaf, counted?.[i], instants, params),
    );
    const times = listSequences(membership).map((leaf, i) =>
      printTimes(leaf, sequences?.[i], instants, params),
    );
    const sql = fillSql('clickhouse/cohort-numbers.sql', {
      ...printPlace(place, params),
      person: asksForId(membership) ? print`any(person)` : print`''`,
      numbers: joinPrinted(numbers, ', '),
      times: joinPrinted(times, ', '),
      which: printWhich(instants, params)[index]!,
    });
    return { sql, params: params.values };
  });
}
