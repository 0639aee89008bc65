/**
 * The line between a stock client and Weir: a tiny proxy that, when told to, refuses, limits, or drops the connection after
 * Weir has taken the request, as networks and load balancers do; and a look at what arrived.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { runClickHouse, type Weir } from '../support/stack.js';

/** `refuse` and `limit` answer without Weir; `cut` lets Weir take the request and hangs up before the client hears of it. */
export type Fault = 'refuse' | 'limit' | 'cut';

export interface Line {
  url: string;
  /** What befalls the next POST requests, in order; when empty they pass. */
  faults: Fault[];
  /** Each request but preflights: its path and what befell it, a fault or Weir's status. */
  seen: { path: string; fate: Fault | number }[];
  stop(): Promise<void>;
}

/** What a browser needs to read a refusal, and a wait of one second. */
const REFUSAL_HEADERS = {
  'Retry-After': '1',
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Retry-After',
};

export async function openLine(weirUrl: string): Promise<Line> {
  const line: Line = { url: '', faults: [], seen: [], stop };

  function forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, url: path = '', headers } = incoming;
    const fault = method === 'POST' ? line.faults.shift() : undefined;
    if (fault === 'refuse' || fault === 'limit') {
      line.seen.push({ path, fate: fault });
      incoming.resume();
      incoming.once('end', () => outgoing.writeHead(fault === 'refuse' ? 503 : 429, REFUSAL_HEADERS).end());
      return;
    }
    const onward = request(weirUrl + path, { method, headers }, (answer) => {
      if (method !== 'OPTIONS') line.seen.push({ path, fate: fault ?? answer.statusCode ?? 0 });
      if (fault === 'cut') {
        answer.resume();
        incoming.socket.destroy();
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => incoming.socket.destroy());
    incoming.pipe(onward);
  }

  const server = createServer(forward).listen(0, '127.0.0.1');
  await once(server, 'listening');
  line.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function stop(): Promise<void> {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
  return line;
}

export interface StoredEvent {
  event: string;
  event_id: string;
  user_id: string;
  anonymous_id: string;
  session_id: string;
  timestamp: string;
  sent_at: string | null;
  properties: Record<string, unknown>;
  context: Record<string, unknown>;
}

const SEEN_COLUMNS =
  'event, event_id, user_id, anonymous_id, session_id, timestamp, sent_at, properties, context';

/** Stored events that meet a condition in SQL, as ClickHouse has them; times as ISO 8601. */
export async function readStored(clickhouse: string, condition: string): Promise<StoredEvent[]> {
  const lines = await runClickHouse(
    clickhouse,
    `select ${SEEN_COLUMNS} from events where ${condition} order by event_id format JSONEachRow
     settings output_format_json_quote_64bit_integers = 0, date_time_output_format = 'iso'`,
  );
  return lines
    .split('\n')
    .filter((row) => row !== '')
    .map((row) => JSON.parse(row) as StoredEvent);
}

export interface Books {
  accepted: number;
  stored: number;
  duplicates: number;
  rejected: number;
  pending: number;
}

export async function readBooks(weir: Weir): Promise<Books> {
  const response = await fetch(`${weir.url}/v1/integrity`, { headers: { 'X-API-Key': weir.keys.admin } });
  return (await response.json()) as Books;
}

/** The books once nothing is pending: a row can be seen before its outcome is counted. */
export async function readSettledBooks(weir: Weir): Promise<Books> {
  await expect.poll(async () => (await readBooks(weir)).pending, { interval: 250 }).toBe(0);
  return readBooks(weir);
}

/** What the books gained since `before`, once at least `accepted` events more were accepted and none is pending. */
export async function settleBooks(
  weir: Weir,
  before: Books,
  accepted: number,
): Promise<Omit<Books, 'pending'>> {
  const now = await expect
    .poll(
      async () => {
        const books = await readBooks(weir);
        return { ...books, isSettled: books.pending === 0 && books.accepted >= before.accepted + accepted };
      },
      { interval: 250, timeout: 120_000 },
    )
    .toMatchObject({ isSettled: true })
    .then(() => readBooks(weir));
  return {
    accepted: now.accepted - before.accepted,
    stored: now.stored - before.stored,
    duplicates: now.duplicates - before.duplicates,
    rejected: now.rejected - before.rejected,
  };
}

/** Runs what sends `count` events, all of which are to be stored and to meet `condition`; what is stored, by event name. */
export async function collectStored(
  { weir, clickhouse }: { weir: Weir; clickhouse: string },
  send: () => Promise<unknown>,
  count: number,
  condition: string,
): Promise<Map<string, StoredEvent>> {
  const before = await readBooks(weir);
  await send();
  const { accepted, stored: kept, duplicates, rejected } = await settleBooks(weir, before, count);
  expect({ accepted, kept, duplicates, rejected }).toEqual({
    accepted: count,
    kept: count,
    duplicates: 0,
    rejected: 0,
  });
  const stored = await readStored(clickhouse, condition);
  expect(stored).toHaveLength(count);
  return new Map(stored.map((event) => [event.event, event]));
}
