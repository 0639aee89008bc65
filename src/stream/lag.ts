/** How long payloads have been waiting. */
import type { Redis } from '../redis/client.js';
import { partitionKeys } from './keys.js';
import type { EventStream } from './stream.js';

/** Age of the oldest waiting payload of each partition that has one, ms. Throws StreamError. */
export async function readLags(
  redis: Pick<Redis, 'command'>,
  stream: Pick<EventStream, 'readDepth'>,
): Promise<number[]> {
  const waiting = (await stream.readDepth()).filter(({ entries }) => entries > 0);
  return Promise.all(
    waiting.map(async ({ partition }) => {
      const { events } = partitionKeys(partition);
      const first = await redis.command<[string, unknown][]>(['XRANGE', events, '-', '+', 'COUNT', '1']);
      const ms = Number(first[0]?.[0].split('-', 1)[0] ?? Number.NaN);
      return Number.isFinite(ms) ? Math.max(0, Date.now() - ms) : 0;
    }),
  );
}
