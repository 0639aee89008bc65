/**
 * Who else consumes, and whether a connection still lives: what balancing and taking over are decided by. Only hints:
 * the fencing token is what keeps two consumers apart.
 */
import type { Redis } from '../redis/client.js';
import { CONSUMERS_KEY } from './keys.js';

/** "run id of the server:client id": names a connection, and the life of the server it was made in. */
export type ConnectionName = string;

export interface Membership {
  /** Shows that this consumer lives. */
  beat(consumerId: string): Promise<void>;
  /** Every consumer's id with "beat connection". */
  list(): Promise<Map<string, string>>;
  /** Takes consumers off the list. */
  forget(consumerIds: readonly string[]): Promise<void>;
  /** This process's connection; asked anew after every reconnect. */
  readConnection(): Promise<ConnectionName>;
  /**
   * Which of these connections are surely gone: made to this life of the server and closed, or made to an earlier one.
   * Empty when the server does not tell (managed services may forbid the question).
   */
  findGone(connections: readonly ConnectionName[]): Promise<Set<ConnectionName>>;
}

export function createMembership(redis: Redis): Membership {
  let connection: ConnectionName | undefined;
  redis.onReady(() => {
    connection = undefined;
  });

  async function readConnection(): Promise<ConnectionName> {
    if (connection) return connection;
    const [info, clientId] = await Promise.all([
      redis.command<string>(['INFO', 'server']),
      redis.command<number>(['CLIENT', 'ID']),
    ]);
    connection = `${/run_id:(\w+)/.exec(info)?.[1] ?? ''}:${clientId}`;
    return connection;
  }

  /** Ids among the asked that are connected; undefined when the answer cannot be trusted. */
  async function findConnected(asked: readonly string[], own: string): Promise<Set<string> | undefined> {
    try {
      const list = await redis.command<string>(['CLIENT', 'LIST', 'ID', own, ...asked]);
      const found = new Set([...list.matchAll(/^id=(\d+) /gm)].map((match) => match[1]!));
      // Behind a proxy ids mean nothing; then not even our own is listed.
      return found.has(own) ? found : undefined;
    } catch {
      return undefined;
    }
  }

  return {
    async beat(consumerId) {
      const own = await readConnection();
      const beat = `${process.hrtime.bigint()} ${own}`;
      await redis.command(['HSET', CONSUMERS_KEY, consumerId, beat]);
    },
    async list() {
      const all = await redis.command<Record<string, string>>(['HGETALL', CONSUMERS_KEY]);
      return new Map(Object.entries(all));
    },
    async forget(consumerIds) {
      if (consumerIds.length > 0) await redis.command(['HDEL', CONSUMERS_KEY, ...consumerIds]);
    },
    readConnection,
    async findGone(connections) {
      if (connections.length === 0) return new Set();
      const [run, own] = (await readConnection()).split(':') as [string, string];
      const ofThisRun = connections.filter((name) => name.startsWith(`${run}:`));
      const connected = await findConnected(
        ofThisRun.map((name) => name.slice(run.length + 1)),
        own,
      );
      if (!connected) return new Set();
      return new Set(
        connections.filter(
          (name) => !name.startsWith(`${run}:`) || !connected.has(name.slice(run.length + 1)),
        ),
      );
    },
  };
}
