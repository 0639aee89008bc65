/** `weir migrate` is killed at one message after another to either store: whatever had been done, the next run completes it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtFile } from '../../src/paths.js';
import { freshClickHouse, freshPostgres, runClickHouse } from '../support/stack.js';
import { createKillingProxy, type KillingProxy } from './killing-proxy.js';

interface Urls {
  CLICKHOUSE_URL: string;
  DATABASE_URL: string;
}

/** Kills spread over the messages of a whole migration; each run starts a process. */
const KILLS = 5;

const startMigrate = (urls: Urls): ChildProcess =>
  spawn(process.execPath, [builtFile('src/main.ts'), 'migrate'], {
    env: { ...process.env, ...urls },
    stdio: 'ignore',
  });

async function migrate(urls: Urls): Promise<number | string> {
  const [code, signal] = await once(startMigrate(urls), 'exit');
  return (code as number | null) ?? (signal as string);
}

const makeUrls = async (): Promise<Urls> => ({
  CLICKHOUSE_URL: (await freshClickHouse({ migrate: false })).url,
  DATABASE_URL: (await freshPostgres({ migrate: false })).url,
});

/** Columns of every table and how often each migration is in the ledger. */
const describeTables = async (url: string): Promise<string> =>
  (await runClickHouse(
    url,
    `select table, name, type from system.columns where database = currentDatabase() order by all format TSV`,
  )) +
  (await runClickHouse(
    url,
    'select name, count() from schema_migrations group by name order by name format TSV',
  ));

describe.each(['CLICKHOUSE_URL', 'DATABASE_URL'] as const)('a migration of %s', (store) => {
  let whole: string;
  let messages: number;
  let proxy: KillingProxy;

  beforeAll(async () => {
    const urls = await makeUrls();
    proxy = await createKillingProxy(urls[store]);
    expect(await migrate({ ...urls, [store]: proxy.url })).toBe(0);
    messages = proxy.count();
    await proxy.close();
    whole = await describeTables(urls.CLICKHOUSE_URL);
  });

  test('that is killed anywhere is completed by the next one', async () => {
    const urls = await makeUrls();
    proxy = await createKillingProxy(urls[store]);
    const ends: (number | string)[] = [];
    // Each run goes on where the one before it was killed, and dies a little later.
    for (let kill = 1; kill <= KILLS; kill++) {
      const child = startMigrate({ ...urls, [store]: proxy.url });
      proxy.aim(child, Math.ceil((messages * kill) / (KILLS + 1)));
      const [code, signal] = await once(child, 'exit');
      ends.push((code as number | null) ?? (signal as string));
    }
    expect(ends).toContain('SIGKILL');
    await proxy.close();
    expect(await migrate(urls)).toBe(0);
    expect(await migrate(urls)).toBe(0);
    expect(await describeTables(urls.CLICKHOUSE_URL)).toBe(whole);
  });

  afterAll(() => proxy.close().catch(() => {}));
});
