/** Paths: how many went from one event to the next, position by position. */
import { formatNumber } from '../format.js';
import { DataTable } from '../ui/data-table.js';
import type { ViewProps } from './views.js';

interface Link {
  from: string;
  to: string;
  step?: number;
  count: number;
}

export function PathsView({ data }: ViewProps) {
  const { links = [] } = data as { links?: Link[] };
  return (
    <DataTable
      label="Steps between events"
      columns={[
        { name: 'Position', number: true },
        { name: 'From' },
        { name: 'To' },
        { name: 'Count', number: true },
      ]}
      rows={links.map(({ step = 0, from, to, count }) => [step, from, to, count])}
      format={(cell) => (typeof cell === 'number' ? formatNumber(cell) : String(cell))}
    />
  );
}
