/**
 * Retention statements: one scan, grouped by person and bucket, then by person, then by cell; or at once by person, from the
 * times of her returns, where she has one start and the numbers of returns are not asked for (needsTimesOnly).
 *
 * The engine's own `retention()` says whether conditions happened, not whether one came after another, and knows one start for
 * all; so each person's returns are anchored at her own start here. Calendar buckets need only how many returns a bucket holds,
 * because a later bucket is later in time; the start's own bucket and rolling windows need the times themselves.
 */
import { isDeepStrictEqual } from 'node:util';
import { printCondition, printNumber, printValueKey } from '../condition/print.js';
import { printEventMatch } from '../event-match.js';
import { type EventScope, printEvents } from '../people.js';
import { createParams, fillSql, type Params, type Printed, print, type SqlSlots } from '../printed.js';
import type { EventMatch } from '../request.js';
import type { Statement } from '../run.js';
import { printBucketIndex } from '../time/index-of.js';
import { printBucket } from '../time/print.js';
import { printInstant, printSpan, printUntil } from '../time/span.js';
import type { RetentionQuestion } from './request.js';

/** Later than any event. */
const END_OF_TIME_MS = Date.UTC(2300, 0, 1);

/** Whether the timestamp, in ms, lies in [from, to). */
const printWithin = (fromMs: number | undefined, toMs: number, params: Params): Printed => {
  const before = print`timestamp < ${printInstant(toMs, params)}`;
  return fromMs === undefined ? before : print`timestamp >= ${printInstant(fromMs, params)} and ${before}`;
};

/** When returns stop mattering. */
function findEnd({ bounds, criterion, rollingMs, range, periods }: RetentionQuestion): number {
  if (criterion === 'on_or_after') return END_OF_TIME_MS;
  return rollingMs === undefined ? bounds[bounds.length - 1]! : range.toMs + (periods + 1) * rollingMs;
}

/** Returns later than the start within the start's own bucket: whether there is one, unless their number or value is asked for. */
function printAfter({ minTimes, value, brackets }: RetentionQuestion): Printed {
  const valued = value !== undefined && brackets !== undefined;
  if (minTimes === 1 && !valued)
    return print`(toUInt64(start_count > 0 and return_count > 0 and maxIf(ms, is_return) > start_ms), toFloat64(0), toUInt64(0))`;
  const later = print`arrayFilter(r -> r.1 > start_ms, groupArrayIf((ms, return_value), is_return))`;
  return print`(length(${later}), toFloat64(arraySum(r -> ifNull(r.2, 0), ${later})), toUInt64(arrayCount(r -> isNotNull(r.2), ${later})))`;
}

/** A further condition on events, such as whose they are. */
export type Restriction = (params: Params) => Printed;

/** The events of any mode that are looked at, up to when returns stop mattering. */
function printRelevant(question: RetentionQuestion, params: Params, restrict?: Restriction): Printed {
  const { mode, range } = question;
  const end = findEnd(question);
  const span =
    mode === 'recurring' ? printSpan({ fromMs: range.fromMs, toMs: end }, params) : printUntil(end, params);
  const named = print`event in ${params.bind('Array(String)', listEvents(question))} and ${span}`;
  const relevant = mode === 'first_ever' ? span : named;
  return restrict ? print`${relevant} and ${restrict(params)}` : relevant;
}

const listEvents = ({ start, back }: RetentionQuestion): string[] => [
  ...new Set([...start.events, ...back.events]),
];

const printStartValues = ({ breakdown }: RetentionQuestion, params: Params): Printed =>
  breakdown.length > 0
    ? printValueKey(
        breakdown.map(({ property }) => property),
        params,
      )
    : print`''`;

/** The slots of the innermost select, which reads the events. */
function printScan(
  question: RetentionQuestion,
  scope: EventScope,
  params: Params,
  restrict: Restriction | undefined,
): SqlSlots {
  const { start, back, range, mode } = question;
  const end = findEnd(question);
  const startRange = printWithin(mode === 'recurring' ? range.fromMs : undefined, range.toMs, params);
  const count = listEvents(question).length;
  // What is true of every event read is not asked of each again.
  const isAny = ({ events: own, where }: EventMatch): boolean =>
    mode !== 'first_ever' && where === undefined && own.length === count;
  const printIs = (match: EventMatch): Printed => (isAny(match) ? print`1` : printEventMatch(match, params));
  return {
    starts: print`${printIs(start)} and ${startRange}`,
    returns: print`${printIs(back)} and ${printWithin(range.fromMs, end, params)}`,
    project: params.bind('String', scope.project),
    ...printEvents(scope, params),
    relevant: printRelevant(question, params, restrict),
    value_key: printStartValues(question, params),
  };
}

/** Breakdown value of the first start; among tied ones the smallest text, so that the answer does not depend on the order of rows. */
const printStartKey = ({ breakdown }: RetentionQuestion): Printed =>
  breakdown.length > 0 ? print`minIf((ms, value_key), is_start).2` : print`''`;

const printBuckets = (
  question: RetentionQuestion,
  scope: EventScope,
  params: Params,
  restrict: Restriction | undefined,
): Printed =>
  fillSql('clickhouse/retention-buckets.sql', {
    ...printScan(question, scope, params, restrict),
    bucket: printBucketIndex(question.bounds, print`ms`, params),
    value: question.value
      ? printNumber(question.value.property.property)
      : print`cast(null as Nullable(Float64))`,
    after: printAfter(question),
    start_key: printStartKey(question),
    kept:
      question.rollingMs === undefined
        ? print``
        : print`, groupArrayIf((ms, return_value), is_return) as times`,
  });

/** Whether the times of a person's returns say all: one start a person, and neither numbers nor values of returns are asked for. */
export const needsTimesOnly = ({ mode, minTimes, value }: RetentionQuestion): boolean =>
  mode !== 'recurring' && minTimes === 1 && value === undefined;

/** The plain question, where a person's periods are her cells. */
const countsEachPeriodOnce = (question: RetentionQuestion): boolean =>
  needsTimesOnly(question) &&
  question.criterion === 'on' &&
  !question.brackets &&
  question.rollingMs === undefined &&
  question.breakdown.length === 0;

function printTimes(
  question: RetentionQuestion,
  scope: EventScope,
  params: Params,
  restrict: Restriction | undefined,
): Printed {
  const { range, rollingMs, mode, periods } = question;
  const buckets = { grain: question.grain, bounds: question.bounds };
  const indexOf = (ms: Printed): Printed => printBucket(buckets, ms, 0);
  // Later than the last period all is one, and only "on or after" asks for it.
  const least = print`${periods + 1}`;
  return fillSql('clickhouse/retention-times.sql', {
    ...printScan(question, scope, params, restrict),
    row: print`toInt64(${indexOf(print`start`)})`,
    own:
      rollingMs === undefined
        ? print`has(ks, 0)`
        : print`arrayExists(t -> ${indexOf(print`t`)} = row, later)`,
    ks:
      rollingMs === undefined
        ? print`arrayMap(t -> least(${indexOf(print`t`)} - row, ${least}), later)`
        : print`arrayMap(t -> least(intDiv(t - start, ${rollingMs}), ${least}), later)`,
    key: printStartKey(question),
    from: params.bind('Int64', range.fromMs),
    to: params.bind('Int64', range.toMs),
    ever: mode === 'first_ever' ? print`min(ms) = start` : print`1`,
  });
}

/** Bits of a mask of buckets; the last stands for all later ones. */
const MASK_BITS = 64;

/** Whether a person's buckets say all: her starts are her returns, and each bucket has its bit. */
export const fitsMask = (question: RetentionQuestion): boolean =>
  needsTimesOnly(question) &&
  question.mode === 'first_time' &&
  question.rollingMs === undefined &&
  question.bounds.length <= MASK_BITS &&
  isDeepStrictEqual(question.start, question.back);

function printMask(
  question: RetentionQuestion,
  scope: EventScope,
  params: Params,
  restrict: Restriction | undefined,
): Printed {
  const { start, range, periods, breakdown } = question;
  const buckets = { grain: question.grain, bounds: question.bounds };
  const relevant = printRelevant(question, params, restrict);
  return fillSql('clickhouse/retention-mask.sql', {
    project: params.bind('String', scope.project),
    ...printEvents(scope, params),
    relevant: start.where ? print`${relevant} and ${printCondition(start.where, params)}` : relevant,
    // Of an event before the first bucket too, whose person is left out for it.
    bucket: print`toUInt8(least(greatest(${printBucket(buckets, print`ms`, 0)}, 0), ${MASK_BITS - 1}))`,
    origin: params.bind('Int64', question.bounds[0]!),
    row: print`toInt64(${printBucket(buckets, print`start`, 0)})`,
    key: breakdown.length > 0 ? print`min((ms, value_key)).2` : print`''`,
    value_key: printStartValues(question, params),
    least: print`${periods + 1}`,
    from: params.bind('Int64', range.fromMs),
    to: params.bind('Int64', range.toMs),
  });
}

/** A person's returns: one element a bucket, or one a return where the times matter. */
const printArrays = ({ rollingMs }: RetentionQuestion): Printed =>
  rollingMs === undefined
    ? print`groupArrayIf((bucket, return_count, value_sum, value_count), return_count > 0 and bucket >= 0) as returns`
    : print`arrayFlatten(groupArray(times)) as returns`;

/** (k, returns, value sum, value count) of each period with a return later than the start. */
function printPeriods({ rollingMs }: RetentionQuestion, params: Params): Printed {
  if (rollingMs === undefined) {
    const own = print`if(own.1 > 0, [(toInt64(0), toUInt64(own.1), toFloat64(own.2), toUInt64(own.3))], [])`;
    const later = print`arrayMap(r -> (toInt64(r.1) - row, toUInt64(r.2), toFloat64(r.3), toUInt64(r.4)), arrayFilter(r -> r.1 > row, returns))`;
    return print`arrayConcat(${own}, ${later})`;
  }
  const length = params.bind('Int64', rollingMs);
  const later = print`arrayMap(r -> (toInt64(intDiv(r.1 - start, ${length})), r.2), arrayFilter(r -> r.1 > start, returns))`;
  const inside = print`arrayFilter(r -> r.1 = k, ${later})`;
  return print`arrayMap(k -> (k, toUInt64(length(${inside})), toFloat64(arraySum(r -> ifNull(r.2, 0), ${inside})), toUInt64(arrayCount(r -> isNotNull(r.2), ${inside}))), arrayDistinct(arrayMap(r -> r.1, ${later})))`;
}

/** Whether a person's last period says all: then her cell is that period, and the answer adds up from the end. */
export const countsLastOnly = ({ criterion, minTimes, value }: RetentionQuestion): boolean =>
  criterion === 'on_or_after' && minTimes === 1 && value === undefined;

/** The cells a person counts in, as (column, value sum, value count). */
function printColumns(question: RetentionQuestion, params: Params): Printed {
  const { criterion, brackets, minTimes, periods } = question;
  const least = params.bind('UInt64', minTimes);
  if (countsLastOnly(question))
    return print`if(empty(periods), [], [(arrayMax(p -> p.1, periods), toFloat64(0), toUInt64(0))])`;
  if (criterion === 'on' && !brackets) {
    const last = params.bind('Int64', periods);
    return print`arrayMap(p -> (p.1, p.3, p.4), arrayFilter(p -> p.1 <= ${last} and p.2 >= ${least}, periods))`;
  }
  const spans = brackets ?? Array.from({ length: periods + 1 }, (_, k) => [k, END_OF_TIME_MS] as const);
  const firsts = params.bind(
    'Array(Int64)',
    spans.map(([first]) => first),
  );
  const lasts = params.bind(
    'Array(Int64)',
    spans.map(([, last]) => last),
  );
  const sum = (part: Printed): Printed =>
    print`arraySum(p -> if(p.1 >= first and p.1 <= last, ${part}, 0), periods)`;
  const cells = print`arrayMap((column, first, last) -> (toInt64(column) - 1, toFloat64(${sum(print`p.3`)}), toUInt64(${sum(print`p.4`)}), ${sum(print`p.2`)}), arrayEnumerate(${firsts}), ${firsts}, ${lasts})`;
  return print`arrayMap(c -> (c.1, c.2, c.3), arrayFilter(c -> c.4 >= ${least}, ${cells}))`;
}

/** One row a person and start, from what each person did in each bucket. */
function printStarts(
  question: RetentionQuestion,
  scope: EventScope,
  params: Params,
  restrict: Restriction | undefined,
): Printed {
  const buckets = printBuckets(question, scope, params, restrict);
  const arrays = printArrays(question);
  const periods = printPeriods(question, params);
  if (question.mode === 'recurring')
    return fillSql('clickhouse/retention-recurring.sql', { buckets, arrays, periods });
  return fillSql('clickhouse/retention-first.sql', {
    buckets,
    arrays,
    periods,
    from: params.bind('Int64', question.range.fromMs),
    to: params.bind('Int64', question.range.toMs),
    ever: question.mode === 'first_ever' ? print`min(first_ms) = start` : print`1`,
  });
}

/** The statement whose rows are the cells; `restrict` says which events of which people are looked at. */
export function printRetention(
  question: RetentionQuestion,
  scope: EventScope,
  restrict?: Restriction,
): Statement {
  const params = createParams();
  const printRows = fitsMask(question) ? printMask : needsTimesOnly(question) ? printTimes : printStarts;
  const starts = printRows(question, scope, params, restrict);
  if (countsEachPeriodOnce(question)) {
    const sql = fillSql('clickhouse/retention-table.sql', { starts, last: print`${question.periods}` });
    return { sql, params: params.values };
  }
  const slots = { starts, columns: printColumns(question, params) };
  const sql =
    question.breakdown.length === 0
      ? fillSql('clickhouse/retention-counts.sql', slots)
      : fillSql('clickhouse/retention-breakdown.sql', {
          ...slots,
          limit: params.bind('UInt64', question.breakdownLimit),
        });
  return { sql, params: params.values };
}
