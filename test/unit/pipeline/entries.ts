/** Entries and tasks for the tests of the pipeline. */
import type { PreparedBatch } from '../../../src/event/prepared.js';
import { readEventId } from '../../../src/event/prepared.js';
import type { Entry, PayloadFormat } from '../../../src/event/types.js';
import { createPayloadClocks } from '../../../src/pipeline/enrich/clock.js';
import { describeSender } from '../../../src/pipeline/enrich/sender.js';
import { prepareBatch } from '../../../src/pipeline/prepare.js';

export const RECEIVED_AT_MS = Date.UTC(2026, 0, 31, 12);

/** Of a payload, when nothing is known of who sent it. */
export const UNKNOWN_SENDER = { sender: describeSender('', ''), clocks: createPayloadClocks(RECEIVED_AT_MS) };

export function createEntry(body: unknown, head: Partial<Entry> = {}): Entry {
  const bytes =
    body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return {
    project: 'shop',
    format: 'events',
    encoding: '',
    eventCount: 1,
    receivedAtMs: RECEIVED_AT_MS,
    ip: '',
    userAgent: '',
    partition: 3,
    id: '1764000000000-0',
    ...head,
    body: bytes,
  };
}

export const prepare = (...entries: Entry[]): PreparedBatch =>
  prepareBatch({ entries, partition: 3, seq: 7 });

/** Prepares one payload. */
export const prepareBody = (body: unknown, format: PayloadFormat = 'events'): PreparedBatch =>
  prepare(createEntry(body, { format }));

export const listEventIds = (batch: PreparedBatch): string[] =>
  Array.from({ length: batch.rows }, (_, row) => readEventId(batch, row));

/** What a reject says, without the rest: index, code, path. */
export const listRejects = (batch: PreparedBatch): [number, string, string][] =>
  batch.rejects.map(({ index, code, path }) => [index, code, path]);

/** A valid event with some of it replaced. */
export const event = (change: object = {}): object => ({
  event: 'bought',
  user_id: 'u1',
  event_id: 'e1',
  ...change,
});
