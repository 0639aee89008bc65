/** Statements of experiments: who was exposed, and what the exposed did. */
import { printCondition, printJson, printNumber } from '../condition/print.js';
import type { QueryContext } from '../context.js';
import { printEventMatch } from '../event-match.js';
import { printEventRows, type RowColumn } from '../event-rows.js';
import { createParams, fillSql, type Params, type Printed, print } from '../printed.js';
import type { EventMatch } from '../request.js';
import type { Statement } from '../run.js';
import { MAX_INSTANT_MS, MIN_INSTANT_MS } from '../time/instant.js';
import { printBucket } from '../time/print.js';
import type { NumberGoal, PersonalNumber, RatioGoal } from './goal.js';
import type { ExperimentQuestion } from './request.js';

/** Rows of exposed units: this many variants and days are told apart, and one more shows that there are more. */
export const EXPOSED_ROWS_MAX = 100_000;

export function printMatch(match: EventMatch, { where }: ExperimentQuestion, params: Params): Printed {
  const own = printEventMatch(match, params);
  return where ? print`(${own} and ${printCondition(where, params)})` : own;
}

/** Each exposed person: unit, assigned, variants, exposed. The variant is the text of its value, '' when there is none. */
export function printUnits(context: QueryContext, question: ExperimentQuestion, params: Params): Printed {
  const { exposure, range } = question;
  const json = printJson(exposure.variant.property, params);
  return fillSql('clickhouse/experiment-units.sql', {
    rows: printEventRows(
      {
        unit: 'person',
        scope: context,
        range,
        originMs: range.fromMs,
        columns: [
          {
            name: print`variant`,
            expression: print`multiIf(${json} = 'null', '', startsWith(${json}, '"'), JSONExtractString(${json}), ${json})`,
          },
        ],
        events: printMatch(exposure, question, params),
      },
      params,
    ),
  });
}

export const printDay = ({ days, range }: ExperimentQuestion): Printed =>
  printBucket(days, print`exposed`, range.fromMs);

/** How many were exposed to what, by day. @param completeMs goals after this instant are not all here yet */
export function printExposed(
  context: QueryContext,
  question: ExperimentQuestion,
  completeMs: number,
): Statement {
  const params = createParams();
  const { variants, range, goals } = question;
  const longestMs = Math.max(...goals.map(({ windowMs }) => windowMs));
  const sql = fillSql('clickhouse/experiment-exposed.sql', {
    variant: variants
      ? print`if(has(${params.bind('Array(String)', variants)}, assigned), assigned, '')`
      : print`assigned`,
    bucket: printDay(question),
    closed: params.bind('Int64', completeMs - longestMs - range.fromMs),
    units: printUnits(context, question, params),
    limit: params.bind('UInt32', EXPOSED_ROWS_MAX + 1),
  });
  return { sql, params: params.values };
}

/** Whether an event's person was exposed to this variant alone, as a condition. */
export const printExposedTo =
  (context: QueryContext, question: ExperimentQuestion, variant: string) =>
  (params: Params): Printed =>
    print`person_key in (select unit from (${printUnits(context, question, params)}) where variants = 1 and assigned = ${params.bind('String', variant)})`;

/** What one event adds to a person's number. */
function printValue(
  { match, measure }: PersonalNumber,
  question: ExperimentQuestion,
  params: Params,
): Printed {
  const fits = printMatch(match, question, params);
  if (!('property' in measure)) return print`toFloat64(${fits})`;
  const number = printNumber(measure.property.property);
  return measure.kind === 'sum'
    ? print`if(${fits}, ifNull(${number}, 0), 0)`
    : print`toFloat64(${fits} and isNotNull(${number}))`;
}

/** A person's number from the values of her events on one side of the exposure. */
function printFold(
  { measure, scale = 1 }: PersonalNumber,
  column: Printed,
  side: Printed,
  params: Params,
): Printed {
  const folded =
    measure.kind === 'conversion' ? print`maxIf(${column}, ${side})` : print`sumKahanIf(${column}, ${side})`;
  return scale === 1 ? folded : print`${folded} * ${params.bind('Float64', scale)}`;
}

/**
 * What persons exposed to one of these variants did, by day of the exposure. The second number is the ratio's denominator, or the
 * same as the first in the time before the exposure.
 */
export function printMeasure(
  context: QueryContext,
  question: ExperimentQuestion,
  goal: NumberGoal | RatioGoal,
  variants: readonly string[],
): Statement {
  const params = createParams();
  const { range } = question;
  const parts = goal.kind === 'ratio' ? [goal.numerator, goal.denominator] : [goal.number];
  const beforeMs = goal.kind === 'ratio' ? 0 : question.beforeMs;
  const columns = parts.map(
    (part, index): RowColumn => ({
      name: print`value${index}`,
      expression: printValue(part, question, params),
    }),
  );
  const events = parts.reduce<Printed>(
    (text, { match }) => print`${text} or ${printMatch(match, question, params)}`,
    print`0`,
  );
  const after = print`goals.offset >= units.exposed`;
  const second =
    goal.kind === 'ratio'
      ? printFold(goal.denominator, print`value1`, after, params)
      : printFold(goal.number, print`value0`, print`goals.offset < units.exposed`, params);
  const sql = fillSql('clickhouse/experiment-measure.sql', {
    goals: printEventRows(
      {
        unit: 'person',
        scope: context,
        range: {
          fromMs: Math.max(range.fromMs - beforeMs, MIN_INSTANT_MS),
          toMs: Math.min(range.toMs + goal.windowMs, MAX_INSTANT_MS),
        },
        originMs: range.fromMs,
        columns,
        events: print`(${events})`,
      },
      params,
    ),
    units: printUnits(context, question, params),
    variants: params.bind('Array(String)', variants),
    before: params.bind('Int64', beforeMs),
    after: params.bind('Int64', goal.windowMs),
    first: printFold(parts[0]!, print`value0`, after, params),
    second,
    bucket: printDay(question),
  });
  return { sql, params: params.values };
}
