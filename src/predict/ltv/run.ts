/** Runs a lifetime-value question: two aggregations in ClickHouse, the models on a thread. */
import type { ClickHouse } from '../../clickhouse/client.js';
import { printCondition, printNumber } from '../../query/condition/print.js';
import { createParams, fillSql } from '../../query/printed.js';
import { runTask } from '../worker.js';
import type { LtvAnswer } from './answer.js';
import type { Customer } from './model.js';
import type { LtvQuestion } from './request.js';

/** People the models are fitted and judged on; of more, a sample by hash. Fitting takes about 20 us a person and round. */
const CUSTOMERS_MAX = 100_000;
const TIMEOUT_MS = 60_000;
const MEMORY_BYTES_MAX = 4 * 2 ** 30;

interface CustomerRow {
  person: string;
  first_day: number;
  repeats: number;
  last_day: number;
  mean_value: number;
  later_purchases: number;
  later_value: number;
}

const formatDay = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

/** Answers the question for one project. Throws RequestError 422 when there is too little to fit, EngineError. */
export async function runLtv(
  clickhouse: ClickHouse,
  project: string,
  question: LtvQuestion,
): Promise<LtvAnswer & { meta: Record<string, unknown> }> {
  const start = performance.now();
  const given = {
    project,
    event: question.event,
    from_ms: question.range.fromMs,
    to_ms: question.range.toMs,
    timezone: question.timezone,
    start_day: formatDay(question.startDay),
    split_day: formatDay(question.splitDay),
  };
  const ask = <T>(file: string, values: Record<string, unknown>, withValue: boolean) => {
    const params = createParams();
    const condition = printCondition(question.condition, params);
    const value = printNumber(question.value.property);
    const sql = fillSql(file, withValue ? { condition, value } : { condition });
    return clickhouse.query<T>(sql, {
      params: { ...given, ...values, ...params.values },
      settings: { readonly: 1, max_memory_usage: MEMORY_BYTES_MAX },
      timeoutMs: TIMEOUT_MS,
    });
  };
  const histories = await ask<CustomerRow>(
    'clickhouse/purchase-histories.sql',
    { rows_max: CUSTOMERS_MAX + 1 },
    true,
  );
  const repeats = await ask<{ unit: number; repeats: number }>(
    'clickhouse/repeat-purchases.sql',
    { unit_days: question.unitDays },
    false,
  );
  const units = Math.ceil((question.endDay - question.startDay) / question.unitDays);
  const repeatsByUnit = Array.from({ length: units }, () => 0);
  for (const row of repeats.rows) repeatsByUnit[Number(row.unit)] = Number(row.repeats);
  const sampled = histories.rows.length > CUSTOMERS_MAX;
  const answer = await runTask<LtvAnswer>('fit-ltv', {
    customers: histories.rows.slice(0, CUSTOMERS_MAX).map(readCustomer),
    calibrationDays: question.splitDay - question.startDay,
    laterDays: question.endDay - question.splitDay,
    unitDays: question.unitDays,
    repeatsByUnit,
    limit: question.limit,
  });
  return {
    ...answer,
    meta: {
      source: 'raw',
      customers: Math.min(histories.rows.length, CUSTOMERS_MAX),
      sampled,
      unit: question.grain,
      rows_read: histories.statistics.rowsRead + repeats.statistics.rowsRead,
      elapsed_ms: Math.round(performance.now() - start),
    },
  };
}

const readCustomer = (row: CustomerRow): Customer => ({
  person: row.person,
  firstDay: Number(row.first_day),
  repeats: Number(row.repeats),
  lastDay: Number(row.last_day),
  meanValue: Number(row.mean_value),
  laterPurchases: Number(row.later_purchases),
  laterValue: Number(row.later_value),
});
