/** From the cells to the answer: rows for every bucket, rates, completeness, means. Pure. */
import { formatInstant } from '../time/instant.js';
import { countsLastOnly } from './print.js';
import type { RetentionQuestion } from './request.js';

export interface Cell {
  row: number;
  /** -1: the row's size. */
  column: number;
  people: number;
  value_sum: number;
  value_count: number;
}

export interface RetentionPeriod {
  start: string;
  size: number;
  /** People, or with `value` the sum or average over their returns; the first is the size, but with brackets. */
  counts: (number | null)[];
  /** counts / size; null for an empty row, and where counts are no people. */
  rates: (number | null)[];
  complete: boolean[];
  /** People with a return later than their start in the row's own bucket. */
  same_period: number;
}

export interface RetentionAnswer {
  periods: RetentionPeriod[];
  /** Over rows with a complete cell: returned people of all rows / size of all rows. */
  mean: (number | null)[];
  /** Average of the rows' rates. */
  mean_simple: (number | null)[];
}

/** The instant at which a cell has ended: no later event can belong to it. */
function findEnd({ bounds, brackets, rollingMs }: RetentionQuestion, row: number, column: number): number {
  const last = brackets ? brackets[column]![1] : column;
  if (rollingMs === undefined) return bounds[row + last + 1]!;
  return column === 0 && !brackets ? bounds[row + 1]! : bounds[row + 1]! + (last + 1) * rollingMs;
}

export function assembleRetention(
  question: RetentionQuestion,
  cells: readonly Cell[],
  newestReceiptMs: number | undefined,
): RetentionAnswer {
  const { brackets, rowCount } = question;
  const columnCount = brackets ? brackets.length : question.periods + 1;
  const periods = Array.from({ length: rowCount }, (_, row) => {
    const own = cells.filter((cell) => Number(cell.row) === row);
    return assembleRow(question, row, own, columnCount, newestReceiptMs);
  });
  const columns = Array.from({ length: columnCount }, (_, k) => k);
  return {
    periods,
    mean: columns.map((k) => average(periods, k, 'weighted')),
    mean_simple: columns.map((k) => average(periods, k, 'simple')),
  };
}

function assembleRow(
  question: RetentionQuestion,
  row: number,
  cells: readonly Cell[],
  columnCount: number,
  newestReceiptMs: number | undefined,
): RetentionPeriod {
  const { brackets, value } = question;
  const size = Number(cells.find((cell) => Number(cell.column) === -1)?.people ?? 0);
  const found = new Map(
    cells.filter((cell) => Number(cell.column) >= 0).map((cell) => [Number(cell.column), cell]),
  );
  const people = (k: number): number => {
    if (!countsLastOnly(question)) return Number(found.get(k)?.people ?? 0);
    let sum = 0;
    for (const [last, cell] of found) if (last >= k) sum += Number(cell.people);
    return sum;
  };
  const measure = (k: number): number | null => {
    if (!value) return people(k);
    const cell = found.get(k);
    if (value.measure === 'sum') return Number(cell?.value_sum ?? 0);
    return cell && Number(cell.value_count) > 0 ? Number(cell.value_sum) / Number(cell.value_count) : null;
  };
  const counts = Array.from({ length: columnCount }, (_, k) => (k === 0 && !brackets ? size : measure(k)));
  return {
    start: formatInstant(question.bounds[row]!),
    size,
    counts,
    rates: counts.map((count, k) =>
      size === 0 || count === null || (value && !(k === 0 && !brackets)) ? null : count / size,
    ),
    complete: counts.map(
      (_, k) => newestReceiptMs !== undefined && findEnd(question, row, k) < newestReceiptMs,
    ),
    same_period: Number(cells.find((cell) => Number(cell.column) === -2)?.people ?? 0),
  };
}

function average(periods: readonly RetentionPeriod[], k: number, kind: 'weighted' | 'simple'): number | null {
  const rows = periods.filter((period) => period.complete[k] && period.size > 0 && period.rates[k] !== null);
  if (rows.length === 0) return null;
  if (kind === 'simple') return rows.reduce((sum, row) => sum + row.rates[k]!, 0) / rows.length;
  return rows.reduce((sum, row) => sum + row.counts[k]!, 0) / rows.reduce((sum, row) => sum + row.size, 0);
}
