import { useAnswer } from '../api.js';
import { Lines } from '../charts/lines.js';
import { formatNumber, formatShort } from '../format.js';
import { useLive } from '../live-socket.js';
import { addressOf } from '../route.js';
import { useEventNames } from '../ui/catalogue.js';
import { ProblemNote } from '../ui/problem.js';
import { findIncomplete, type TimeTable, toSeries } from '../views/table.js';
import { LatestEvents } from './latest-events.js';

const REFRESH_MS = 5_000;
const MINUTE_MS = 60_000;
const WINDOW_MINUTES = 60;
/** Event types shown; a trend takes this many series. */
const EVENTS_SHOWN = 8;

/** Seconds drawn as bars. */
const SECONDS_SHOWN = 60;
const TOP_SHOWN = 8;

/** What the channel `metrics` of the live socket says of a project. */
interface Overview {
  windows: Record<'1m' | '5m' | '1h', { count: number; users: number }>;
  per_second: number[];
  top_events: { event: string; counts: Record<'1m' | '5m' | '1h', number> }[];
}

interface Snapshot {
  data: Overview;
}

interface Integrity {
  accepted: number;
  stored: number;
  duplicates: number;
  rejected: number;
  pending: number;
  ok: boolean;
}

/** The project's numbers as they move; while the socket is closed they are asked for every few seconds. */
function useOverview() {
  const live = useLive<Overview>({ channel: 'metrics' }, (_, heard) => heard as Overview);
  const polled = useAnswer<Snapshot>(
    live.isLive ? undefined : { path: '/v1/analytics/realtime/snapshot' },
    REFRESH_MS,
  );
  return { ...live, data: live.isLive ? live.data : (polled.data?.data ?? live.data) };
}

export function Live() {
  const overview = useOverview();
  const windows = overview.data?.windows;
  const names = useEventNames(REFRESH_MS);
  const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const range = {
    from: new Date(now - (WINDOW_MINUTES - 1) * MINUTE_MS).toISOString(),
    to: new Date(now + MINUTE_MS).toISOString(),
  };
  const events = names.slice(0, EVENTS_SHOWN).map((event) => ({ event }));
  const trend = useAnswer<TimeTable>(
    events.length === 0
      ? undefined
      : { path: '/v1/analytics/trends', body: { events, ...range, grain: 'minute' } },
    REFRESH_MS,
  );
  const integrity = useAnswer<Integrity>({ path: '/v1/integrity' }, REFRESH_MS);
  if (trend.problem && !trend.data) return <ProblemNote problem={trend.problem} />;
  return (
    <>
      {overview.degraded && (
        <p role="status">
          {overview.degraded === 'redis' ? 'Redis' : 'ClickHouse'} does not answer at this moment: numbers go
          on as far as they can.
        </p>
      )}
      <div class="tiles" aria-busy={!windows}>
        <Tile name="Events in the last second" value={overview.data?.per_second.at(-2)} />
        <Tile name="Events, last minute" value={windows?.['1m'].count} />
        <Tile name="People, last 5 minutes" value={windows?.['5m'].users} />
        <Tile name="People, last hour" value={windows?.['1h'].users} />
      </div>
      <div class="tiles">
        <Tile name="Events stored, last 24 hours" value={integrity.data?.stored} />
        <Tile name="Waiting to be stored" value={integrity.data?.pending} />
        <Tile name="Duplicates recognised" value={integrity.data?.duplicates} />
        <Tile name="Rejected, kept with their reason" value={integrity.data?.rejected} />
      </div>
      <div class="columns">
        <section class="panel">
          <h2>Events a second, last minute</h2>
          <Seconds counts={overview.data?.per_second.slice(-SECONDS_SHOWN) ?? []} />
          <h2 class="next">Most frequent, last 5 minutes</h2>
          <TopEvents events={overview.data?.top_events ?? []} />
        </section>
        <LatestEvents />
      </div>
      <section class="panel next">
        <h2>Events a minute, by time of the event, last hour</h2>
        {trend.data ? <MinuteChart table={trend.data} /> : <FirstEvent waiting={names.length === 0} />}
      </section>
    </>
  );
}

const Tile = ({ name, value }: { name: string; value: number | undefined }) => (
  <div class="panel tile" title={formatNumber(value)}>
    <div class="value">{formatShort(value)}</div>
    <div class="name">{name}</div>
  </div>
);

function Seconds({ counts }: { counts: readonly number[] }) {
  const most = Math.max(1, ...counts);
  return (
    <div class="seconds" role="img" aria-label={`Events a second; at most ${most} in the last minute`}>
      {counts.map((count, i) => (
        // A second has no name of its own but its place.
        <span key={i} title={formatNumber(count)} style={{ height: `${(100 * count) / most}%` }} />
      ))}
    </div>
  );
}

function TopEvents({ events }: { events: Overview['top_events'] }) {
  if (events.length === 0) return <p class="muted">Nothing in the last hour.</p>;
  return (
    <ul class="list">
      {events.slice(0, TOP_SHOWN).map(({ event, counts }) => (
        <li key={event}>
          <a href={addressOf('explore', { event })}>{event}</a>
          <span>{formatNumber(counts['5m'])}</span>
        </li>
      ))}
    </ul>
  );
}

function MinuteChart({ table }: { table: TimeTable }) {
  const { times, series } = toSeries(table);
  return (
    <Lines
      times={times}
      series={series}
      grain="minute"
      timezone={Intl.DateTimeFormat().resolvedOptions().timeZone}
      incompleteFrom={findIncomplete(table, times)}
    />
  );
}

function FirstEvent({ waiting }: { waiting: boolean }) {
  if (!waiting) return <div class="skeleton" style={{ height: '280px' }} />;
  const line = `curl ${location.origin}/v1/events \\\n  -H "authorization: Bearer $WEIR_KEY" \\\n  -H 'content-type: application/json' \\\n  -d '{"event":"page_viewed","user_id":"me","properties":{"path":"/"}}'`;
  return (
    <div class="empty">
      <p>No events yet. Send the first one and watch it appear here:</p>
      <pre>{line}</pre>
    </div>
  );
}
