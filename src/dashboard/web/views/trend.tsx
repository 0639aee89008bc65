/** A trend: lines over time, and beside them the table of their totals. */
import { Lines } from '../charts/lines.js';
import { formatIn } from '../format.js';
import { DataTable } from '../ui/data-table.js';
import { findIncomplete, type TimeTable, toSeries } from './table.js';
import type { ViewProps } from './view.js';

interface Asked {
  grain?: string;
  timezone?: string;
}

export function TrendView({
  data,
  body,
  compact = false,
  isMetric = false,
}: ViewProps & { isMetric?: boolean }) {
  const table = data as TimeTable;
  const { grain = 'day', timezone = 'UTC' } = (body ?? {}) as Asked;
  const { times, series } = toSeries(table);
  if (series.length === 0)
    return <p class="empty">No such event in this range. Choose a longer range or another event.</p>;
  const { unit } = table.meta;
  const incompleteFrom = findIncomplete(table, times);
  // Values of a metric may be shares or averages, of which a sum says nothing.
  const sumUp = isMetric
    ? (values: readonly (number | null)[]) => values.slice(0, incompleteFrom).at(-1) ?? null
    : (values: readonly (number | null)[]) => values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  return (
    <>
      <Lines
        times={times}
        series={series}
        grain={grain}
        timezone={timezone}
        incompleteFrom={incompleteFrom}
        height={compact ? 180 : 280}
        unit={unit}
      />
      {!compact && (
        <DataTable
          label={isMetric ? 'Newest values' : 'Sums of the series'}
          columns={[
            { name: 'Series' },
            { name: isMetric ? `Newest whole ${grain}` : 'Sum over the buckets shown', number: true },
          ]}
          rows={series.map(({ name, values }) => [name, sumUp(values)])}
          format={(cell) => (typeof cell === 'number' ? formatIn(cell, unit) : String(cell ?? '–'))}
        />
      )}
    </>
  );
}
