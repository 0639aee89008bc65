/** Which partition a project's payloads go to, and the number of partitions, fixed when Redis is first used. */
import { StreamError } from '../errors.js';
import type { Redis } from '../redis/client.js';
import { PARTITION_COUNT_KEY } from './keys.js';

/** Partitions beyond this cost more in leases and connections than they bring. */
const PARTITIONS_MAX = 1_024;

/**
 * The partition of a project, from 0: FNV-1a over its UTF-8 bytes, finished with murmur3's mixer because FNV's low
 * bits are weak. It must never change: stored rows carry the partition they came through.
 */
export function partitionOf(project: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(project, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % partitions;
}

/**
 * Records the number of partitions in Redis at the first start and compares at every later one. Throws StreamError
 * `partitions_differ`: with another number a project's events would pass through two partitions, and nobody
 * would know all of its event ids.
 */
export async function fixPartitionCount(redis: Redis, partitions: number): Promise<void> {
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > PARTITIONS_MAX) {
    throw new StreamError(
      `WEIR_PARTITIONS is ${partitions}; it must be a whole number from 1 to ${PARTITIONS_MAX}`,
      'partitions_invalid',
      false,
    );
  }
  await redis.command(['SET', PARTITION_COUNT_KEY, String(partitions), 'NX']);
  const recorded = Number(await redis.command<string>(['GET', PARTITION_COUNT_KEY]));
  if (recorded !== partitions) {
    throw new StreamError(
      `WEIR_PARTITIONS is ${partitions}, but this Redis was first used with ${recorded}; set WEIR_PARTITIONS=${recorded}`,
      'partitions_differ',
      false,
    );
  }
}

/** The number of partitions this Redis was first used with; `fallback` when it never was. Throws StreamError. */
export async function readPartitionCount(redis: Redis, fallback: number): Promise<number> {
  const recorded = await redis.command<string | null>(['GET', PARTITION_COUNT_KEY]);
  return recorded === null ? fallback : Number(recorded);
}
