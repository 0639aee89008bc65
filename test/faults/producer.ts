/**
 * Producers that behave as careful clients do: every payload is sent again, unchanged, until it is acknowledged. Some
 * are sent again although they were, some events come twice in different payloads, some payloads span years of
 * partitions, and a few events are invalid.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger, SentEvent } from './ledger.js';
import { createRandom } from './schedule.js';

export interface ProducerOptions {
  url(): string;
  writeKey: string;
  seed: number;
  /** Prefix of every event id of this schedule. */
  prefix: string;
  project: string;
  ledger: Ledger;
  /** Producers at once. */
  producers: number;
  fromMs: number;
  untilMs: number;
  /**
   * About how many events are sent in all: evenly over the time, and what an outage held up after it. Undefined: as many as are
   * taken.
   */
  events?: number;
}

const EVENTS_PER_PAYLOAD_MAX = 120;
const REQUEST_TIMEOUT_MS = 15_000;
const RETRY_PAUSE_MS = 100;
/** After the schedule's end a payload that was never acknowledged is tried this much longer, then left in doubt. */
const GRACE_MS = 30_000;
const INVALID_SHARE = 0.02;
const RESEND_SHARE = 0.1;
const REPEATED_EVENT_SHARE = 0.05;
const SPANNING_SHARE = 0.15;

interface OutgoingPayload {
  body: string;
  events: SentEvent[];
}

function drawPayload(random: () => number, name: string, earlier: readonly string[]): OutgoingPayload {
  // Two at least: a lone invalid event is refused with 422, which is an answer, not an acknowledgement.
  const size = 2 + Math.floor(random() * EVENTS_PER_PAYLOAD_MAX);
  const spanning = random() < SPANNING_SHARE;
  const events: SentEvent[] = [];
  const lines: string[] = [];
  for (let i = 0; i < size; i += 1) {
    const id = `${name}.${i}`;
    const valid = random() >= INVALID_SHARE;
    const at = spanning
      ? Date.UTC(2015 + Math.floor(random() * 10), Math.floor(random() * 12), 15)
      : Date.UTC(2026, 9, 1 + (i % 28));
    const event = {
      event: ['view', 'add', 'buy'][Math.floor(random() * 3)],
      event_id: id,
      ...(valid ? { user_id: `u${Math.floor(random() * 500)}` } : {}),
      timestamp: new Date(at + Math.floor(random() * 86_400_000)).toISOString(),
      properties: { price: Math.floor(random() * 10_000) / 100, sku: `s${Math.floor(random() * 100)}` },
    };
    events.push({ id, valid });
    lines.push(JSON.stringify(event));
  }
  if (earlier.length > 0 && random() < REPEATED_EVENT_SHARE)
    lines.push(earlier[Math.floor(random() * earlier.length)]!);
  return { body: `[${lines.join(',')}]`, events };
}

async function post(options: ProducerOptions, body: string): Promise<boolean> {
  try {
    const response = await fetch(`${options.url()}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${options.writeKey}`, 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    await response.arrayBuffer();
    if (response.status < 300) return true;
    if (response.status === 503 || response.status === 429) {
      if (response.headers.get('retry-after') === null)
        throw new Error(`${response.status} without Retry-After`);
      return false;
    }
    throw new Error(`a valid payload was answered ${response.status}`);
  } catch (error) {
    if (error instanceof Error && /without Retry-After|was answered/.test(error.message)) throw error;
    return false;
  }
}

/** Waits until the next payload is due, when a number of events is to be spread over the time. */
async function awaitTurn(options: ProducerOptions, sent: number): Promise<void> {
  if (options.events === undefined) return;
  const share = (sent * options.producers) / options.events;
  const dueAt = options.fromMs + share * (options.untilMs - options.fromMs);
  await sleep(Math.max(0, Math.min(dueAt, options.untilMs) - Date.now()));
}

async function runProducer(options: ProducerOptions, number: number): Promise<number> {
  const random = createRandom(options.seed * 1_000 + number);
  const acknowledged: string[] = [];
  const single: string[] = [];
  let unacknowledged = 0;
  let sent = 0;
  const isOver = (): boolean => {
    const missing = options.events !== undefined && sent * options.producers < options.events;
    return Date.now() >= options.untilMs + (missing ? GRACE_MS : 0);
  };
  for (let n = 0; !isOver(); n += 1) {
    await awaitTurn(options, sent);
    const payload = drawPayload(random, `${options.prefix}-${number}-${n}`, single);
    options.ledger.sent(payload.events);
    sent += payload.events.length;
    let done = await post(options, payload.body);
    while (!done && Date.now() < options.untilMs + GRACE_MS) {
      await sleep(RETRY_PAUSE_MS);
      done = await post(options, payload.body);
    }
    if (!done) {
      unacknowledged += payload.events.length;
      continue;
    }
    options.ledger.acknowledged(payload.events);
    acknowledged.push(payload.body);
    const firstValid = payload.events.findIndex((event) => event.valid);
    if (firstValid >= 0) single.push(JSON.stringify((JSON.parse(payload.body) as unknown[])[firstValid]));
    if (random() < RESEND_SHARE)
      await post(options, acknowledged[Math.floor(random() * acknowledged.length)]!);
  }
  return unacknowledged;
}

/** Runs all producers to the schedule's end; resolves with the number of events whose acknowledgement never came. */
export async function produce(options: ProducerOptions): Promise<number> {
  const counts = await Promise.all(
    Array.from({ length: options.producers }, (_, number) => runProducer(options, number)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
