/** Events as they come in, the newest first; of more than a reader can follow the server sends a sample, and says so. */
import { formatClock, formatPercent, formatTime } from '../format.js';
import { useLive } from '../live-socket.js';
import { addressOf } from '../route.js';
import { Code } from '../ui/scroll.js';

interface LiveEvent {
  event_id: string;
  event: string;
  user_id?: string;
  anonymous_id?: string;
  timestamp: string;
  properties?: Record<string, unknown>;
}

/** Events kept on the screen. */
const SHOWN_MAX = 15;

interface Heard {
  /** The newest first. */
  events: readonly LiveEvent[];
  /** Of all events, those that were sent here. */
  share: number;
}

const take = (before: Heard | undefined, heard: unknown, kind: string, share: number): Heard => {
  if (kind !== 'event') return { events: (heard as { events: LiveEvent[] }).events.toReversed(), share };
  return { events: [heard as LiveEvent, ...(before?.events ?? [])].slice(0, SHOWN_MAX), share };
};

export function LatestEvents() {
  const { data, isLive } = useLive<Heard>({ channel: 'events' }, take);
  const events = data?.events ?? [];
  return (
    <section class="panel latest" aria-label="Latest events">
      <h2>
        Latest events
        {data && data.share < 1 && (
          <small class="muted">
            {' '}
            {formatPercent(data.share)} of them: there are more than one can follow
          </small>
        )}
      </h2>
      {events.length === 0 && (
        <p class="muted">
          {isLive ? 'Listening: the next event appears here.' : 'The live connection is being made.'}
        </p>
      )}
      {events.map((event) => (
        <LatestEvent key={event.event_id} event={event} />
      ))}
    </section>
  );
}

function LatestEvent({ event }: { event: LiveEvent }) {
  const name = event.user_id || event.anonymous_id || '';
  return (
    <details class="happening">
      <summary>
        <time class="muted" dateTime={event.timestamp} title={formatTime(event.timestamp)}>
          {formatClock(event.timestamp)}
        </time>{' '}
        <b>{event.event}</b> <span title={name}>{name}</span>
      </summary>
      <Code>{JSON.stringify(event.properties ?? {}, null, 2)}</Code>
      <a href={addressOf('people', undefined, name)}>Everything {name} did</a>
    </details>
  );
}
