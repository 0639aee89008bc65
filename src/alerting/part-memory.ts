/** The memory of what Weir leans on, where asking costs little: each says what it uses and what it may. */
import type { ClickHouse } from '../clickhouse/client.js';
import { loadSql } from '../clickhouse/sql-file.js';
import type { Redis } from '../redis/client.js';
import type { MemoryUse } from '../telemetry/memory.js';

/** An engine that has more to do is not asked again before the next sample. */
const TIMEOUT_MS = 2_000;

export interface NamedMemory extends MemoryUse {
  readonly name: string;
}

/** The server that answers CLICKHOUSE_URL. Throws EngineError, also when system tables are closed to us. */
async function readEngine(clickhouse: Pick<ClickHouse, 'query'>): Promise<NamedMemory> {
  const { rows } = await clickhouse.query<{ used: number; limit: number }>(
    loadSql('clickhouse/engine-memory.sql'),
    { timeoutMs: TIMEOUT_MS },
  );
  const { used, limit } = rows[0]!;
  return { name: 'the engine', of: 'what it may take', used: Number(used), limit: Number(limit) };
}

/** Without a limit of its own it may take what its machine has. Throws StreamError. */
async function readRedis(redis: Pick<Redis, 'command'>): Promise<NamedMemory> {
  const info = await redis.command<string>(['INFO', 'memory']);
  const read = (field: string): number => Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  const maxmemory = read('maxmemory');
  return {
    name: 'Redis',
    of: maxmemory > 0 ? 'its maxmemory' : 'its machine',
    used: read('used_memory'),
    limit: maxmemory > 0 ? maxmemory : read('total_system_memory'),
  };
}

/** Those that answer and know a limit. */
export async function readPartMemory(parts: {
  readonly clickhouse: Pick<ClickHouse, 'query'>;
  readonly redis: Pick<Redis, 'command'>;
}): Promise<readonly NamedMemory[]> {
  const read = await Promise.allSettled([readEngine(parts.clickhouse), readRedis(parts.redis)]);
  return read
    .flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    .filter(({ limit }) => limit > 0);
}
