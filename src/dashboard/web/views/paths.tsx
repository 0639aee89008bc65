/** Paths: the flows between places, and the most common whole ways. */

import type { Meta } from '../api.js';
import { Sankey } from '../charts/sankey.js';
import { formatCount, formatNumber, formatPeople } from '../format.js';
import { DataTable } from '../ui/data-table.js';
import { Told } from '../ui/told.js';
import type { ViewProps } from './view.js';

export interface PathsAnswer {
  nodes: { step: number; event: string; visits: number }[];
  links: { step: number; source: string; target: string; visits: number }[];
  ways: { events: string[]; visits: number; users: number }[];
  meta: Meta & { truncated_people?: number };
}

/** What the server's names for leaving, coming and the folded rest are called on the page. */
const NAMES: Readonly<Record<string, string>> = {
  $end: '(left)',
  $start: '(came)',
  $other: '(other)',
};
const nameEvent = (event: string): string => NAMES[event] ?? event;

export function PathsView({ data, compact = false }: ViewProps) {
  const { nodes, links, ways, meta } = data as PathsAnswer;
  const cut = meta.truncated_people ?? 0;
  if (links.length === 0)
    return <p class="empty">No such way in this range. Choose a longer range or another event.</p>;
  return (
    <>
      <Told idle="Point at a flow or a place for its numbers.">
        <Sankey
          nodes={nodes.map(({ step, event, visits }) => ({
            column: step,
            name: nameEvent(event),
            weight: visits,
          }))}
          links={links.map(({ step, source, target, visits }) => ({
            column: step,
            source: nameEvent(source),
            target: nameEvent(target),
            weight: visits,
          }))}
          describe={(visits) => formatCount(visits, 'visit')}
        />
      </Told>
      {cut > 0 && (
        <p class="muted">
          Of {formatPeople(cut)} only the earliest 100,000 events were looked at: choose a shorter range to
          see all.
        </p>
      )}
      {!compact && (
        <DataTable
          label="The most common ways"
          columns={[{ name: 'Way' }, { name: 'Visits', number: true }, { name: 'People', number: true }]}
          rows={ways.map(({ events, visits, users }) => [events.map(nameEvent).join(' → '), visits, users])}
          format={(cell) => (typeof cell === 'number' ? formatNumber(cell) : String(cell))}
        />
      )}
    </>
  );
}
