/** Statements of a trend: one a series and period. */

import { ALWAYS, type Condition } from '../condition/condition.js';
import { printCondition, printNumber, printValueKey } from '../condition/print.js';
import { printEventRows, type RowColumn, type UnitKind } from '../event-rows.js';
import type { EventScope } from '../people.js';
import { createParams, fillSql, type Params, type Printed, print } from '../printed.js';
import type { Statement } from '../run.js';
import type { Buckets, Range } from '../time/buckets.js';
import { printBucket } from '../time/print.js';
import type { Measure, Series, TrendsQuestion } from './request.js';

export interface Period {
  readonly range: Range;
  readonly buckets: Buckets;
}

interface Printing {
  readonly question: TrendsQuestion;
  readonly series: Series;
  readonly unit: UnitKind;
  readonly scope: EventScope;
  readonly params: Params;
}

const isAdditive = ({ kind }: Measure): boolean => ['count', 'users', 'sessions', 'sum'].includes(kind);

/** The aggregate over the rows' columns `unit` and `number`. Sums are compensated, so that they do not depend on the order of rows. */
function printMeasure({ kind }: Measure): Printed {
  switch (kind) {
    case 'count':
      return print`count()`;
    case 'users':
    case 'sessions':
      return print`uniqExact(unit)`;
    case 'sum':
      return print`sumKahan(ifNull(number, 0))`;
    case 'avg':
      return print`sumKahan(ifNull(number, 0)) / nullIf(count(number), 0)`;
    case 'min':
      return print`minOrNull(number)`;
    case 'max':
      return print`maxOrNull(number)`;
    case 'median':
      return print`quantileExactInclusiveOrNull(0.5)(number)`;
    case 'p90':
      return print`quantileExactInclusiveOrNull(0.9)(number)`;
    case 'p99':
      return print`quantileExactInclusiveOrNull(0.99)(number)`;
  }
}

function combine(conditions: readonly (Condition | undefined)[]): Condition {
  const parts = conditions.filter((one) => one !== undefined);
  return parts.length === 0 ? ALWAYS : { kind: 'and', parts };
}

function printRows({ question, series, unit, scope, params }: Printing, range: Range): Printed {
  const columns: RowColumn[] = [];
  const where = printCondition(combine([series.where, question.where]), params);
  const events = print`event in ${params.bind('Array(String)', series.events)} and ${where}`;
  if ('property' in series.measure)
    columns.push({ name: print`number`, expression: printNumber(series.measure.property.property) });
  if (question.breakdown.length > 0)
    columns.push({
      name: print`value_key`,
      expression: printValueKey(
        question.breakdown.map(({ property }) => property),
        params,
      ),
    });
  if (unit === 'derived session') columns.push({ name: print`matched`, expression: events });
  return printEventRows({ unit, scope, range, originMs: range.fromMs, columns, events }, params);
}

/** The statement of one series over one period. Values of a breakdown are ranked over the question's own range. */
export function printSeries(
  question: TrendsQuestion,
  series: Series,
  period: Period,
  unit: UnitKind,
  scope: EventScope,
): Statement {
  const params = createParams();
  const printing = { question, series, unit, scope, params };
  const { range, buckets } = period;
  const slots = {
    rows: printRows(printing, range),
    bucket: buckets.grain === 'all' ? print`0` : printBucket(buckets, print`offset`, range.fromMs),
    measure: printMeasure(series.measure),
    relevant: unit === 'derived session' ? print`matched` : print`1`,
  };
  const sql =
    question.breakdown.length === 0
      ? fillSql('clickhouse/trends.sql', slots)
      : fillSql('clickhouse/trends-breakdown.sql', {
          ...slots,
          ranked_rows: printRows(printing, question.range),
          total: isAdditive(series.measure) ? slots.measure : print`count()`,
          limit: params.bind('UInt32', question.breakdownLimit),
        });
  return { sql, params: params.values };
}
