import { useAnswer } from '../api.js';
import { formatNumber, formatTime } from '../format.js';
import { ProblemNote } from '../ui/problem.js';

interface SeenEvent {
  name: string;
  seen: number;
  last_seen: string;
}

interface Rejected {
  received_at: string;
  event: string;
  event_id: string;
  code: string;
  path: string;
  message: string;
}

const REFRESH_MS = 10_000;

export function Events() {
  const types = useAnswer<{ data: SeenEvent[] }>({ path: '/v1/analytics/events/seen' }, REFRESH_MS);
  const rejected = useAnswer<{ data: Rejected[] }>({ path: '/v1/rejected-events?limit=50' }, REFRESH_MS);
  return (
    <div class="columns">
      <section class="panel">
        <h2>Event types</h2>
        {types.problem && <ProblemNote problem={types.problem} />}
        {types.data?.data.length === 0 && (
          <p class="empty">Types appear here once the first event is stored.</p>
        )}
        <div class="scroll">
          <table>
            <tbody>
              {types.data?.data.map((type) => (
                <tr key={type.name}>
                  <td>{type.name}</td>
                  <td>last at {formatTime(type.last_seen)}</td>
                  <td class="number">{formatNumber(type.seen)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <section class="panel">
        <h2>Rejected events</h2>
        {rejected.problem && <ProblemNote problem={rejected.problem} />}
        {rejected.data?.data.length === 0 && (
          <p class="empty">
            None. A rejected event is kept here with its reason and can be replayed once the cause is mended.
          </p>
        )}
        <div class="scroll">
          <table>
            <tbody>
              {rejected.data?.data.map((row) => (
                <tr key={`${row.received_at} ${row.event_id} ${row.path}`}>
                  <td>{formatTime(row.received_at)}</td>
                  <td>{row.event || '–'}</td>
                  <td>
                    <code>{row.path || row.code}</code> {row.message}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </div>
  );
}
