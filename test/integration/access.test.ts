/** The key ring on a real PostgreSQL: what is made or revoked takes effect at once, and an outage does not. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { storeFirstKeys } from '../../src/access/first-keys.js';
import { createKeyRing, type KeyRing, type KeyRingOptions } from '../../src/access/key-ring.js';
import { addKey, addProject, changeProject, listKeys, revokeKey } from '../../src/access/keys.js';
import { createMetadata, type Metadata } from '../../src/metadata/metadata.js';
import { migrateMetadata } from '../../src/metadata/migrate.js';
import { freshPostgres } from '../support/stack.js';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const FIRST = { admin: 'weir_a_first-admin', read: 'weir_r_first-read', write: 'weir_w_first-write' };

async function openFresh(): Promise<{ url: string; metadata: Metadata }> {
  const { url } = await freshPostgres({ migrate: false });
  await migrateMetadata(url);
  await storeFirstKeys(url, FIRST);
  const metadata = createMetadata(url);
  cleanups.push(() => metadata.close());
  return { url, metadata };
}

async function openRing(metadata: Metadata, options?: KeyRingOptions): Promise<KeyRing> {
  const ring = createKeyRing(metadata, options);
  cleanups.push(() => ring.close());
  await ring.ready;
  return ring;
}

/** Asks until the answer fits; notifications take a moment. The test's own time limit is the end. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** A door in front of Postgres that can be shut. */
async function openDoor(url: string): Promise<{ url: string; shut(): void; open(): void }> {
  const target = new URL(url);
  const { port, hostname } = target;
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server: Server = createServer((socket) => {
    if (!isOpen) return void socket.destroy();
    const onward = connect(Number(port), hostname);
    for (const end of [socket, onward]) {
      sockets.add(end);
      end.on('error', () => {});
      end.on('close', () => {
        sockets.delete(end);
        socket.destroy();
        onward.destroy();
      });
    }
    socket.pipe(onward).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  target.port = String(typeof address === 'object' ? address?.port : 0);
  const shut = (): void => {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
  };
  cleanups.push(async () => {
    shut();
    server.close();
  });
  return {
    url: target.href,
    shut,
    open: () => {
      isOpen = true;
    },
  };
}

describe('first keys', () => {
  it('are stored as hashes only, and storing them again changes nothing', async () => {
    const { url, metadata } = await openFresh();
    expect(await storeFirstKeys(url, FIRST)).toEqual([]);
    const rows = await metadata.query<{ all: string }>('select api_keys::text as all from api_keys');
    expect(rows).toHaveLength(3);
    for (const { all } of rows) for (const key of Object.values(FIRST)) expect(all).not.toContain(key);
  });

  it('open what their names say', async () => {
    const { metadata } = await openFresh();
    const ring = await openRing(metadata);
    const scopes = (key: string): string[] => [...(ring.find(key)?.scopes ?? [])];
    expect(scopes(FIRST.admin).sort()).toEqual(['admin', 'define', 'read', 'write']);
    expect(scopes(FIRST.read)).toEqual(['read']);
    expect(scopes(FIRST.write)).toEqual(['write']);
    expect(ring.find(FIRST.admin)?.project).toBe('default');
    expect(ring.find('weir_w_other')).toBeUndefined();
  });

  it('stay revoked when they were, and say so', async () => {
    const { url, metadata } = await openFresh();
    const write = (await listKeys(metadata, 'default', { limit: 10, after: '' })).find(
      (key) => key.scopes[0] === 'write' && key.scopes.length === 1,
    )!;
    await revokeKey(metadata, 'default', write.id);
    const warnings = await storeFirstKeys(url, FIRST);
    expect(warnings).toEqual([expect.stringContaining('WEIR_WRITE_KEY')]);
    expect((await openRing(metadata)).find(FIRST.write)).toBeUndefined();
  });
});

describe('a key ring', () => {
  it('hears of a key that was made elsewhere, and of its end', async () => {
    const { metadata } = await openFresh();
    const ring = await openRing(metadata);
    const { key, record } = await addKey(metadata, { project: 'default', name: '', scopes: ['read'] });
    await until(() => ring.find(key) !== undefined);
    await revokeKey(metadata, 'default', record.id);
    await until(() => ring.find(key) === undefined);
  });

  it('knows the limits of a key, and those of one that has none', async () => {
    const { metadata } = await openFresh();
    const ring = await openRing(metadata);
    const limits = { max_rows_to_read: 7 };
    const { key, record } = await addKey(metadata, {
      project: 'default',
      name: '',
      scopes: ['read'],
      limits,
    });
    expect(record.limits).toEqual(limits);
    await until(() => ring.find(key) !== undefined);
    expect(ring.find(key)?.limits).toEqual(limits);
    expect(ring.find(FIRST.read)?.limits).toEqual({});
    const listed = await listKeys(metadata, 'default', { limit: 10, after: '' });
    expect(listed.find(({ id }) => id === record.id)?.limits).toEqual(limits);
  });

  it('hears of a project’s changed settings', async () => {
    const { metadata } = await openFresh();
    const ring = await openRing(metadata);
    await changeProject(metadata, 'default', {
      settings: { strict: true, quotas: { ingest_per_second: 5 } },
    });
    await until(() => ring.find(FIRST.write)?.settings.strict === true);
    await changeProject(metadata, 'default', { settings: { strict: null } });
    await until(() => ring.find(FIRST.write)?.settings.strict === undefined);
    expect(ring.find(FIRST.write)?.settings.quotas).toEqual({ ingest_per_second: 5 });
  });

  it('looks once more for a key it does not know', async () => {
    const { metadata } = await openFresh();
    const ring = await openRing(metadata);
    // Made behind the triggers' back, so nothing is notified.
    await metadata.query('alter table api_keys disable trigger api_keys_changed');
    const { key } = await addKey(metadata, { project: 'default', name: '', scopes: ['read'] });
    expect(ring.find(key)).toBeUndefined();
    expect((await ring.findFresh(key))?.project).toBe('default');
  });

  it('does not let guessed keys become as many questions to Postgres', async () => {
    const { metadata } = await openFresh();
    let now = 0;
    const ring = await openRing(metadata, { now: () => now });
    const countScans = async (): Promise<number> => {
      const rows = await metadata.query<{ scans: string }>(
        `select sum(seq_scan + coalesce(idx_scan, 0)) as scans from pg_stat_user_tables where relname in ('api_keys', 'projects')`,
      );
      return Number(rows[0]?.scans);
    };
    await metadata.query('select pg_stat_force_next_flush()');
    const before = await countScans();
    now += 10_000;
    for (let i = 0; i < 500; i++) expect(await ring.findFresh(`weir_w_guess${i}`)).toBeUndefined();
    await metadata.query('select pg_stat_force_next_flush()');
    expect((await countScans()) - before).toBeLessThan(100);
  });

  it('goes on with the keys it knows while Postgres is away, and catches up afterwards', async () => {
    const { url, metadata } = await openFresh();
    const door = await openDoor(url);
    const through = createMetadata(door.url);
    cleanups.push(() => through.close());
    const ring = await openRing(through);
    door.shut();
    expect((await ring.findFresh(FIRST.write))?.project).toBe('default');
    await expect(ring.findFresh('weir_w_other')).resolves.toBeUndefined();
    const { key } = await addKey(metadata, { project: 'default', name: '', scopes: ['read'] });
    door.open();
    await until(() => ring.find(key) !== undefined);
  });

  it('knows nothing when it has not heard of Postgres for too long', async () => {
    const { url } = await openFresh();
    const door = await openDoor(url);
    const through = createMetadata(door.url);
    cleanups.push(() => through.close());
    let now = 1_000_000;
    const ring = await openRing(through, { now: () => now, staleMaxMs: 60_000 });
    door.shut();
    now += 59_000;
    expect(ring.find(FIRST.write)?.project).toBe('default');
    now += 2_000;
    expect(() => ring.find(FIRST.write)).toThrow(
      expect.objectContaining({ code: 'keys_unknown', retryable: true }),
    );
    await expect(ring.findFresh(FIRST.write)).rejects.toMatchObject({ code: 'keys_unknown' });
  });
});

describe('projects', () => {
  it('come with an admin key of their own', async () => {
    const { metadata } = await openFresh();
    const ring = await openRing(metadata);
    const { key } = await addProject(metadata, { id: 'shop', name: 'Shop', settings: {} });
    await until(() => ring.find(key) !== undefined);
    expect(ring.find(key)).toMatchObject({ project: 'shop' });
    await expect(addProject(metadata, { id: 'shop', name: 'Again', settings: {} })).rejects.toMatchObject({
      status: 409,
    });
  });

  it('keep their keys to themselves', async () => {
    const { metadata } = await openFresh();
    await addProject(metadata, { id: 'shop', name: 'Shop', settings: {} });
    const [theirs] = await listKeys(metadata, 'shop', { limit: 10, after: '' });
    await expect(revokeKey(metadata, 'default', theirs!.id)).rejects.toMatchObject({ status: 404 });
    expect((await listKeys(metadata, 'default', { limit: 10, after: '' })).map(({ id }) => id)).not.toContain(
      theirs!.id,
    );
  });
});
