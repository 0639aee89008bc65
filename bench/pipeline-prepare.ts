/**
 * What a worker thread does to an event, from bytes to columns, on one thread: 100 payloads of 500 events, 50,000 rows a
 * batch. The named ratio is the whole of it against JSON.parse of the same bytes, which nothing that reads JSON into
 * JavaScript can do without. Rounds alternate; the ratio is taken round by round. Times are processor time, that of
 * the garbage collector's threads included, so that a busy machine changes little.
 */
import { gzipSync } from 'node:zlib';
import { scanPayload } from '../src/event/scan.js';
import type { Entry } from '../src/event/types.js';
import { prepareBatch } from '../src/pipeline/prepare.js';
import { makeEvent } from './support/events.js';
import { median, report } from './support/report.js';

const PAYLOADS = Number(process.env.BENCH_PAYLOADS ?? 100);
const EVENTS_A_PAYLOAD = 500;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 15);
const WARM_UP_ROUNDS = 5;
const EVENTS = PAYLOADS * EVENTS_A_PAYLOAD;

function makeBody(payload: number, format: 'events' | 'ndjson'): Buffer {
  const events = Array.from({ length: EVENTS_A_PAYLOAD }, (_, n) =>
    makeEvent('bench', payload * EVENTS_A_PAYLOAD + n),
  );
  return Buffer.from(
    format === 'events' ? JSON.stringify(events) : events.map((event) => JSON.stringify(event)).join('\n'),
  );
}

const makeEntries = (bodies: readonly Buffer[], head: Pick<Entry, 'format' | 'encoding'>): Entry[] =>
  bodies.map((body, n) => ({
    ...head,
    project: 'bench',
    eventCount: EVENTS_A_PAYLOAD,
    receivedAtMs: Date.UTC(2026, 9, 26),
    ip: '',
    userAgent: '',
    partition: 0,
    id: `1764000000000-${n}`,
    body,
  }));

/** Processor time in ms. */
function time(run: () => unknown): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

const bodies = Array.from({ length: PAYLOADS }, (_, n) => makeBody(n, 'events'));
const lines = Array.from({ length: PAYLOADS }, (_, n) => makeBody(n, 'ndjson'));
const bytes = bodies.reduce((sum, body) => sum + body.length, 0);
const plain = makeEntries(bodies, { format: 'events', encoding: '' });
const ndjson = makeEntries(lines, { format: 'ndjson', encoding: '' });
const gzipped = makeEntries(
  bodies.map((body) => gzipSync(body)),
  { format: 'events', encoding: 'gzip' },
);

const prepare = (entries: Entry[]) => prepareBatch({ entries, partition: 0, seq: 1 });

const parseMs: number[] = [];
const scanMs: number[] = [];
const plainMs: number[] = [];
const ndjsonMs: number[] = [];
const gzipMs: number[] = [];
const shares: Record<string, number[]> = {};
let blockBytes = 0;

/** What part of a batch's time each stage took. */
function noteShares(stageMs: Readonly<Record<string, number>>): void {
  const total = Object.values(stageMs).reduce((sum, ms) => sum + ms, 0);
  for (const [stage, ms] of Object.entries(stageMs)) {
    shares[stage] ??= [];
    shares[stage].push(ms / total);
  }
}

for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
  if (round === WARM_UP_ROUNDS)
    for (const list of [parseMs, scanMs, plainMs, ndjsonMs, gzipMs]) list.length = 0;
  parseMs.push(time(() => bodies.map((body) => JSON.parse(body.toString('latin1')))));
  scanMs.push(time(() => bodies.map((body) => scanPayload('events', body))));
  plainMs.push(
    time(() => {
      const batch = prepare(plain);
      if (batch.rows !== EVENTS) throw new Error(`${batch.rows} rows of ${EVENTS} events`);
      blockBytes = batch.block.length;
      if (round >= WARM_UP_ROUNDS) noteShares(batch.stageMs);
    }),
  );
  ndjsonMs.push(time(() => prepare(ndjson)));
  gzipMs.push(time(() => prepare(gzipped)));
}

const perSecond = (ms: readonly number[]): number => EVENTS / (median(ms) / 1000);
const ratio = (ms: readonly number[]): number => median(ms.map((value, n) => value / parseMs[n]!));

report('pipeline-prepare', [
  { figure: 'JSON an event', value: bytes / EVENTS, unit: 'bytes' },
  { figure: 'Native block an event', value: blockBytes / EVENTS, unit: 'bytes' },
  { figure: 'scan alone', value: bytes / 1e6 / (median(scanMs) / 1000), unit: 'MB/s' },
  { figure: 'JSON.parse alone', value: perSecond(parseMs), unit: 'events/s' },
  { figure: 'prepare', value: perSecond(plainMs), unit: 'events/s' },
  { figure: 'prepare, NDJSON', value: perSecond(ndjsonMs), unit: 'events/s' },
  { figure: 'prepare, gzip', value: perSecond(gzipMs), unit: 'events/s' },
  ...Object.entries(shares).map(([stage, parts]) => ({
    figure: `stage ${stage}`,
    value: (median(parts) * median(plainMs) * 1000) / EVENTS,
    unit: 'µs an event',
  })),
  {
    figure: 'encode alone',
    value: EVENTS / ((median(shares.encode ?? []) * median(plainMs)) / 1000),
    unit: 'rows/s',
  },
  { figure: 'prepare against JSON.parse alone', value: ratio(plainMs), unit: 'times its time' },
]);
