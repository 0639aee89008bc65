/** From the cells to the answer: sums, averages a person, lifetime value, payback. Pure. */
import { formatInstant } from '../time/instant.js';
import type { RevenueQuestion } from './request.js';

export interface Cell {
  readonly row: number;
  /** -1: the row's size. */
  readonly k: number;
  readonly people: number;
  readonly gross: number;
  readonly refunds: number;
  readonly purchases: number;
  readonly payers: number;
  /** People whose first (second) purchase lies here. */
  readonly first_payers: number;
  readonly second_payers: number;
}

export interface RevenuePeriod {
  start: string;
  /** People who started. */
  size: number;
  /** Each by k, the number of periods after the start period. */
  gross: number[];
  refunds: number[];
  /** gross - refunds */
  revenue: number[];
  purchases: number[];
  payers: number[];
  /** revenue / size */
  arpu: (number | null)[];
  /** revenue / payers */
  arppu: (number | null)[];
  /** Revenue a person up to and with k. */
  ltv: (number | null)[];
  /** Of those who paid up to and with k, the share who did at least twice. */
  repeat_rate: (number | null)[];
  complete: boolean[];
  /** Least k at which `ltv` covers what a person cost; null when it does not, absent when no cost was given. */
  payback?: number | null;
  cost_per_person?: number | null;
}

export interface RevenueTotals {
  size: number;
  gross: number;
  refunds: number;
  revenue: number;
  purchases: number;
  payers: number;
  arpu: number | null;
  arppu: number | null;
  repeat_rate: number | null;
}

export interface RevenueTable {
  periods: RevenuePeriod[];
  /** Over rows complete at k: their revenue up to k / their people. */
  ltv: (number | null)[];
  totals: RevenueTotals;
}

const divide = (a: number, b: number): number | null => (b === 0 ? null : a / b);

function accumulate(values: readonly number[]): number[] {
  let sum = 0;
  return values.map((value) => {
    sum += value;
    return sum;
  });
}

type Count = Exclude<keyof Cell, 'row' | 'k'>;

function assembleRow(
  question: RevenueQuestion,
  row: number,
  cells: readonly Cell[],
  newestReceiptMs: number | undefined,
): { period: RevenuePeriod; repeaters: number; everPaid: number } {
  const { bounds, periods, cost } = question;
  const own = new Map(cells.map((cell) => [Number(cell.k), cell]));
  const size = Number(own.get(-1)?.people ?? 0);
  const read = (name: Count): number[] =>
    Array.from({ length: periods + 1 }, (_, k) => Number(own.get(k)?.[name] ?? 0));
  const gross = read('gross');
  const refunds = read('refunds');
  const revenue = gross.map((value, k) => value - refunds[k]!);
  const payers = read('payers');
  const paid = accumulate(read('first_payers'));
  const repeated = accumulate(read('second_payers'));
  const ltv = accumulate(revenue).map((sum) => divide(sum, size));
  const complete = gross.map(
    (_, k) => newestReceiptMs !== undefined && bounds[row + k + 1]! < newestReceiptMs,
  );
  const each = typeof cost === 'object' ? divide(cost[row]!, size) : cost;
  const payback =
    each === undefined || each === null ? -1 : ltv.findIndex((value) => value !== null && value >= each);
  const period = {
    start: formatInstant(bounds[row]!),
    size,
    gross,
    refunds,
    revenue,
    purchases: read('purchases'),
    payers,
    arpu: revenue.map((value) => divide(value, size)),
    arppu: revenue.map((value, k) => divide(value, payers[k]!)),
    ltv,
    repeat_rate: repeated.map((value, k) => divide(value, paid[k]!)),
    complete,
    ...(each !== undefined && { payback: payback < 0 ? null : payback, cost_per_person: each }),
  };
  return { period, repeaters: repeated.at(-1)!, everPaid: paid.at(-1)! };
}

export function assembleRevenue(
  question: RevenueQuestion,
  cells: readonly Cell[],
  newestReceiptMs: number | undefined,
): RevenueTable {
  const rows = Array.from({ length: question.rowCount }, (_, row) => {
    const own = cells.filter((cell) => Number(cell.row) === row);
    return assembleRow(question, row, own, newestReceiptMs);
  });
  const periods = rows.map(({ period }) => period);
  const total = (read: (period: RevenuePeriod) => readonly number[]): number =>
    periods.reduce((sum, period) => sum + read(period).reduce((a, b) => a + b, 0), 0);
  const count = (read: (row: (typeof rows)[number]) => number): number =>
    rows.reduce((sum, row) => sum + read(row), 0);
  const size = count(({ period }) => period.size);
  const revenue = total((period) => period.revenue);
  const payers = count(({ everPaid }) => everPaid);
  return {
    periods,
    ltv: Array.from({ length: question.periods + 1 }, (_, k) => averageLtv(periods, k)),
    totals: {
      size,
      gross: total((period) => period.gross),
      refunds: total((period) => period.refunds),
      revenue,
      purchases: total((period) => period.purchases),
      payers,
      arpu: divide(revenue, size),
      arppu: divide(revenue, payers),
      repeat_rate: divide(
        count(({ repeaters }) => repeaters),
        payers,
      ),
    },
  };
}

function averageLtv(periods: readonly RevenuePeriod[], k: number): number | null {
  const rows = periods.filter((period) => period.complete[k] && period.size > 0);
  const revenue = rows.reduce((sum, row) => sum + row.revenue.slice(0, k + 1).reduce((a, b) => a + b, 0), 0);
  return divide(
    revenue,
    rows.reduce((sum, row) => sum + row.size, 0),
  );
}
