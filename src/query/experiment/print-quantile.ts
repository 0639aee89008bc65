/** Statements of a goal that is a quantile: the values of variants' events ranked, and how a cut parts each person's. */
import { printNumber } from '../condition/print.js';
import type { QueryContext } from '../context.js';
import { printEventRows } from '../event-rows.js';
import { createParams, fillSql, joinPrinted, type Params, type Printed, print } from '../printed.js';
import type { Statement } from '../run.js';
import { MAX_INSTANT_MS } from '../time/instant.js';
import type { QuantileGoal } from './goal.js';
import { printDay, printMatch, printUnits } from './print.js';
import type { ExperimentQuestion } from './request.js';

/** A value of each variant, such as its quantile. */
export type Cuts = ReadonlyMap<string, number>;

/** The goal's events that have the number, as value0. */
function printValues(
  context: QueryContext,
  question: ExperimentQuestion,
  { match, property, windowMs }: QuantileGoal,
  params: Params,
): Printed {
  const { range } = question;
  const number = printNumber(property.property);
  return printEventRows(
    {
      unit: 'person',
      scope: context,
      range: { fromMs: range.fromMs, toMs: Math.min(range.toMs + windowMs, MAX_INSTANT_MS) },
      originMs: range.fromMs,
      columns: [{ name: print`value0`, expression: print`assumeNotNull(${number})` }],
      events: print`(${printMatch(match, question, params)} and isNotNull(${number}))`,
    },
    params,
  );
}

const printCut = (cuts: Cuts, params: Params): Printed =>
  print`transform(units.assigned, ${params.bind('Array(String)', [...cuts.keys()])}, ${params.bind('Array(Float64)', [...cuts.values()])}, nan)`;

/**
 * The quantiles of these levels of each variant, by the definition of the metric language; and the values next to the variant's cut.
 * @param levels from 0 to 1
 */
export function printQuantiles(
  context: QueryContext,
  question: ExperimentQuestion,
  goal: QuantileGoal,
  variants: readonly string[],
  levels: readonly number[],
  cuts?: Cuts,
): Statement {
  const params = createParams();
  const cut = cuts && printCut(cuts, params);
  const bound = levels.map((level) => params.bind('Float64', level));
  const sql = fillSql('clickhouse/experiment-quantiles.sql', {
    goals: printValues(context, question, goal, params),
    units: printUnits(context, question, params),
    variants: params.bind('Array(String)', variants),
    after: params.bind('Int64', goal.windowMs),
    quantiles: print`quantilesExactInclusive(${joinPrinted(bound, ', ')})(value0)`,
    below: cut ? print`maxOrNullIf(value0, value0 < ${cut})` : print`null`,
    above: cut ? print`minOrNullIf(value0, value0 > ${cut})` : print`null`,
  });
  return { sql, params: params.values };
}

/** Of each person the events whose number is at most the variant's cut, and all of hers, summed up as printMeasure does. */
export function printShares(
  context: QueryContext,
  question: ExperimentQuestion,
  goal: QuantileGoal,
  cuts: Cuts,
): Statement {
  const params = createParams();
  const sql = fillSql('clickhouse/experiment-measure.sql', {
    goals: printValues(context, question, goal, params),
    units: printUnits(context, question, params),
    variants: params.bind('Array(String)', [...cuts.keys()]),
    before: params.bind('Int64', 0),
    after: params.bind('Int64', goal.windowMs),
    first: print`toFloat64(countIf(value0 <= ${printCut(cuts, params)}))`,
    second: print`toFloat64(count())`,
    bucket: printDay(question),
  });
  return { sql, params: params.values };
}

/** All statements of the goal; what later ones take from earlier ones is made up. */
export function printQuantileGoal(
  context: QueryContext,
  question: ExperimentQuestion,
  goal: QuantileGoal,
  variants: readonly string[],
): Statement[] {
  const cuts = new Map(variants.map((name) => [name, 0]));
  const ends = variants.flatMap(() => [goal.level, goal.level]);
  return [
    printQuantiles(context, question, goal, variants, [goal.level]),
    printShares(context, question, goal, cuts),
    printQuantiles(context, question, goal, variants, ends, cuts),
  ];
}
