/** Live counters over an ingest process that is killed and followed by another: each event counts once, on every front. */
import { describe, expect, test } from 'vitest';
import { currentSecond, ProjectCounters } from '../../src/realtime/counters.js';
import { createPartitionFeed, type PartitionFeed } from '../../src/realtime/feed.js';
import { RING_SECONDS } from '../../src/realtime/limits.js';
import { partitionOf } from '../../src/stream/partition.js';
import { type Bench, createBench, expectEnd, makeEvent, makePayload } from './ingest-instance.js';

const now = (): string => new Date().toISOString();

interface Front {
  feed: PartitionFeed;
  counters: ProjectCounters;
  /** Resolves when a batch or a load leaves the hour's count at this. */
  waitFor(count: number): Promise<void>;
}

async function openFront(bench: Bench): Promise<Front> {
  const partition = partitionOf('default', bench.stream.options.partitions);
  const feed = createPartitionFeed(bench.redis, partition, { onAnswering: () => {} });
  const counters = new ProjectCounters(bench.clickhouse, 'default');
  counters.attachment = feed.attach(counters);
  await counters.attachment.ready;
  return {
    feed,
    counters,
    waitFor: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (countOf(counters) !== count) return;
          counters.listeners.delete(look);
          resolve();
        };
        counters.listeners.add(look);
        look();
      }),
  };
}

const countOf = (counters: ProjectCounters): number =>
  counters.count(undefined, RING_SECONDS, currentSecond());

describe.each(['mid-batch', 'after-rejects', 'after-insert', 'before-ack', 'after-ack'])(
  'killed %s',
  (point) => {
    test('a front that watched and one that came later count what is stored', async () => {
      const bench = await createBench();
      const events = Array.from({ length: 50 }, (_, i) =>
        makeEvent(`e${i % 40}`, { timestamp: now(), user_id: `u${i % 7}` }),
      );
      const early = await openFront(bench);
      const first = bench.startIngest({ WEIR_FAULT: `${point}:1` });
      const { payloadId } = await bench.stream.append(makePayload(events));
      await expectEnd(first, 'SIGKILL');
      const late = await openFront(bench);
      const second = bench.startIngest();
      await bench.waitDone(payloadId);
      // The same ids again: duplicates, whatever their batch.
      await bench.send(events.slice(0, 5));
      await bench.send([makeEvent('last', { timestamp: now(), user_id: 'u-last' })]);
      const { rows } = await bench.count();
      for (const front of [early, late]) {
        await front.waitFor(rows);
        expect(front.counters.countPersons(RING_SECONDS, currentSecond())).toBe(8);
      }
      const fresh = await openFront(bench);
      expect(countOf(fresh.counters)).toBe(rows);
      await Promise.all([early, late, fresh].map(({ feed }) => feed.close()));
      await second.stop();
    });
  },
);
