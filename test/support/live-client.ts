/** A client of the live socket that remembers everything it heard. */
import { once } from 'node:events';
import { WebSocket } from 'ws';

export interface LiveMessage {
  type: string;
  topic?: string;
  channel?: string;
  id?: string;
  code?: string;
  state?: string;
  reason?: string;
  resumed?: boolean;
  sampled?: number;
  count?: number;
  message?: string;
  data?: unknown;
  snapshot?: unknown;
}

export interface LiveClient {
  readonly socket: WebSocket;
  readonly messages: readonly LiveMessage[];
  send(message: unknown): void;
  /** The first message, of those already there and those to come, that fits. */
  waitFor(fits: (message: LiveMessage) => boolean): Promise<LiveMessage>;
  /** Subscribes, and answers the `subscribed` or the `error`. */
  subscribe(request: object): Promise<LiveMessage>;
  /** How it was closed. */
  readonly closed: Promise<{ code: number; reason: string }>;
  close(): Promise<void>;
}

/** Opens a socket and waits until it is open. `protocols`, `headers`: where the key goes when not in the address. */
export async function openLive(
  url: string,
  {
    query = '',
    protocols = [],
    headers = {},
  }: { query?: string; protocols?: string[]; headers?: Record<string, string> },
): Promise<LiveClient> {
  const address = `${url.replace(/^http/, 'ws')}/v1/analytics/realtime${query}`;
  const socket = new WebSocket(address, protocols, { headers });
  const messages: LiveMessage[] = [];
  const watchers = new Set<() => void>();
  socket.on('message', (data) => {
    messages.push(JSON.parse(String(data)) as LiveMessage);
    for (const watch of watchers) watch();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  await once(socket, 'open');
  const waitFor = (fits: (message: LiveMessage) => boolean): Promise<LiveMessage> =>
    new Promise((resolve) => {
      const watch = (): void => {
        const found = messages.find(fits);
        if (!found) return;
        watchers.delete(watch);
        resolve(found);
      };
      watchers.add(watch);
      watch();
    });
  return {
    socket,
    messages,
    closed,
    waitFor,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async subscribe(request) {
      const from = messages.length;
      socket.send(JSON.stringify({ type: 'subscribe', ...request }));
      return waitFor(
        (message) => messages.indexOf(message) >= from && ['subscribed', 'error'].includes(message.type),
      );
    },
    async close() {
      if (socket.readyState === WebSocket.OPEN) socket.close();
      await closed;
    },
  };
}
