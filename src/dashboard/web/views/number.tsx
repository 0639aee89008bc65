/** One number: the metric over the whole range, or the sum of a trend's buckets. */
import { formatIn, formatShortIn } from '../format.js';
import type { TimeTable } from './table.js';
import type { ViewProps } from './view.js';

export function NumberView({ data }: ViewProps) {
  const answer = data as TimeTable & { totals?: { value: number | null; previous?: number | null } };
  const column = answer.columns.indexOf('value');
  const value =
    answer.totals === undefined
      ? answer.rows.reduce((sum, row) => sum + (Number(row[column]) || 0), 0)
      : answer.totals.value;
  const previous = answer.totals?.previous;
  const { unit } = answer.meta;
  const change = previous && value !== null ? (value - previous) / Math.abs(previous) : undefined;
  return (
    <div class="tile" title={formatIn(value, unit)}>
      <div class="value">{formatShortIn(value, unit)}</div>
      {change !== undefined && (
        <div class="name">
          {change >= 0 ? '+' : '−'}
          {(Math.abs(change) * 100).toFixed(1)} % against the period before
        </div>
      )}
    </div>
  );
}
