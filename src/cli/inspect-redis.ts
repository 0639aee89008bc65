import { checkRedis } from '../redis/check.js';
import { createRedis } from '../redis/client.js';
import { nameSetting } from './migrate.js';

/** How long a Redis of the operator's may take to answer before the start is given up. */
const REACH_TIMEOUT_MS = 5_000;

/**
 * What an operator should know of the Redis they gave: sentences about weaker durability than promised. Throws CommandError when
 * it does not answer or is too old.
 */
export async function inspectRedis(redisUrl: string): Promise<string[]> {
  let reason: Error | undefined;
  const redis = createRedis(redisUrl, {
    onError: (error) => {
      reason = error;
    },
  });
  const check = async (): Promise<string[]> => {
    await redis.waitReady(REACH_TIMEOUT_MS).catch((error: unknown) => {
      throw reason === undefined ? error : new Error(`Redis cannot be reached: ${reason.message}`);
    });
    return (await checkRedis(redis)).warnings;
  };
  try {
    return await nameSetting('REDIS_URL', check());
  } finally {
    await redis.close();
  }
}
