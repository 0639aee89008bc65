/** What Weir needs of a Redis, asked once at start. */
import { StreamError } from '../errors.js';
import type { Redis } from './client.js';

/** XRANGE with exclusive bounds and XTRIM MINID came with 6.2. */
const VERSION_MIN = [6, 2] as const;
export const REDIS_VERSION_MIN = VERSION_MIN.join('.');

export interface RedisCheck {
  version: string;
  /** Sentences for the operator: durability weaker than promised, or not knowable. */
  warnings: string[];
}

async function readSetting(redis: Redis, name: string): Promise<string | undefined> {
  try {
    const reply = await redis.command<Record<string, string> | string[]>(['CONFIG', 'GET', name]);
    return Array.isArray(reply) ? reply[1] : reply[name];
  } catch {
    // Managed services forbid CONFIG; durability is then theirs to promise.
    return undefined;
  }
}

/**
 * Throws StreamError `redis_version` when Redis is too old; otherwise says what weakens the promise that an
 * acknowledged payload is on disk.
 */
export async function checkRedis(redis: Redis): Promise<RedisCheck> {
  const info = await redis.command<string>(['INFO', 'server']);
  const version = /redis_version:(\S+)/.exec(info)?.[1] ?? '0.0.0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < VERSION_MIN[0] || (major === VERSION_MIN[0] && minor < VERSION_MIN[1])) {
    throw new StreamError(
      `Redis ${version} is too old: ${REDIS_VERSION_MIN} or newer is needed`,
      'redis_version',
      false,
    );
  }
  const warnings: string[] = [];
  const appendOnly = await readSetting(redis, 'appendonly');
  const appendFsync = await readSetting(redis, 'appendfsync');
  const eviction = await readSetting(redis, 'maxmemory-policy');
  if (appendOnly === undefined) {
    warnings.push(
      'Redis does not tell its settings; acknowledged events are durable only if appendonly is yes and appendfsync always.',
    );
  } else if (appendOnly !== 'yes') {
    warnings.push('Redis runs with appendonly no: acknowledged events are lost when it restarts.');
  } else if (appendFsync !== 'always') {
    warnings.push(
      `Redis runs with appendfsync ${appendFsync}: acknowledged events of the last second can be lost when its machine loses power.`,
    );
  }
  if (eviction !== undefined && eviction !== 'noeviction') {
    warnings.push(
      `Redis runs with maxmemory-policy ${eviction}: it may evict acknowledged events; set noeviction.`,
    );
  }
  return { version, warnings };
}
