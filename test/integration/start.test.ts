import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../src/paths.js';
import { runCommand } from '../support/command.js';
import {
  freshClickHouse,
  freshPostgres,
  freshRedis,
  runClickHouse,
  startWeir,
  type Weir,
} from '../support/stack.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir start '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function post(
  weir: Weir,
  id: string,
  query = '?wait=stored',
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${weir.url}/v1/events${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${weir.keys.write}`, 'content-type': 'application/json' },
    body: JSON.stringify({ event: 'tested', event_id: id, user_id: 'u' }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const isStored = async (weir: Weir, id: string): Promise<boolean> => {
  const { status, body } = await post(weir, id);
  return status === 200 && body.stored === 1;
};

interface Descendant {
  pid: number;
  command: string;
}

/** All processes under one, by /proc. */
function listDescendants(pid: number): Descendant[] {
  const parents = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      parents.set(parent, [...(parents.get(parent) ?? []), Number(name)]);
    } catch {
      // It ended meanwhile.
    }
  }
  const collect = (of: number): number[] =>
    (parents.get(of) ?? []).flatMap((child) => [child, ...collect(child)]);
  return collect(pid).map((child) => ({ pid: child, command: readCommand(child) }));
}

function readCommand(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

function findChild(weir: Weir, mark: string): number {
  const child = listDescendants(weir.process.pid ?? 0).find(({ command }) => command.includes(mark));
  if (!child) throw new Error(`no child with ${mark}`);
  return child.pid;
}

test('with three URLs it starts only its own halves, and stops with 0', async () => {
  const weir = await startWeir();
  expect(await isStored(weir, 'a')).toBe(true);
  const commands = listDescendants(weir.process.pid ?? 0).map(({ command }) => command);
  expect(commands.filter((command) => /redis-server|postgres|engine/.test(command))).toEqual([]);
  expect(weir.logs()).toContain(weir.keys.write);
  expect(await weir.stop()).toBe(0);
});

test('everything embedded keeps its data from one start to the next', async () => {
  const dataFolder = join(folder, 'kept data');
  const embedded = { clickhouse: 'embedded', redis: 'embedded', postgres: 'embedded', dataFolder };
  const first = await startWeir(embedded);
  expect(await isStored(first, 'kept')).toBe(true);
  expect(await first.stop()).toBe(0);
  expect(existsSync(join(dataFolder, 'instance.json'))).toBe(false);

  const second = await startWeir(embedded);
  expect(second.keys).toEqual(first.keys);
  expect(second.logs()).not.toContain(first.keys.write);
  expect((await post(second, 'kept')).body).toMatchObject({ stored: 0, duplicates: 1 });
  const { clickhouse_url } = JSON.parse(readFileSync(join(dataFolder, 'instance.json'), 'utf8'));
  expect(await runClickHouse(clickhouse_url, 'select count() from events')).toBe('1\n');

  // Whichever part dies, it comes back at its address and the others carry on.
  for (const mark of ['main.js ingest', 'main.js engine', 'redis-server', 'bin/postgres', 'main.js api']) {
    process.kill(findChild(second, mark), 'SIGKILL');
    if (mark === 'main.js ingest' || mark === 'main.js engine')
      expect((await post(second, `${mark} 202`, '')).status).toBe(202);
    await expect
      .poll(() => isStored(second, `${mark} ${Date.now()}`).catch(() => false), {
        timeout: 120_000,
        interval: 200,
      })
      .toBe(true);
  }
  expect(second.logs()).toMatch(/engine is gone \(signal SIGKILL\)/);

  const pids = listDescendants(second.process.pid ?? 0).map(({ pid }) => pid);
  expect(pids.length).toBeGreaterThan(4);
  second.process.kill('SIGKILL');
  await expect
    .poll(() => pids.filter((pid) => existsSync(`/proc/${pid}`) && readCommand(pid) !== ''), {
      timeout: 120_000,
      interval: 100,
    })
    .toEqual([]);
});

test('an interrupt in a terminal drains too', async () => {
  const weir = await startWeir();
  const exited = new Promise((resolve) => weir.process.once('exit', resolve));
  weir.process.kill('SIGINT');
  expect(await exited).toBe(0);
});

test('a second request to stop does not wait for what hangs', async () => {
  const weir = await startWeir();
  const api = findChild(weir, 'main.js api');
  // It will not hear that it is to stop.
  process.kill(api, 'SIGSTOP');
  const exited = new Promise((resolve) => weir.process.once('exit', resolve));
  weir.process.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 800));
  expect(weir.process.exitCode).toBeNull();
  weir.process.kill('SIGTERM');
  expect(await exited).toBe(1);
  await expect.poll(() => readCommand(api)).toBe('');
});

test('a reload replaces both halves and keeps the address', async () => {
  const weir = await startWeir();
  const before = ['main.js api', 'main.js ingest'].map((mark) => findChild(weir, mark));
  weir.process.kill('SIGUSR2');
  await expect.poll(() => before.map(readCommand), { timeout: 120_000 }).toEqual(['', '']);
  const works = () => isStored(weir, `reloaded ${Date.now()}`).catch(() => false);
  await expect.poll(works, { timeout: 120_000, interval: 200 }).toBe(true);
  expect(weir.logs()).not.toContain('is gone');
  expect(await weir.stop()).toBe(0);
});

/** `npm start`, up to the point where it is ready. */
async function startNpm(dataFolder: string): Promise<{ npm: ChildProcess; exited: Promise<number | null> }> {
  const [clickhouse, redis, postgres] = await Promise.all([
    freshClickHouse({ migrate: false }),
    freshRedis(),
    freshPostgres({ migrate: false }),
  ]);
  const urls = { CLICKHOUSE_URL: clickhouse.url, REDIS_URL: redis.url, DATABASE_URL: postgres.url };
  const env = { ...process.env, ...urls, WEIR_PORT: '0', WEIR_DATA: dataFolder };
  const npm = spawn('npm', ['start'], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(npm, 'exit').then(([code]) => code as number | null);
  const output = createInterface({ input: npm.stdout });
  await new Promise<void>((resolve, reject) => {
    output.on('line', (line) => line.includes('Weir is ready') && resolve());
    output.once('close', () => reject(new Error('npm start ended before it was ready')));
  });
  return { npm, exited };
}

test('a stop signal to npm drains Weir, and npm ends with 0', async () => {
  const dataFolder = join(folder, 'npm');
  const { npm, exited } = await startNpm(dataFolder);
  const { pid } = JSON.parse(readFileSync(join(dataFolder, 'instance.json'), 'utf8'));
  npm.kill('SIGTERM');
  expect(await exited).toBe(0);
  expect(readCommand(pid)).toBe('');
  expect(existsSync(join(dataFolder, 'instance.json'))).toBe(false);
});

test('Weir does not outlive an npm that was killed', async () => {
  const dataFolder = join(folder, 'npm killed');
  const { npm } = await startNpm(dataFolder);
  const { pid } = JSON.parse(readFileSync(join(dataFolder, 'instance.json'), 'utf8'));
  npm.kill('SIGKILL');
  await expect.poll(() => readCommand(pid), { timeout: 120_000, interval: 100 }).toBe('');
});

test('a data folder in use names the one who uses it', async () => {
  const weir = await startWeir();
  const { code, stderr } = await runCommand(['up'], { env: { WEIR_DATA: weir.dataFolder, WEIR_PORT: '0' } });
  expect(code).toBe(1);
  expect(stderr.trim()).toBe(
    `WEIR_DATA ${weir.dataFolder} is in use by the Weir at ${weir.url} (process ${weir.process.pid}): stop it, or run beside it with WEIR_DATA and WEIR_PORT of its own.`,
  );
  const beside = await startWeir();
  expect(await isStored(beside, 'beside')).toBe(true);
  expect(await isStored(weir, 'first')).toBe(true);
  await Promise.all([weir.stop(), beside.stop()]);
});

test('wrong settings stop the start, each named with its value and what is allowed', async () => {
  const { code, stderr } = await runCommand(['up'], {
    env: { WEIR_DATA: folder, WEIR_PORT: 'eighty', WEIR_LOG: 'loud' },
  });
  expect(code).toBe(2);
  expect(stderr.trim().split('\n')).toEqual([
    'WEIR_PORT is "eighty"; allowed: a whole number from 0 to 65535.',
    'WEIR_LOG is "loud"; allowed: one of trace, debug, info, warn, error, fatal, silent.',
  ]);
});

test('a host that is not of this machine is named, not its ports', async () => {
  const env = { WEIR_DATA: join(folder, 'elsewhere'), WEIR_HOST: '203.0.113.7' };
  const { code, stderr } = await runCommand(['up'], { env });
  expect(code).toBe(1);
  expect(stderr).toContain('WEIR_HOST is "203.0.113.7", which is no address of this machine');
});

test('a Redis that does not know HELLO is too old', async () => {
  const old = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () =>
      socket.write('-ERR unknown command `HELLO`, with args beginning with: `3`, \r\n'),
    );
  });
  await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', () => resolve()));
  const { port } = old.address() as AddressInfo;
  const env = { WEIR_DATA: join(folder, 'old'), WEIR_PORT: '0', REDIS_URL: `redis://127.0.0.1:${port}` };
  const { code, stderr } = await runCommand(['up'], { env });
  old.close();
  expect(code).toBe(1);
  expect(stderr.trim()).toBe('REDIS_URL: Redis is too old: 6.2 or newer is needed');
});

test('a taken port is a sentence when it was asked for, and gives way when it was not', async () => {
  const blocker = createServer();
  // Whoever has 8080 already blocks it as well.
  await new Promise<void>((resolve) =>
    blocker.once('error', () => resolve()).listen(8080, '127.0.0.1', () => resolve()),
  );
  const asked = await runCommand(['up'], { env: { WEIR_DATA: join(folder, 'taken'), WEIR_PORT: '8080' } });
  expect(asked.code).toBe(1);
  expect(asked.stderr).toContain('WEIR_PORT is 8080, but 127.0.0.1:8080 is taken');
  const weir = await startWeir({ env: { WEIR_PORT: '' } });
  expect(Number(new URL(weir.url).port)).toBeGreaterThan(8080);
  expect(weir.logs()).toContain('port 8080 is taken');
  await weir.stop();
  blocker.close();
});

test('a backend that cannot be reached stops the start with a sentence and leaves nothing running', async () => {
  const dataFolder = join(folder, 'unreachable');
  const { code, stderr } = await runCommand(['up'], {
    env: { WEIR_DATA: dataFolder, WEIR_PORT: '0', DATABASE_URL: 'postgres://nobody:none@127.0.0.1:1/none' },
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(/DATABASE_URL/);
  expect(stderr).not.toMatch(/\bat .*\.js:\d+/);
});

test('a data folder that is a file is a sentence', async () => {
  writeFileSync(join(folder, 'file'), '');
  const { code, stderr } = await runCommand(['up'], { env: { WEIR_DATA: join(folder, 'file') } });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^WEIR_DATA is ".*file"; allowed: a folder/);
});
