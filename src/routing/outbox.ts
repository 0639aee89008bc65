/**
 * Sends what waits in webhooks' outboxes, at least once and in order, one request at a time for each webhook.
 *
 *   idle       the outbox is looked at every LOOK_MS
 *   sending    the oldest events, at most REQUEST_EVENTS. Which ones is written down first, so that a repeat after a crash is the
 *              same request under the same Idempotency-Key
 *   failed     any answer but 2xx, or none: the same request again after a pause that doubles up to PAUSE_MAX_MS, for as long as the
 *              route exists. Meanwhile the outbox grows to its limit, then loses its oldest
 *
 * The process that holds a partition's lease sends for its projects. When a lease changes hands two may send the same request.
 */
import type { Redis } from '../redis/client.js';
import type { WebhookSender } from '../webhook/sender.js';
import { outboxOf, type Route, stateOf } from './route.js';

const LOOK_MS = 250;
/** Events in one request, and characters of them. */
const REQUEST_EVENTS = 100;
const REQUEST_CHARACTERS = 1_000_000;
const PAUSE_MIN_MS = 1_000;
const PAUSE_MAX_MS = 5 * 60_000;
/** Webhooks sent to at the same time. */
const SENDING_MAX = 16;

export interface OutboxOptions {
  redis: Pick<Redis, 'command'>;
  sender: WebhookSender;
  routes: () => readonly Route[];
  /** The partition of a project if this process holds it. */
  heldPartitionOf: (project: string) => number | undefined;
  onError: (error: Error) => void;
}

interface Pending {
  pauseMs: number;
  dueAt: number;
  isSending: boolean;
}

type Entry = [id: string, fields: string[]];

/** Sends until closed. `close` waits for requests under way. */
export function createOutboxSender({ redis, sender, routes, heldPartitionOf, onError }: OutboxOptions): {
  close(): Promise<void>;
} {
  const pending = new Map<string, Pending>();
  const running = new Set<Promise<void>>();
  let closed = false;

  async function readNext(outbox: string, state: string): Promise<Entry[]> {
    const upTo = await redis.command<string | null>(['HGET', state, 'sending']);
    if (upTo !== null) {
      const again = await redis.command<Entry[]>(['XRANGE', outbox, '-', upTo]);
      if (again.length > 0) return again;
    }
    const found = await redis.command<Entry[]>(['XRANGE', outbox, '-', '+', 'COUNT', String(REQUEST_EVENTS)]);
    let characters = 0;
    const fits = found.filter(([, fields], i) => {
      characters += fields[1]!.length;
      return i === 0 || characters <= REQUEST_CHARACTERS;
    });
    const last = fits.at(-1)?.[0];
    if (last !== undefined) await redis.command(['HSET', state, 'sending', last]);
    return fits;
  }

  async function sendNext(route: Route, partition: number, mine: Pending): Promise<void> {
    const outbox = outboxOf(route, partition);
    const state = stateOf(route, partition);
    const entries = await readNext(outbox, state);
    const first = entries[0]?.[0];
    if (first === undefined) {
      mine.dueAt = performance.now() + LOOK_MS;
      return;
    }
    const last = entries.at(-1)![0];
    const events = entries.map(([, fields]) => fields[1]!).join(',');
    const { ok, error } = await sender.send({
      url: route.target,
      secret: route.secret,
      idempotencyKey: `${route.id}:${first}:${last}`,
      body: `{"route":${JSON.stringify({ id: route.id, name: route.name })},"project":${JSON.stringify(route.project)},"events":[${events}]}`,
    });
    if (ok) {
      await redis.command(['XDEL', outbox, ...entries.map(([id]) => id)]);
      await redis.command(['HDEL', state, 'sending', 'error', 'failures']);
      await redis.command(['HINCRBY', state, 'delivered', String(entries.length)]);
      mine.pauseMs = PAUSE_MIN_MS;
      mine.dueAt = performance.now();
      return;
    }
    await redis.command(['HSET', state, 'error', error]);
    await redis.command(['HINCRBY', state, 'failures', '1']);
    mine.dueAt = performance.now() + mine.pauseMs;
    mine.pauseMs = Math.min(mine.pauseMs * 2, PAUSE_MAX_MS);
  }

  function look(): void {
    const now = performance.now();
    const live = routes().filter(({ kind }) => kind === 'webhook');
    for (const id of pending.keys()) if (!live.some((route) => route.id === id)) pending.delete(id);
    for (const route of live) {
      if (running.size >= SENDING_MAX) return;
      const partition = heldPartitionOf(route.project);
      const mine = pending.get(route.id) ?? { pauseMs: PAUSE_MIN_MS, dueAt: 0, isSending: false };
      pending.set(route.id, mine);
      if (partition === undefined || mine.isSending || mine.dueAt > now) continue;
      mine.isSending = true;
      const sending = sendNext(route, partition, mine)
        .catch(onError)
        .finally(() => {
          mine.isSending = false;
          running.delete(sending);
        });
      running.add(sending);
    }
  }

  const timer = setInterval(() => {
    if (!closed) look();
  }, LOOK_MS);
  timer.unref();
  return {
    async close() {
      closed = true;
      clearInterval(timer);
      await Promise.all(running);
    },
  };
}
