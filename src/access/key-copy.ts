/**
 * The last known keys in Redis, for a front that starts while Postgres is away. Only hashes lie there, of keys too long to be
 * guessed; who can write to Redis could add one, but could as well write events past every key.
 */
import type { Redis } from '../redis/client.js';

const COPY_KEY = 'weir:keys';
/** A copy larger than this is not kept: then a front that starts without Postgres answers 503 until it is back. */
const COPY_BYTES_MAX = 32 * 1024 * 1024;
/** How long a front that starts waits for Redis before it goes without the copy. */
const READ_WAIT_MS = 5_000;

/** Where a key ring leaves what it read from Postgres. Throws StreamError. */
export interface KeyCopy {
  read(): Promise<string | null>;
  write(text: string): Promise<void>;
}

/** The copy in Redis. */
export const createKeyCopy = (redis: Redis): KeyCopy => ({
  async read() {
    await redis.waitReady(READ_WAIT_MS);
    return redis.command<string | null>(['GET', COPY_KEY]);
  },
  async write(text) {
    if (text.length > COPY_BYTES_MAX) await redis.command(['DEL', COPY_KEY]);
    else await redis.command(['SET', COPY_KEY, text]);
  },
});
