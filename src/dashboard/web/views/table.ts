/** Answers that are tables of (time, labels…, value, previous?, complete), as series over time. */

import type { Meta } from '../api.js';
import type { Series } from '../charts/lines.js';

export interface TimeTable {
  columns: string[];
  rows: (string | number | boolean | null)[][];
  meta: Meta & {
    grain?: string;
    timezone?: string;
    /** Of a metric: its name, and what its values are in. */
    metric?: string;
    unit?: string | null;
  };
}

/** Columns that are not part of a series' name. */
const NO_LABELS = new Set(['time', 'value', 'previous', 'complete']);

const nameCell = (cell: string | number | boolean | null): string => String(cell ?? '(none)');

/** One series for each combination of labels, and one more for its previous period when there is one. Labels that are the same everywhere are left out, but for the last when all are. */
export function toSeries(table: TimeTable): { times: string[]; series: Series[] } {
  const time = table.columns.indexOf('time');
  const times = [...new Set(table.rows.map((row) => String(row[time])))].sort();
  const position = new Map(times.map((at, i) => [at, i]));
  const labels = table.columns.map((_, i) => i).filter((i) => !NO_LABELS.has(table.columns[i]!));
  const varying = labels.filter((i) => new Set(table.rows.map((row) => row[i])).size > 1);
  const used = varying.length > 0 ? varying : labels.slice(-1);
  const series = new Map<string, Series>();
  const add = (one: Omit<Series, 'values'>, row: TimeTable['rows'][number], column: number): void => {
    const found = series.get(one.name) ?? { ...one, values: times.map(() => null) };
    found.values[position.get(String(row[time]))!] = row[column] as number | null;
    series.set(one.name, found);
  };
  const [value, previous] = [table.columns.indexOf('value'), table.columns.indexOf('previous')];
  for (const row of table.rows) {
    const name = used.map((i) => nameCell(row[i]!)).join(', ') || table.meta.metric || 'value';
    add({ name }, row, value);
    if (previous >= 0) add({ name: `${name}, period before`, beside: name }, row, previous);
  }
  return { times, series: [...series.values()] };
}

/** Index of the first bucket that is not complete; the number of buckets when all are. */
export function findIncomplete(table: TimeTable, times: readonly string[]): number {
  const time = table.columns.indexOf('time');
  const complete = table.columns.indexOf('complete');
  const open = new Set(table.rows.filter((row) => !row[complete]).map((row) => String(row[time])));
  const first = times.findIndex((at) => open.has(at));
  return first < 0 ? times.length : first;
}
