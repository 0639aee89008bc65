/** Live: what comes in, second by second, and what became of the events of the last day. */
import type { ComponentChildren } from 'preact';
import { useAnswer } from '../api.js';
import { Lines } from '../charts/lines.js';
import { formatCount, formatIn, formatNumber, formatShortIn } from '../format.js';
import { useLive } from '../live-socket.js';
import { addressOf } from '../route.js';
import { AnswerPanel } from '../ui/answer.js';
import { useEventsSeen } from '../ui/catalogue.js';
import { FirstEvent } from '../ui/first-event.js';
import { ProblemNote } from '../ui/problem.js';
import { Told } from '../ui/told.js';
import { findIncomplete, type TimeTable, toSeries } from '../views/table.js';
import { useBooks } from './integrity.js';
import { LatestEvents } from './latest-events.js';
import { useReady } from './ready.js';

const REFRESH_MS = 5_000;
const MINUTE_MS = 60_000;
const WINDOW_MINUTES = 60;
/** Event types shown; a trend takes this many series. */
const EVENTS_SHOWN = 8;

/** Seconds drawn as bars. */
const SECONDS_SHOWN = 60;
const TOP_SHOWN = 8;
const TOP_ROW_HEIGHT = 37;
const SNAPSHOT = '/v1/analytics/realtime/snapshot';
/** What the panels take before there is anything in them. */
const SECONDS_HEIGHT = 190;
const MINUTES_HEIGHT = 400;

/** What the channel `metrics` of the live socket says of a project. */
interface Overview {
  windows: Record<'1m' | '5m' | '1h', { count: number; users: number }>;
  per_second: number[];
  top_events: { event: string; counts: Record<'1m' | '5m' | '1h', number> }[];
}

interface Snapshot {
  data: Overview;
}

/** The project's numbers as they move; while the socket is closed they are asked for every few seconds. */
function useOverview() {
  const live = useLive<Overview>({ channel: 'metrics' }, (_, heard) => heard as Overview);
  const polled = useAnswer<Snapshot>(live.isLive ? undefined : { path: SNAPSHOT }, REFRESH_MS);
  const data = live.isLive ? live.data : (polled.data?.data ?? live.data);
  return { degraded: live.degraded, problem: polled.problem, data };
}

export function Live() {
  const overview = useOverview();
  const { data, problem } = overview;
  const known = data ?? problem;
  return (
    <>
      {overview.degraded && (
        <p role="status">
          {overview.degraded === 'redis' ? 'Redis' : 'ClickHouse'} does not answer at this moment: numbers go
          on as far as they can.
        </p>
      )}
      {problem && !data && <ProblemNote problem={problem} />}
      <div class="tiles" aria-busy={!known}>
        <Tile name="Events in the last second" value={data?.per_second.at(-2)} known={known} />
        <Tile name="Events, last minute" value={data?.windows['1m'].count} known={known} />
        <Tile name="People, last 5 minutes" value={data?.windows['5m'].users} known={known} />
        <Tile name="People, last hour" value={data?.windows['1h'].users} known={known} />
      </div>
      <StoredTiles />
      <div class="columns">
        <div class="answers">
          <SecondsPanel overview={overview} />
          <section class="panel" aria-label="Most frequent, last 5 minutes">
            <h2>Most frequent, last 5 minutes</h2>
            {known ? <TopEvents events={data?.top_events ?? []} /> : <TopWaiting />}
          </section>
        </div>
        <LatestEvents />
      </div>
      <Minutes />
    </>
  );
}

/** What became of the events of the last day, and how far storing is behind. */
function StoredTiles() {
  const { data, problem } = useBooks();
  const known = data ?? problem;
  // The signal `processing_lag` of alerts, as it is now.
  const ready = useReady();
  const lagMs = ready?.parts.ingest?.lag_ms;
  const lag = lagMs === undefined ? undefined : lagMs / 1_000;
  return (
    <div class="tiles" aria-busy={!known}>
      <Tile name="Events stored, last 24 hours" value={data?.stored} known={known} />
      <Tile name="Waiting to be stored" value={data?.pending} known={known} />
      <Tile name="Lag" value={lag} unit="seconds" known={ready !== undefined}>
        , of the oldest event that waits
      </Tile>
      <Tile name="Duplicates recognised" value={data?.duplicates} known={known} />
      <Tile name="Rejected, kept with their reason" value={data?.rejected} known={known} />
    </div>
  );
}

interface TileProps {
  name: string;
  value: number | undefined;
  unit?: 'seconds';
  /** Undefined: the number is on its way, and its place is kept. */
  known: unknown;
  children?: ComponentChildren;
}

const Tile = ({ name, value, unit, known, children }: TileProps) => (
  <div class="panel tile" title={formatIn(value, unit)}>
    <div class="value">{known ? formatShortIn(value, unit) : <div class="skeleton">&nbsp;</div>}</div>
    <div class="name">
      {name}
      {children}
    </div>
  </div>
);

function SecondsPanel({ overview: { data, problem } }: { overview: ReturnType<typeof useOverview> }) {
  const counts = data?.per_second.slice(-SECONDS_SHOWN);
  return (
    <AnswerPanel
      answer={{ data: counts, problem: counts ? undefined : problem, pending: !counts && !problem }}
      meta={undefined}
      request={{ path: SNAPSHOT }}
      name="events a second"
      height={SECONDS_HEIGHT}
      csv={() => [['seconds_ago', 'events'], ...listSeconds(counts ?? [])]}
      empty={null}
    >
      {(shown) => (
        <>
          <h2>Events a second, last minute</h2>
          <Seconds counts={shown} />
        </>
      )}
    </AnswerPanel>
  );
}

const listSeconds = (counts: readonly number[]): number[][] =>
  counts.map((count, i) => [counts.length - i - 1, count]);

function Seconds({ counts }: { counts: readonly number[] }) {
  const most = Math.max(1, ...counts);
  return (
    <Told idle={`at most ${formatCount(Math.max(0, ...counts), 'event')} a second`}>
      <div class="seconds" role="img" aria-label={`Events a second; at most ${most} in the last minute`}>
        {listSeconds(counts).map(([ago, count]) => (
          <span key={ago} title={`${formatCount(count, 'event')}, ${formatCount(ago, 'second')} ago`}>
            <i style={{ height: `${(100 * count!) / most}%` }} />
          </span>
        ))}
      </div>
    </Told>
  );
}

const TopWaiting = () => <div class="skeleton" style={{ height: `${TOP_SHOWN * TOP_ROW_HEIGHT}px` }} />;

/** The most of them first; of those that are equal, by name, so that none changes its place without a reason. */
const rankEvents = (events: Overview['top_events']): Overview['top_events'] =>
  events
    .filter(({ counts }) => counts['5m'] > 0)
    .sort((a, b) => b.counts['5m'] - a.counts['5m'] || (a.event < b.event ? -1 : 1))
    .slice(0, TOP_SHOWN);

function TopEvents({ events }: { events: Overview['top_events'] }) {
  const ranked = rankEvents(events);
  if (ranked.length === 0)
    return <p class="muted">Nothing in the last 5 minutes: what is sent most often stands here.</p>;
  return (
    <ul class="list">
      {ranked.map(({ event, counts }) => (
        <li key={event}>
          <a href={addressOf('explore', { event })}>{event}</a>
          <span>{formatNumber(counts['5m'])}</span>
        </li>
      ))}
    </ul>
  );
}

/** The last hour by time of the event, as it is stored. */
function Minutes() {
  const names = useEventsSeen(REFRESH_MS);
  const events = (names.data?.data ?? []).slice(0, EVENTS_SHOWN).map(({ name }) => ({ event: name }));
  const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const body = {
    events,
    from: new Date(now - (WINDOW_MINUTES - 1) * MINUTE_MS).toISOString(),
    to: new Date(now + MINUTE_MS).toISOString(),
    grain: 'minute',
  };
  const request = events.length === 0 ? undefined : { path: '/v1/analytics/trends', body };
  const { data, problem } = useAnswer<TimeTable>(request, REFRESH_MS);
  const failed = problem ?? names.problem;
  const isFirst = names.data?.data.length === 0;
  if (isFirst)
    return (
      <section class="panel next">
        <FirstEvent place="here" />
      </section>
    );
  return (
    <div class="next">
      <AnswerPanel
        // Numbers that move do not flash: the old ones are not dimmed.
        answer={{ data, problem: data ? undefined : failed, pending: !data && !failed }}
        meta={data?.meta}
        request={request}
        name="events a minute"
        height={MINUTES_HEIGHT}
        explains
        csv={() => (data ? [data.columns, ...data.rows] : [])}
        empty={null}
      >
        {(table) => (
          <>
            <h2>Events a minute, by time of the event, last hour</h2>
            <MinuteChart table={table} />
          </>
        )}
      </AnswerPanel>
    </div>
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
