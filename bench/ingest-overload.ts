/**
 * What becomes of useful work when ten times as much is offered as can be stored: goodput (events stored a second) under
 * overload against its peak, whether every refusal says when to come back, and what the front's memory does.
 *
 * Peak: a closed loop keeps the stream half full for a while. Overload: an open loop posts ten times the peak's payloads a
 * second over many connections, whatever is answered, and nobody sends a refused payload again. Posts that find all
 * connections busy are not sent, so what was really offered is printed too. The load generator shares the machine with all
 * it measures; bodies are made beforehand and only numbered before they are sent.
 */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClickHouse } from '../src/clickhouse/client.js';
import { makeEvent } from './support/events.js';
import { findProcess, sumMemoryBytes } from './support/processes.js';
import { type Figure, report } from './support/report.js';
import { startStack } from './support/stack.js';

const SECONDS = Number(process.env.BENCH_SECONDS ?? 10);
const BATCH = 500;
const CONNECTIONS = 64;
const OVERLOAD = 10;
/** Small, so that it is full at once; two seconds of work or so. */
const STREAM_BYTES = 32 * 1024 * 1024;
const PAUSE_MS = 5;

interface Tally {
  accepted: number;
  refused: number;
  /** Refusals without Retry-After, other answers, and broken connections. */
  wrong: number;
}

/** Where a body's number stands in each of its event ids. */
const PLACE = '@@@@@@@@';

interface Slot {
  body: Buffer;
  places: readonly number[];
}

function makeSlot(): Slot {
  const events = Array.from({ length: BATCH }, (_, i) => ({
    ...makeEvent('', i),
    event_id: `${PLACE}-${i}`,
  }));
  const text = JSON.stringify(events);
  const places = [...text.matchAll(new RegExp(PLACE, 'g'))].map((match) => match.index);
  return { body: Buffer.from(text), places };
}

let bodies = 0;

/** Gives the slot's events ids that no event had before. */
function renumber({ body, places }: Slot): Buffer {
  const number = Buffer.from(String(bodies++).padStart(PLACE.length, '0'));
  for (const place of places) number.copy(body, place);
  return body;
}

const stack = await startStack({ WEIR_STREAM_BYTES_MAX: String(STREAM_BYTES) });
const clickhouse = createClickHouse(stack.clickhouseUrl);
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
const { hostname, port } = new URL(stack.url);

function post(slot: Slot, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    const sent = request(
      {
        agent,
        hostname,
        port,
        method: 'POST',
        path: '/v1/events',
        headers: { authorization: `Bearer ${stack.keys.write}` },
      },
      (response) => {
        response.resume();
        response.on('end', () => {
          const isRefusal = response.statusCode === 503 || response.statusCode === 429;
          if (response.statusCode === 202) tally.accepted += 1;
          else if (isRefusal && Number(response.headers['retry-after']) > 0) tally.refused += 1;
          else tally.wrong += 1;
          resolve();
        });
      },
    );
    sent.on('error', () => {
      tally.wrong += 1;
      resolve();
    });
    sent.end(renumber(slot));
  });
}

async function countStored(): Promise<number> {
  const { rows } = await clickhouse.query<{ n: number }>('select count() as n from events');
  return Number(rows[0]?.n ?? 0);
}

/** Events stored a second while `load` runs, after a while in which the stream fills. */
async function measureGoodput(
  load: (untilMs: number, tally: Tally) => Promise<void>,
): Promise<{ goodput: number; tally: Tally }> {
  const tally: Tally = { accepted: 0, refused: 0, wrong: 0 };
  const running = load(performance.now() + (SECONDS + 2) * 1_000, tally);
  await sleep(2_000);
  const before = await countStored();
  const start = performance.now();
  await sleep((SECONDS - 1) * 1_000);
  const goodput = (await countStored()) - before;
  const seconds = (performance.now() - start) / 1_000;
  await running;
  return { goodput: goodput / seconds, tally };
}

/** As many as are taken, and a pause for whoever is refused. */
async function saturate(untilMs: number, tally: Tally): Promise<void> {
  const work = async (): Promise<void> => {
    const slot = makeSlot();
    while (performance.now() < untilMs) {
      const refused = tally.refused;
      await post(slot, tally);
      if (tally.refused > refused) await sleep(PAUSE_MS * 10);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
}

/** `perSecond` payloads whatever becomes of them; those that find no connection within the time are not sent. */
const overload =
  (perSecond: number) =>
  async (untilMs: number, tally: Tally): Promise<void> => {
    const start = performance.now();
    const free = Array.from({ length: CONNECTIONS }, makeSlot);
    const pending = new Set<Promise<void>>();
    let due = 0;
    while (performance.now() < untilMs) {
      const target = ((performance.now() - start) / 1_000) * perSecond;
      for (; due < target; due += 1) {
        const slot = free.pop();
        if (!slot) continue;
        const one: Promise<void> = post(slot, tally).finally(() => {
          pending.delete(one);
          free.push(slot);
        });
        pending.add(one);
      }
      await sleep(PAUSE_MS);
    }
    await Promise.all(pending);
  };

let totalAccepted = 0;

async function waitUntilStored(tally: Tally): Promise<void> {
  totalAccepted += tally.accepted;
  while ((await countStored()) < totalAccepted * BATCH) await sleep(100);
}

try {
  const front = findProcess(stack.pids(), 'api');
  const frontMemory = (): number => sumMemoryBytes([front]) / 2 ** 20;
  const warm = await measureGoodput(saturate);
  await waitUntilStored(warm.tally);
  const peak = await measureGoodput(saturate);
  await waitUntilStored(peak.tally);
  const memoryBefore = frontMemory();
  const over = await measureGoodput(overload((peak.goodput / BATCH) * OVERLOAD));
  const memoryDuring = frontMemory();
  await waitUntilStored(over.tally);
  const offered = over.tally.accepted + over.tally.refused + over.tally.wrong;
  const figures: Figure[] = [
    { figure: 'peak goodput', value: peak.goodput, unit: 'events/s' },
    { figure: 'really offered under overload', value: (offered * BATCH) / (SECONDS + 2), unit: 'events/s' },
    { figure: 'offered / peak', value: (offered * BATCH) / (SECONDS + 2) / peak.goodput, unit: 'x' },
    { figure: 'goodput under overload', value: over.goodput, unit: 'events/s' },
    { figure: 'goodput / peak', value: over.goodput / peak.goodput, unit: 'x' },
    { figure: 'refused', value: over.tally.refused, unit: 'payloads' },
    {
      figure: 'refusals with Retry-After',
      value: over.tally.refused / (over.tally.refused + over.tally.wrong),
      unit: 'x',
    },
    { figure: 'memory of the front before', value: memoryBefore, unit: 'MB' },
    { figure: 'memory of the front under overload', value: memoryDuring, unit: 'MB' },
  ];
  report('ingest-overload', figures);
} finally {
  agent.destroy();
  await clickhouse.close();
  await stack.stop();
}
