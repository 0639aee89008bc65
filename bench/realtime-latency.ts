/**
 * How long after the first byte of a POST its event is on a socket, and the number it changes: alone, and while 10,000 other
 * events a second pass through the same project. One event a POST, 20 a second; the load are POSTs of 100 events. Clients and
 * load generator share the machine with Weir.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { makeEvent } from './support/events.js';
import { quantile, report } from './support/report.js';
import { startStack } from './support/stack.js';

const PROBES = Number(process.env.BENCH_PROBES ?? 200);
const PROBE_INTERVAL_MS = 50;
const LOAD_EVENTS_PER_S = Number(process.env.BENCH_LOAD ?? 10_000);
const LOAD_BATCH = 100;
/** How long the load runs before it is measured under. */
const WARMUP_MS = 3_000;

interface Stack {
  url: string;
  keys: { read: string; write: string };
}

async function send(stack: Stack, body: string): Promise<void> {
  const headers = { authorization: `Bearer ${stack.keys.write}`, 'content-type': 'application/json' };
  const answer = await fetch(`${stack.url}/v1/events`, { method: 'POST', headers, body });
  await answer.arrayBuffer();
  if (answer.status !== 202) throw new Error(`answered ${answer.status}`);
}

interface Watch {
  /** Resolves with the instant the probe's event came. */
  event(id: string): Promise<number>;
  /** Resolves with the instant a number that counts at least so many probes came. */
  count(probes: number): Promise<number>;
  close(): void;
}

async function openWatch(stack: Stack): Promise<Watch> {
  const socket = new WebSocket(
    `${stack.url.replace('http', 'ws')}/v1/analytics/realtime?key=${stack.keys.read}`,
  );
  const events = new Map<string, (at: number) => void>();
  const counts = new Map<number, (at: number) => void>();
  const subscribed = new Promise<void>((resolve) => {
    let open = 2;
    socket.on('message', (bytes) => {
      const at = performance.now();
      const message = JSON.parse(String(bytes));
      if (message.type === 'subscribed' && --open === 0) resolve();
      if (message.type === 'event') events.get(message.data.event_id)?.(at);
      if (message.type !== 'update') return;
      const probe = message.data.top_events.find(({ event }: { event: string }) => event === 'probe');
      for (const [wanted, tell] of counts) if ((probe?.counts['1h'] ?? 0) >= wanted) tell(at);
    });
  });
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send(JSON.stringify({ type: 'subscribe', channel: 'events', event: 'probe' }));
  socket.send(JSON.stringify({ type: 'subscribe', channel: 'metrics' }));
  await subscribed;
  return {
    event: (id) => new Promise((resolve) => events.set(id, resolve)),
    count: (probes) =>
      new Promise((resolve) =>
        counts.set(probes, (at) => {
          counts.delete(probes);
          resolve(at);
        }),
      ),
    close: () => socket.close(),
  };
}

let probesSent = 0;

async function measure(stack: Stack, watch: Watch): Promise<{ event: number[]; number: number[] }> {
  const event: number[] = [];
  const number: number[] = [];
  const running: Promise<void>[] = [];
  for (let i = 0; i < PROBES; i++) {
    const n = ++probesSent;
    const id = `probe-${n}`;
    const startedAt = performance.now();
    const seen = Promise.all([watch.event(id), watch.count(n)]).then(([eventAt, countAt]) => {
      event.push(eventAt - startedAt);
      number.push(countAt - startedAt);
    });
    running.push(send(stack, JSON.stringify({ event: 'probe', event_id: id, user_id: `u${n}` })), seen);
    await sleep(PROBE_INTERVAL_MS);
  }
  await Promise.race([Promise.all(running), sleep(10_000)]);
  return { event, number };
}

/** Sends events at a steady rate until told to stop; how many a second it came to. */
function startLoad(stack: Stack): () => Promise<number> {
  let isRunning = true;
  let sent = 0;
  const startedAt = performance.now();
  const inFlight = new Set<Promise<void>>();
  const run = async (): Promise<void> => {
    let n = 0;
    while (isRunning) {
      const due = ((performance.now() - startedAt) / 1_000) * LOAD_EVENTS_PER_S;
      while (sent < due && inFlight.size < 64) {
        const now = new Date().toISOString();
        const events = Array.from({ length: LOAD_BATCH }, () => ({
          ...makeEvent('load', n++),
          timestamp: now,
        }));
        sent += LOAD_BATCH;
        const one = send(stack, JSON.stringify(events)).finally(() => inFlight.delete(one));
        inFlight.add(one);
      }
      await sleep(2);
    }
    await Promise.all(inFlight);
  };
  const running = run();
  return async () => {
    isRunning = false;
    await running;
    return (sent * 1_000) / (performance.now() - startedAt);
  };
}

const describe = (name: string, times: readonly number[]) =>
  [0.5, 0.99].map((q) => ({ figure: `${name}, p${q * 100}`, value: quantile(times, q), unit: 'ms' }));

const stack = await startStack();
try {
  const watch = await openWatch(stack);
  await measure(stack, watch);
  const idle = await measure(stack, watch);
  const stopLoad = startLoad(stack);
  await sleep(WARMUP_MS);
  const loaded = await measure(stack, watch);
  const eventsPerSecond = await stopLoad();
  watch.close();
  report('realtime-latency', [
    ...describe('POST to event, idle', idle.event),
    ...describe('POST to number, idle', idle.number),
    { figure: 'events a second under load', value: eventsPerSecond, unit: 'events/s' },
    ...describe('POST to event, under load', loaded.event),
    ...describe('POST to number, under load', loaded.number),
    {
      figure: 'probes seen on the events channel under load',
      value: loaded.event.length / PROBES,
      unit: 'share',
    },
  ]);
} finally {
  await stack.stop();
}
