/** No process outlives its owner, at whatever moment that one goes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { builtFile } from '../../src/paths.js';

/** Nobody answers there: a process that is not told to leave waits for them for ever. */
const NOWHERE = {
  CLICKHOUSE_URL: 'http://weir:x@127.0.0.1:1/weir',
  REDIS_URL: 'redis://127.0.0.1:1/0',
  DATABASE_URL: '',
};

test('a worker that is held begins when it is told to, and leaves with its owner before that', async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const hold = () =>
    spawn(process.execPath, [builtFile('src/main.ts'), 'ingest'], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: {
        ...process.env,
        ...NOWHERE,
        REDIS_URL: `redis://127.0.0.1:${port}/0`,
        WEIR_LOG: 'silent',
        WEIR_HELD: '1',
      },
    });
  const [told, left] = [hold(), hold()];
  try {
    let callers = 0;
    server.on('connection', () => {
      callers += 1;
    });
    await sleep(3_000);
    expect(callers).toBe(0);
    const ended = once(left, 'exit');
    left.disconnect();
    await ended;
    expect(callers).toBe(0);
    const called = once(server, 'connection');
    told.send('go');
    await called;
  } finally {
    told.kill('SIGKILL');
    left.kill('SIGKILL');
    server.close();
  }
});

test.each([0, 50, 200, 3_000])('a worker whose owner goes %i ms after its start leaves', async (afterMs) => {
  const child = spawn(process.execPath, [builtFile('src/main.ts'), 'ingest'], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, ...NOWHERE, WEIR_LOG: 'silent' },
  });
  const ended = once(child, 'exit');
  await sleep(afterMs);
  child.disconnect();
  const late = sleep(60_000, 'alive', { ref: false });
  const how = await Promise.race([ended.then(() => 'gone'), late]);
  child.kill('SIGKILL');
  expect(how).toBe('gone');
});
