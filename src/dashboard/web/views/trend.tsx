/** A trend: lines over time, and beside them the table of their totals. */
import { Lines } from '../charts/lines.js';
import { formatNumber } from '../format.js';
import { DataTable } from '../ui/data-table.js';
import { findIncomplete, type TimeTable, toSeries } from './table.js';
import type { ViewProps } from './views.js';

interface Asked {
  grain?: string;
  timezone?: string;
}

export function TrendView({ data, body, compact = false }: ViewProps) {
  const table = data as TimeTable;
  const { grain = 'day', timezone = 'UTC' } = (body ?? {}) as Asked;
  const { times, series } = toSeries(table);
  if (series.length === 0)
    return <p class="empty">No such event in this range. Choose a longer range or another event.</p>;
  const total = (values: readonly (number | null)[]): number =>
    values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  return (
    <>
      <Lines
        times={times}
        series={series}
        grain={grain}
        timezone={timezone}
        incompleteFrom={findIncomplete(table, times)}
        height={compact ? 180 : 280}
      />
      {!compact && (
        <DataTable
          label="Sums of the series"
          columns={[{ name: 'Series' }, { name: 'Sum over the buckets shown', number: true }]}
          rows={series.map(({ name, values }) => [name, total(values)])}
          format={(cell) => (typeof cell === 'number' ? formatNumber(cell) : String(cell))}
        />
      )}
    </>
  );
}
