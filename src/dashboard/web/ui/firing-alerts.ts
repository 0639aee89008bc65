/** What fires now: heard on the live socket's channel `alerts`; while that is not to be had, asked for every few seconds. */
import { useEffect, useState } from 'preact/hooks';
import { useAnswer } from '../api.js';
import { useLive } from '../live-socket.js';

const REFRESH_MS = 15_000;

/** One incident: an alert, or one value of its dimension, since a time. */
export interface Incident {
  readonly alert: string;
  readonly name: string;
  readonly value: string;
  readonly since: string;
}

interface FiringAlert {
  readonly id: string;
  readonly name: string;
  readonly silenced_until: string | null;
  readonly states: readonly {
    readonly status: string;
    readonly since: string;
    readonly dimension_value: unknown;
  }[];
}

/** A beginning or an end, as the channel tells it. */
interface AlertMessage {
  readonly status: 'firing' | 'resolved';
  readonly alert: { readonly id: string; readonly name: string };
  readonly dimension_value: unknown;
  readonly started_at: string;
}

const listIncidents = (alerts: readonly FiringAlert[]): Incident[] =>
  alerts
    .filter(({ silenced_until }) => silenced_until === null)
    .flatMap(({ id, name, states }) =>
      states
        .filter(({ status }) => status === 'firing')
        .map(({ since, dimension_value }) => ({
          alert: id,
          name,
          value: JSON.stringify(dimension_value),
          since,
        })),
    );

/** The incidents after a message: one more, or one less. */
function follow(incidents: readonly Incident[], message: AlertMessage): Incident[] {
  const { alert, status, started_at: since } = message;
  const value = JSON.stringify(message.dimension_value);
  const others = incidents.filter((one) => one.alert !== alert.id || one.value !== value);
  return status === 'firing' ? [...others, { alert: alert.id, name: alert.name, value, since }] : others;
}

/** Silences, changes and deletions are said to nobody: whoever makes one on this page says so here. */
const CHANGED = 'weir:alerts-changed';
export const tellAlertsChanged = (): boolean => dispatchEvent(new Event(CHANGED));

/** Counts what others may have changed unheard: said here, or possible while the page was not looked at. */
function useChanges(): number {
  const [changes, setChanges] = useState(0);
  useEffect(() => {
    const count = (): void => setChanges((before) => before + 1);
    const look = (): void => {
      if (document.visibilityState === 'visible') count();
    };
    addEventListener(CHANGED, count);
    document.addEventListener('visibilitychange', look);
    return () => {
      removeEventListener(CHANGED, count);
      document.removeEventListener('visibilitychange', look);
    };
  }, []);
  return changes;
}

export function useFiringAlerts(): readonly Incident[] {
  const changes = useChanges();
  const live = useLive<Incident[]>(
    { channel: 'alerts' },
    (before, heard, kind) =>
      kind === 'alert'
        ? follow(before ?? [], heard as AlertMessage)
        : listIncidents((heard as { alerts: FiringAlert[] }).alerts),
    changes,
  );
  const polled = useAnswer<{ data: FiringAlert[] }>(
    live.isDown ? { path: '/v1/alerts?status=firing' } : undefined,
    REFRESH_MS,
    changes,
  );
  return live.isDown && polled.data ? listIncidents(polled.data.data) : (live.data ?? []);
}
