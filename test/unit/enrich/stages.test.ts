/** The clock in the pipeline: what is stored, what counts as the same event, what the front says. */
import { describe, expect, test } from 'vitest';
import type { PreparedBatch } from '../../../src/event/prepared.js';
import type { Entry } from '../../../src/event/types.js';
import { inspectPayload } from '../../../src/pipeline/inspect.js';
import { createEntry, event, listRejects, RECEIVED_AT_MS as NOW, prepare } from '../pipeline/entries.js';

const HOUR = 3_600_000;
const prepareWith = (body: unknown, head: Partial<Entry> = {}): PreparedBatch =>
  prepare(createEntry(body, head));
const timesOf = (batch: PreparedBatch): number[] => [...batch.rowTimestampsMs].map((ms) => ms - NOW);

describe('a device an hour slow', () => {
  const slow = event({ timestamp: NOW - 2 * HOUR, sent_at: NOW - HOUR });

  test('is corrected, and its event is the same event when it comes again', () => {
    const corrected = prepareWith(slow);
    expect(timesOf(corrected)).toEqual([-HOUR]);
    const again = prepareWith(slow, { receivedAtMs: NOW + 5 * HOUR });
    expect(timesOf(again)).toEqual([4 * HOUR]);
    expect(again.contentHashes).toEqual(corrected.contentHashes);
    expect(again.contentHashes).toEqual(prepareWith(event({ timestamp: NOW - 2 * HOUR })).contentHashes);
  });

  test('is left alone when Weir itself sends the event once more', () => {
    for (const userAgent of ['weir-replay', 'weir-import']) {
      expect(timesOf(prepareWith(slow, { userAgent }))).toEqual([-2 * HOUR]);
    }
  });

  test('does not move events that have no time of their own, or one reckoned from receipt', () => {
    expect(timesOf(prepareWith(event({ sent_at: NOW - HOUR })))).toEqual([0]);
    const capture = { event: 'x', distinct_id: 'u', offset: 5_000, sent_at: NOW - HOUR };
    expect(timesOf(prepareWith(capture, { format: 'posthog' }))).toEqual([-5_000]);
  });

  test('keeps its order over a payload of many chunks, in which only the first event says when it was sent', () => {
    const events = Array.from({ length: 2_000 }, (_, i) =>
      event({
        event_id: `e${i}`,
        timestamp: NOW - 3 * HOUR + i,
        properties: { text: 'x'.repeat(300) },
        ...(i === 0 ? { sent_at: NOW - HOUR } : {}),
      }),
    );
    const times = timesOf(prepareWith(events, { eventCount: events.length }));
    expect(times).toEqual(events.map((_, i) => -2 * HOUR + i));
  });
});

test('a clock far ahead is corrected before its times are judged, by the front as by the workers', () => {
  const ahead = event({ timestamp: NOW + 30 * HOUR, sent_at: NOW + 20 * HOUR });
  expect(timesOf(prepareWith(ahead))).toEqual([10 * HOUR]);
  const judge = (one: object) => inspectPayload('events', Buffer.from(JSON.stringify(one)), NOW).problems;
  expect(judge(ahead)).toEqual([]);
  expect(judge(event({ timestamp: NOW + 30 * HOUR }))).toMatchObject([{ code: 'timestamp_out_of_range' }]);
  expect(listRejects(prepareWith(event({ timestamp: NOW + 30 * HOUR })))).toEqual([
    [0, 'timestamp_out_of_range', 'timestamp'],
  ]);
});

test('what is found out of the sender does not change what the event says', () => {
  const browser = 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0';
  const one = prepareWith(event(), { ip: '203.0.113.7', userAgent: browser });
  const other = prepareWith(event(), { ip: '198.51.100.1', userAgent: 'curl/8.5' });
  expect(one.contentHashes).toEqual(other.contentHashes);
  expect(Buffer.from(one.block).includes('203.0.113.0')).toBe(true);
  expect(Buffer.from(one.block).includes('203.0.113.7')).toBe(false);
  expect(Buffer.from(one.block).includes('Firefox')).toBe(true);
});
