import { checkRedis, REDIS_VERSION_MIN } from '../redis/check.js';
import { createRedis } from '../redis/client.js';
import { nameSetting } from './migrate.js';

/** How long a Redis of the operator's may take to answer before the start is given up. */
const REACH_TIMEOUT_MS = 5_000;

/** Before 6.0 Redis did not know HELLO, the first word of every connection: its version cannot even be asked for. */
const describeReason = ({ message }: Error): string =>
  /^ERR unknown command.*HELLO/i.test(message)
    ? `Redis is too old: ${REDIS_VERSION_MIN} or newer is needed`
    : `Redis cannot be reached: ${message}`;

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
      throw reason === undefined ? error : new Error(describeReason(reason));
    });
    return (await checkRedis(redis)).warnings;
  };
  try {
    return await nameSetting('REDIS_URL', check());
  } finally {
    await redis.close();
  }
}
