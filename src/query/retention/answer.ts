/** From the cells to the answer: rows for every bucket, rates, completeness, means. Pure. */
import { formatInstant } from '../time/instant.js';
import { countsLastOnly } from './print.js';
import type { RetentionQuestion } from './request.js';

export interface Cell {
  /** Of its breakdown value, from 1; 0 is what is not kept. Absent without a breakdown. */
  rank?: number;
  value_key?: string;
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

export interface RetentionTable {
  periods: RetentionPeriod[];
  /** Over rows with a complete cell: counts of all rows / size of all rows. Null for averages of a property. */
  mean: (number | null)[];
  /** Average of the rows' counts / size. */
  mean_simple: (number | null)[];
}

export interface RetentionGroup extends RetentionTable {
  /** One value a breakdown property; "$other" in each for the rest. */
  values: unknown[];
  size: number;
}

export interface RetentionAnswer extends RetentionTable {
  /** The values with the most starts, in this order, then the rest. */
  breakdown?: RetentionGroup[];
}

const OTHER = '$other';

/** The instant at which a cell has ended: no later event can belong to it. */
function findEnd({ bounds, brackets, rollingMs }: RetentionQuestion, row: number, column: number): number {
  const last = brackets ? brackets[column]![1] : column;
  if (rollingMs === undefined) return bounds[row + last + 1]!;
  return column === 0 && !brackets ? bounds[row + 1]! : bounds[row + 1]! + (last + 1) * rollingMs;
}

/** The table of all starts, and with a breakdown those of its values. */
export function assembleRetention(
  question: RetentionQuestion,
  cells: readonly Cell[],
  newestReceiptMs: number | undefined,
): RetentionAnswer {
  if (question.breakdown.length === 0) return assembleTable(question, cells, newestReceiptMs);
  const whole = assembleTable(question, addUp(cells), newestReceiptMs);
  const ranks = [...groupCells(cells, ({ rank }) => Number(rank))].sort(
    ([a], [b]) => (a || Number.POSITIVE_INFINITY) - (b || Number.POSITIVE_INFINITY),
  );
  const breakdown = ranks.map(([rank, own]) => {
    const table = assembleTable(question, own, newestReceiptMs);
    const values =
      rank === 0 ? question.breakdown.map(() => OTHER) : (JSON.parse(own[0]!.value_key!) as unknown[]);
    return { values, size: table.periods.reduce((sum, { size }) => sum + size, 0), ...table };
  });
  return { ...whole, breakdown };
}

function groupCells(cells: readonly Cell[], keyOf: (cell: Cell) => number): Map<number, Cell[]> {
  const groups = new Map<number, Cell[]>();
  for (const cell of cells) {
    const known = groups.get(keyOf(cell));
    if (known) known.push(cell);
    else groups.set(keyOf(cell), [cell]);
  }
  return groups;
}

/** Each start has one value, so the values' cells together are the whole's. */
function addUp(cells: readonly Cell[]): Cell[] {
  const sums = new Map<string, Cell>();
  for (const { row, column, people, value_sum, value_count } of cells) {
    const key = `${row} ${column}`;
    const sum = sums.get(key) ?? { row, column, people: 0, value_sum: 0, value_count: 0 };
    sum.people += Number(people);
    sum.value_sum += Number(value_sum);
    sum.value_count += Number(value_count);
    sums.set(key, sum);
  }
  return [...sums.values()];
}

function assembleTable(
  question: RetentionQuestion,
  cells: readonly Cell[],
  newestReceiptMs: number | undefined,
): RetentionTable {
  const { brackets, rowCount } = question;
  const columnCount = brackets ? brackets.length : question.periods + 1;
  const byRow = groupCells(cells, ({ row }) => Number(row));
  const periods = Array.from({ length: rowCount }, (_, row) =>
    assembleRow(question, row, byRow.get(row) ?? [], columnCount, newestReceiptMs),
  );
  const columns = Array.from({ length: columnCount }, (_, k) => k);
  return {
    periods,
    mean: columns.map((k) => average(question, periods, k, 'weighted')),
    mean_simple: columns.map((k) => average(question, periods, k, 'simple')),
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

/** Averages of a property have no mean: a row does not tell how many returns its average is of. */
function average(
  { value, brackets }: RetentionQuestion,
  periods: readonly RetentionPeriod[],
  k: number,
  kind: 'weighted' | 'simple',
): number | null {
  if (value?.measure === 'avg' && (k > 0 || brackets)) return null;
  const rows = periods.filter(({ complete, size }) => complete[k] && size > 0);
  if (rows.length === 0) return null;
  const count = (row: RetentionPeriod): number => row.counts[k] ?? 0;
  if (kind === 'simple') return rows.reduce((sum, row) => sum + count(row) / row.size, 0) / rows.length;
  return rows.reduce((sum, row) => sum + count(row), 0) / rows.reduce((sum, { size }) => sum + size, 0);
}
