/** No process outlives its owner, at whatever moment that one goes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { builtFile } from '../../src/paths.js';

/** Nobody answers there: a process that is not told to leave waits for them for ever. */
const NOWHERE = {
  CLICKHOUSE_URL: 'http://weir:x@127.0.0.1:1/weir',
  REDIS_URL: 'redis://127.0.0.1:1/0',
  DATABASE_URL: '',
};

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
