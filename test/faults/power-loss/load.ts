/**
 * Clients of a recorded instance. They send as those of ../producer.ts do, and keep the `batch_id` of every answer: by it the
 * moment at which an answer left the front is found in the trace.
 */
import { KEYS } from '../instance.js';
import type { SentEvent } from '../ledger.js';
import { createRandom } from '../schedule.js';

export interface Sent {
  events: readonly SentEvent[];
  /** Of each answer that said yes. */
  batchIds: string[];
}

const CLIENTS = 3;
const EVENTS_MAX = 40;
const INVALID_SHARE = 0.03;
const RESEND_SHARE = 0.15;
/** Payloads whose answer is waited for until they are stored. */
const WAIT_SHARE = 0.3;
const REQUEST_TIMEOUT_MS = 60_000;

function drawPayload(random: () => number, name: string): { events: SentEvent[]; body: string } {
  const events = Array.from({ length: 2 + Math.floor(random() * EVENTS_MAX) }, (_, i) => ({
    id: `${name}.${i}`,
    valid: random() >= INVALID_SHARE,
  }));
  const lines = events.map(({ id, valid }, i) => ({
    event: 'view',
    event_id: id,
    ...(valid ? { user_id: `u${i}` } : {}),
    timestamp: new Date(Date.UTC(2025, Math.floor(random() * 12), 1 + (i % 28))).toISOString(),
    properties: { price: Math.floor(random() * 1_000), sku: `s${i}` },
  }));
  return { events, body: JSON.stringify(lines) };
}

async function post(url: string, body: string, wait: boolean): Promise<string> {
  const response = await fetch(`${url}/v1/events${wait ? '?wait=stored' : ''}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEYS.write}`, 'content-type': 'application/json' },
    body,
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`a valid payload was answered ${response.status}`);
  return ((await response.json()) as { batch_id: string }).batch_id;
}

async function runClient(url: string, seed: number, prefix: string, untilMs: number): Promise<Sent[]> {
  const random = createRandom(seed);
  const all: Sent[] = [];
  const bodies: string[] = [];
  while (Date.now() < untilMs) {
    const again = all.length > 0 && random() < RESEND_SHARE ? Math.floor(random() * all.length) : -1;
    const { events, body } =
      again < 0
        ? drawPayload(random, `${prefix}-${seed}-${all.length}`)
        : { events: all[again]!.events, body: bodies[again]! };
    const sent = again < 0 ? { events, batchIds: [] } : all[again]!;
    if (again < 0) {
      all.push(sent);
      bodies.push(body);
    }
    sent.batchIds.push(await post(url, body, random() < WAIT_SHARE));
  }
  return all;
}

/** Sends for `ms`; what was sent and how it was acknowledged. Throws when anything is refused: nothing is wrong yet. */
export async function sendFor(url: string, seed: number, prefix: string, ms: number): Promise<Sent[]> {
  const untilMs = Date.now() + ms;
  const clients = Array.from({ length: CLIENTS }, (_, i) => runClient(url, seed * 100 + i, prefix, untilMs));
  return (await Promise.all(clients)).flat();
}
