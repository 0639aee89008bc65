/**
 * Live answers over the socket of `/v1/analytics/realtime`. It opens again by itself, with longer pauses as it fails; until it has
 * opened, `isLive` is false and the caller may poll the same answer over HTTP.
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

/**
 * Subscribes for as long as the component is there. `take` makes the next answer of the one before and of what was heard:
 * a snapshot, an update's data, or an event, with the share of all events it is one of.
 */
export function useLive<T>(
  request: Readonly<Record<string, unknown>>,
  take: (
    before: T | undefined,
    heard: unknown,
    kind: 'snapshot' | 'update' | 'event',
    share: number,
  ) => T | undefined,
): LiveState<T> {
  const [state, setState] = useState<LiveState<T>>({ data: undefined, isLive: false, degraded: undefined });
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
        const kind = message.type === 'subscribed' ? 'snapshot' : message.type;
        if (kind !== 'snapshot' && kind !== 'update' && kind !== 'event') return before;
        const heard = kind === 'snapshot' ? message.snapshot : message.data;
        if (heard === null || heard === undefined) return { ...before, isLive: true };
        return { ...before, isLive: true, data: take(before.data, heard, kind, message.sampled ?? 1) };
      });
    const open = (): void => {
      const address = `${location.origin.replace(/^http/, 'ws')}/v1/analytics/realtime`;
      socket = new WebSocket(address, [`weir.${readKey() ?? ''}`]);
      socket.onopen = () => {
        failures = 0;
        socket?.send(question);
      };
      socket.onmessage = ({ data }) => hear(JSON.parse(String(data)) as Message);
      socket.onclose = () => {
        setState((before) => ({ ...before, isLive: false }));
        if (isGone) return;
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
  }, [question]);
  return state;
}
