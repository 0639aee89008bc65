/**
 * What idle sockets of one front cost: memory of its processes before and after BENCH_SOCKETS sockets (10,000) subscribed to a
 * project's numbers, how long one update takes to reach all of them, and memory after that. Each socket is a file descriptor
 * here and one in the front: `ulimit -n` must allow both, and the benchmark says when it does not.
 */
import { execSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { findProcess, sumMemoryBytes } from './support/processes.js';
import { report } from './support/report.js';
import { startStack } from './support/stack.js';

const WANTED = Number(process.env.BENCH_SOCKETS ?? 10_000);
/** Sockets opened at once; the front's queue of connections is finite. */
const OPENING = 50;
/** Descriptors that are needed for other things. */
const RESERVE = 500;

const limit = Number(execSync('ulimit -n', { shell: '/bin/sh' }).toString()) || 1_024;
const count = Math.min(WANTED, limit - RESERVE);
if (count < WANTED) console.error(`ulimit -n is ${limit}: measuring ${count} sockets instead of ${WANTED}`);

const stack = await startStack();
const sockets: WebSocket[] = [];
try {
  const url = `${stack.url.replace('http', 'ws')}/v1/analytics/realtime?key=${stack.keys.read}`;
  // A key opens 200 sockets a second; the benchmark is about what they cost once they are open.
  await fetch(`${stack.url}/v1/projects/default`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${stack.keys.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({ settings: { quotas: { queries_per_second: 10_000 } } }),
  });
  const pid = findProcess(stack.pids(), 'api');
  let updates = 0;
  const open = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(url, { perMessageDeflate: false });
      sockets.push(socket);
      socket.on('error', reject);
      socket.on('open', () => socket.send('{"type":"subscribe","channel":"metrics"}'));
      socket.on('message', (bytes) => {
        const text = String(bytes);
        if (text.startsWith('{"type":"subscribed"')) resolve();
        else if (text.includes('"event":"wave"')) updates += 1;
      });
    });
  await open();
  await sleep(2_000);
  const before = sumMemoryBytes([pid]);
  for (let i = 1; i < count; i += OPENING)
    await Promise.all(Array.from({ length: Math.min(OPENING, count - i) }, open));
  await sleep(2_000);
  const after = sumMemoryBytes([pid]);
  const startedAt = performance.now();
  const headers = { authorization: `Bearer ${stack.keys.write}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ event: 'wave', user_id: 'ada' });
  await fetch(`${stack.url}/v1/events`, { method: 'POST', headers, body });
  while (updates < count) await sleep(5);
  const waveMs = performance.now() - startedAt;
  report('realtime-sockets', [
    { figure: 'sockets', value: count, unit: 'sockets' },
    { figure: 'memory of the front without them', value: before / 2 ** 20, unit: 'MB' },
    { figure: 'memory of the front with them', value: after / 2 ** 20, unit: 'MB' },
    { figure: 'memory a socket', value: (after - before) / 1_024 / count, unit: 'kB' },
    { figure: 'POST to the last socket', value: waveMs, unit: 'ms' },
    { figure: 'memory of the front after the update', value: sumMemoryBytes([pid]) / 2 ** 20, unit: 'MB' },
  ]);
} finally {
  for (const socket of sockets) socket.terminate();
  await stack.stop();
}
