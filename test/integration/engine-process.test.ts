/** The embedded engine as a process: what a kill may cost, what a start clears away, what memory a client can take. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { runEngine } from '../../src/engine/run.js';
import {
  createRawClient,
  type EngineProcess,
  type RawClient,
  startEngineProcess,
} from '../support/engine.js';

const started: EngineProcess[] = [];

async function start(folder?: string): Promise<EngineProcess> {
  const engine = await startEngineProcess(folder);
  started.push(engine);
  return engine;
}

async function kill(engine: EngineProcess, signal: NodeJS.Signals): Promise<number | string> {
  engine.process.kill(signal);
  return engine.exited;
}

afterEach(async () => {
  const folders = new Set(started.map((engine) => engine.folder));
  for (const engine of started.splice(0)) await kill(engine, 'SIGKILL');
  for (const folder of folders) {
    rmSync(findMemoryFolder(folder), { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
});

function findMemoryFolder(folder: string): string {
  const name = createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 16);
  return `/dev/shm/weir-engine-${process.getuid?.()}-${name}`;
}

const listBodies = (folder: string): string[] =>
  [join(folder, 'tmp'), findMemoryFolder(folder)]
    .filter(existsSync)
    .flatMap((path) => readdirSync(path))
    .filter((name) => name.startsWith('body-'));

/** Resident memory of a process in MB, without what lies on memory-backed storage. */
function readMemoryMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/RssAnon:\s+(\d+) kB/.exec(status)![1]) / 1024;
}

const TABLE = `create table t (a UInt64, b String) engine = MergeTree partition by a % 3 order by a
  settings non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1`;

describe('a kill', () => {
  /** Inserts until the engine is gone; the numbers whose insert was acknowledged. */
  async function insertUntilGone(client: RawClient, from: number, acknowledged: Set<number>): Promise<void> {
    for (let number = from; ; number++) {
      const answer = await client
        .send(`${number}\tx\n`, { params: { query: 'insert into t format TSV' } })
        .catch(() => undefined);
      if (answer?.status !== 200) return;
      acknowledged.add(number);
    }
  }

  test('at any moment loses nothing that was acknowledged', async () => {
    const acknowledged = new Set<number>();
    let engine = await start();
    await createRawClient(engine.url).ask(TABLE);
    for (let round = 0; round < 5; round++) {
      const client = createRawClient(engine.url);
      const writers = [0, 1, 2, 3].map((writer) =>
        insertUntilGone(client, (round * 4 + writer) * 1_000_000, acknowledged),
      );
      const before = acknowledged.size;
      await vi.waitFor(() => expect(acknowledged.size).toBeGreaterThan(before + 20 + round * 7), {
        timeout: 120_000,
        interval: 5,
      });
      await kill(engine, 'SIGKILL');
      await Promise.all(writers);
      engine = await start(engine.folder);
      const text = await createRawClient(engine.url).ask('select a from t');
      const stored = text.split('\n').map(Number);
      const found = new Set(stored);
      expect([...acknowledged].filter((number) => !found.has(number))).toEqual([]);
      expect(stored.length).toBe(found.size);
    }
    expect(acknowledged.size).toBeGreaterThan(100);
  });

  test('in the middle of a body leaves nothing after the next start', async () => {
    const engine = await start();
    const client = createRawClient(engine.url);
    await client.ask(TABLE);
    const sent = client.open({ params: { query: 'insert into t format TSV' } });
    sent.on('error', () => {});
    sent.write('1\tx\n'.repeat(200_000));
    await vi.waitFor(() => expect(listBodies(engine.folder)).toHaveLength(1), { timeout: 120_000 });
    await kill(engine, 'SIGKILL');
    expect(listBodies(engine.folder)).toHaveLength(1);
    const next = await start(engine.folder);
    expect(listBodies(engine.folder)).toEqual([]);
    expect(await createRawClient(next.url).ask('select count() from t')).toBe('0');
  });
});

describe('a start', () => {
  test('on a folder that is in use is refused, and the user of it goes on', async () => {
    const engine = await start();
    await expect(startEngineProcess(engine.folder)).rejects.toThrow(/before it was ready/);
    expect(await createRawClient(engine.url).ask('select 1')).toBe('1');
  });

  test('on an address others can reach is refused', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.1', 'example.com']) {
      const options = {
        dataPath: '/nonexistent',
        port: 0,
        host,
        user: 'weir',
        password: 'x',
        database: 'weir',
      };
      await expect(runEngine(options)).rejects.toThrow('loopback only');
    }
  });

  test('makes the database, Atomic, and a backup folder that backups are kept to', async () => {
    const engine = await start();
    const client = createRawClient(engine.url);
    expect(await client.ask("select engine from system.databases where name = 'weir'")).toBe('Atomic');
    await client.ask(TABLE);
    expect(await client.ask("backup table t to File('first') format JSONEachRow")).toContain(
      'BACKUP_CREATED',
    );
    expect(readdirSync(join(engine.folder, 'backups'))).toEqual(['first']);
    const outside = await client.send("backup table t to File('/tmp/elsewhere')");
    expect(outside.status).toBe(400);
  });
});

describe('SIGTERM', () => {
  test('lets a running statement finish, and leaves with 0', async () => {
    const engine = await start();
    const running = createRawClient(engine.url).ask('select sleep(1)');
    await vi.waitFor(
      async () => {
        const text = await createRawClient(engine.url).ask('select count() from system.processes');
        expect(text).toBe('2');
      },
      { timeout: 120_000 },
    );
    engine.process.kill('SIGTERM');
    expect(await running).toBe('0');
    expect(await engine.exited).toBe(0);
    expect(existsSync(findMemoryFolder(engine.folder))).toBe(false);
  });

  test('ends a statement that would not', async () => {
    const engine = await start();
    const client = createRawClient(engine.url);
    const running = client.send('select sum(sipHash64(number)) from numbers(1000000000000)');
    await vi.waitFor(
      async () => {
        expect(await client.ask('select count() from system.processes')).toBe('2');
      },
      { timeout: 120_000 },
    );
    engine.process.kill('SIGTERM');
    expect((await running).headers['x-clickhouse-exception-code']).toBe('394');
    expect(await engine.exited).toBe(0);
  });
});

describe('memory', () => {
  test('a client that does not read does not fill it, and the statement waits', async () => {
    const engine = await start();
    const client = createRawClient(engine.url);
    await client.ask('select 1');
    const before = readMemoryMb(engine.process.pid!);
    const sent = client.open();
    sent.on('error', () => {});
    sent.on('response', (response) => response.pause());
    sent.end("select number, toString(number), repeat('x', 100) from system.numbers");
    const readRows = async (): Promise<number> =>
      Number(
        await client.ask(
          "select read_rows from system.processes where query like '%system.numbers%' and query not like '%processes%'",
        ),
      );
    await vi.waitFor(
      async () => {
        const rows = await readRows();
        expect(rows).toBeGreaterThan(0);
        await new Promise((resolve) => setTimeout(resolve, 300));
        expect(await readRows()).toBe(rows);
      },
      { timeout: 120_000 },
    );
    expect(readMemoryMb(engine.process.pid!) - before).toBeLessThan(150);
    sent.destroy();
  });

  test('a body of 200 MB is not held in it', async () => {
    const engine = await start();
    const client = createRawClient(engine.url);
    await client.ask('create table big (a UInt64, b String) engine = Null');
    const before = readMemoryMb(engine.process.pid!);
    const line = `1\t${'x'.repeat(1_021)}\n`;
    const chunk = line.repeat(1_024);
    let peak = 0;
    const answer = await new Promise<number>((resolve, reject) => {
      const sent = client.open({ params: { query: 'insert into big format TSV' } });
      sent.on('error', reject);
      sent.on('response', (response) => resolve(response.resume().statusCode ?? 0));
      const write = (left: number): void => {
        peak = Math.max(peak, readMemoryMb(engine.process.pid!));
        if (left === 0) sent.end();
        else if (sent.write(chunk)) setImmediate(write, left - 1);
        else sent.once('drain', () => write(left - 1));
      };
      write(200);
    });
    expect(answer).toBe(200);
    expect(peak - before).toBeLessThan(100);
    expect(listBodies(engine.folder)).toEqual([]);
  });
});
