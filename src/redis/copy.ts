/** A text that a process leaves in Redis for one that starts while the text's own source is away. */
import type { Redis } from './client.js';

/** A copy larger than this is not kept: then a start without the source has to wait for it. */
const COPY_BYTES_MAX = 32 * 1024 * 1024;
/** How long a process that starts waits for Redis before it goes without the copy. */
const READ_WAIT_MS = 5_000;

export interface Copy {
  /** Null: there is none. Throws StreamError. */
  read(): Promise<string | null>;
  /** Throws StreamError. */
  write(text: string): Promise<void>;
}

export const createCopy = (redis: Redis, key: string): Copy => ({
  async read() {
    await redis.waitReady(READ_WAIT_MS);
    return redis.command<string | null>(['GET', key]);
  },
  async write(text) {
    if (text.length > COPY_BYTES_MAX) await redis.command(['DEL', key]);
    else await redis.command(['SET', key, text]);
  },
});
