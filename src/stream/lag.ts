/** How long payloads have been waiting. */
import { setTimeout } from 'node:timers/promises';
import type { Redis } from '../redis/client.js';
import { partitionKeys } from './keys.js';
import type { StreamOptions } from './options.js';
import { partitionOf } from './partition.js';
import type { EventStream } from './stream.js';

type Reader = Pick<Redis, 'command'>;

/** How often it is looked whether a partition has moved on. */
const LOOK_MS = 50;

/** When the oldest waiting payload of a partition was accepted, epoch ms by Redis's clock; undefined when none waits. */
async function readOldest(redis: Reader, partition: number): Promise<number | undefined> {
  const { events } = partitionKeys(partition);
  const first = await redis.command<[string, unknown][]>(['XRANGE', events, '-', '+', 'COUNT', '1']);
  return first[0] && Number(first[0][0].split('-', 1)[0]);
}

/** Age of the oldest waiting payload of each partition that has one, ms. Throws StreamError. */
export async function readLags(redis: Reader, stream: Pick<EventStream, 'readDepth'>): Promise<number[]> {
  const waiting = (await stream.readDepth()).filter(({ entries }) => entries > 0);
  return Promise.all(
    waiting.map(async ({ partition }) => {
      const oldestMs = await readOldest(redis, partition);
      return oldestMs === undefined ? 0 : Math.max(0, Date.now() - oldestMs);
    }),
  );
}

/**
 * Waits until everything of a project that was accepted up to an instant has its outcome; false when it has not within the
 * patience. Throws StreamError.
 */
export async function awaitAccepted(
  redis: Reader,
  { partitions }: Pick<StreamOptions, 'partitions'>,
  { project, instantMs, patienceMs }: { project: string; instantMs: number; patienceMs: number },
): Promise<boolean> {
  const partition = partitionOf(project, partitions);
  const endMs = performance.now() + patienceMs;
  for (;;) {
    const oldestMs = await readOldest(redis, partition);
    if (oldestMs === undefined || oldestMs > instantMs) return true;
    if (performance.now() >= endMs) return false;
    await setTimeout(LOOK_MS);
  }
}
