/**
 * Live answers over the socket of `/v1/analytics/realtime`. It opens again by itself, with longer pauses as it fails; while it is
 * not to be had, `isDown` is true and the caller may poll the same answer over HTTP.
 */
import { useEffect, useState } from 'preact/hooks';
import { readKey } from './api.js';

const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 15_000;
/** How often the server is spoken to, so that a proxy does not take the socket for dead. */
const PING_MS = 25_000;

export interface LiveState<T> {
  /** The newest answer heard; what is heard replaces what was. */
  readonly data: T | undefined;
  readonly isLive: boolean;
  /** It was closed or refused, and is not live again yet. */
  readonly isDown: boolean;
  /** What the server cannot reach at this moment. */
  readonly degraded: string | undefined;
}

interface Message {
  readonly type: string;
  readonly channel?: string;
  readonly state?: 'ok' | 'degraded';
  readonly reason?: string;
  readonly snapshot?: unknown;
  readonly data?: unknown;
  /** Of an event that stands for others: 0.1 is one of ten. */
  readonly sampled?: number;
}

type Kind = 'snapshot' | 'update' | 'event' | 'alert';

const KINDS: Readonly<Record<string, Kind>> = {
  subscribed: 'snapshot',
  update: 'update',
  event: 'event',
  alert: 'alert',
};

/**
 * Subscribes for as long as the component is there. `take` makes the next answer of the one before and of what was heard:
 * a snapshot, an update's data, an event with the share of all events it is one of, or an alert. Another `version` begins with a
 * new snapshot.
 */
export function useLive<T>(
  request: Readonly<Record<string, unknown>>,
  take: (before: T | undefined, heard: unknown, kind: Kind, share: number) => T | undefined,
  version = 0,
): LiveState<T> {
  const [state, setState] = useState<LiveState<T>>({
    data: undefined,
    isLive: false,
    isDown: false,
    degraded: undefined,
  });
  const question = JSON.stringify({ type: 'subscribe', ...request });
  useEffect(() => {
    let socket: WebSocket | undefined;
    let timer: number | undefined;
    let failures = 0;
    let isGone = false;
    const hear = (message: Message): void =>
      setState((before) => {
        if (message.type === 'status')
          return { ...before, degraded: message.state === 'degraded' ? message.reason : undefined };
        if (message.type === 'error') return { ...before, isDown: !before.isLive };
        const kind = KINDS[message.type];
        if (!kind) return before;
        const heard = kind === 'snapshot' ? message.snapshot : message.data;
        const live = { ...before, isLive: true, isDown: false };
        if (heard === null || heard === undefined) return live;
        return { ...live, data: take(before.data, heard, kind, message.sampled ?? 1) };
      });
    const open = (): void => {
      const address = `${location.origin.replace(/^http/, 'ws')}/v1/analytics/realtime`;
      socket = new WebSocket(address, [`weir.${readKey() ?? ''}`]);
      socket.onopen = () => socket?.send(question);
      socket.onmessage = ({ data }) => {
        // Not as soon as it is open: what stands between may open it and close it at once.
        failures = 0;
        hear(JSON.parse(String(data)) as Message);
      };
      socket.onclose = () => {
        if (isGone) return;
        setState((before) => ({ ...before, isLive: false, isDown: true }));
        const pauseMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** failures++);
        timer = window.setTimeout(open, pauseMs);
      };
    };
    open();
    const ping = window.setInterval(() => {
      if (socket?.readyState === WebSocket.OPEN) socket.send('{"type":"ping"}');
    }, PING_MS);
    return () => {
      isGone = true;
      clearTimeout(timer);
      clearInterval(ping);
      socket?.close();
    };
  }, [question, version]);
  return state;
}
