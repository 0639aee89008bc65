/** Events: the types with what was seen of them, one type with its schema and drift, and the rejected events. */
import { useAnswer } from '../api.js';
import { formatNumber, formatTime } from '../format.js';
import { addressOf } from '../route.js';
import { DataTable } from '../ui/data-table.js';
import { ProblemNote } from '../ui/problem.js';
import { EventType } from './event-type.js';
import { RejectedEvents } from './rejected-events.js';
import type { ScreenProps } from './screen.js';

interface SeenEvent {
  name: string;
  seen: number;
  last_seen: string;
}

interface RegisteredType {
  name: string;
  version: number;
  mode: string;
}

const REFRESH_MS = 10_000;

export function Events({ item }: ScreenProps) {
  if (item !== '') return <EventType name={item} />;
  return (
    <>
      <Types />
      <RejectedEvents />
    </>
  );
}

function Types() {
  const seen = useAnswer<{ data: SeenEvent[] }>({ path: '/v1/analytics/events/seen' }, REFRESH_MS);
  const registered = useAnswer<{ data: RegisteredType[] }>({
    path: '/v1/analytics/event-types?limit=1000',
  });
  const types = new Map(registered.data?.data.map((type) => [type.name, type]));
  const unseen = [...types.keys()].filter((name) => !seen.data?.data.some((one) => one.name === name));
  const rows = [
    ...(seen.data?.data ?? []).map((one) => [
      one.name,
      one.seen,
      one.last_seen,
      types.get(one.name)?.mode ?? null,
    ]),
    ...unseen.map((name) => [name, 0, null, types.get(name)!.mode]),
  ];
  return (
    <section class="panel">
      <h2>Event types</h2>
      {seen.problem && <ProblemNote problem={seen.problem} />}
      {!seen.data && seen.pending && <div class="skeleton" style={{ height: '160px' }} />}
      {seen.data && rows.length === 0 && (
        <p class="empty">Types appear here once the first event is stored.</p>
      )}
      {seen.data && rows.length > 0 && (
        <DataTable
          label="Event types"
          columns={[
            { name: 'Type' },
            { name: 'Stored', number: true },
            { name: 'Last seen' },
            { name: 'Rules' },
          ]}
          rows={rows}
          format={(cell, column) => {
            if (column === 0)
              return <a href={addressOf('events', undefined, String(cell))}>{String(cell)}</a>;
            if (column === 2) return cell === null ? 'never' : formatTime(String(cell));
            if (column === 3) return cell === null ? <span class="muted">not registered</span> : String(cell);
            return formatNumber(Number(cell));
          }}
        />
      )}
    </section>
  );
}
