/**
 * Ingest against real backends for tests: a front's side of the stream in the test's own process, and any number of
 * ingest processes that can be killed at chosen places.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, expect } from 'vitest';
import { createClickHouse } from '../../src/clickhouse/client.js';
import { composeCommand } from '../../src/embedded/child.js';
import { builtFile } from '../../src/paths.js';
import { createRedis } from '../../src/redis/client.js';
import {
  createStream,
  type EventStream,
  type NewPayload,
  type PayloadDone,
  type StreamOptions,
} from '../../src/stream/index.js';
import { freshClickHouse, freshRedis } from '../support/stack.js';

/** How long anything in these tests may take before it counts as lost; a machine busy with other tests is slow. */
const PATIENCE_MS = 120_000;

export interface TestEvent {
  event?: string;
  event_id?: string;
  user_id?: string;
  timestamp?: string;
  properties?: Record<string, unknown>;
}

export const makeEvent = (id: string, more: TestEvent = {}): TestEvent => ({
  event: 'view',
  event_id: id,
  user_id: 'u1',
  timestamp: '2026-05-01T00:00:00.000Z',
  properties: { n: 1 },
  ...more,
});

export const makePayload = (events: readonly unknown[], project = 'default'): NewPayload => ({
  project,
  format: 'events',
  encoding: '',
  eventCount: events.length,
  ip: '',
  userAgent: '',
  body: Buffer.from(JSON.stringify(events)),
});

export interface IngestProcess {
  process: ChildProcess;
  logs(): string;
  /** Resolves when it has ended: with its exit code, or the name of the signal. */
  readonly ended: Promise<number | string>;
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | string>;
}

export interface Bench {
  clickhouseUrl: string;
  redisUrl: string;
  redis: ReturnType<typeof createRedis>;
  clickhouse: ReturnType<typeof createClickHouse>;
  stream: EventStream;
  /** An ingest process on these backends. */
  startIngest(env?: Record<string, string>): IngestProcess;
  /** Appends events and waits until all have their outcome. */
  send(events: readonly unknown[], project?: string): Promise<PayloadDone>;
  /** Waits for the outcome of a payload. */
  waitDone(payloadId: string): Promise<PayloadDone>;
  /** Rows and distinct ids in the events table. */
  count(project?: string): Promise<{ rows: number; ids: number }>;
}

/** Fresh backends with a front; everything is closed after the test file. */
export async function createBench(
  options: { stream?: Partial<StreamOptions>; clickhouseUrl?: string; redisUrl?: string } = {},
): Promise<Bench> {
  const clickhouseUrl = options.clickhouseUrl ?? (await freshClickHouse()).url;
  const redisUrl = options.redisUrl ?? (await freshRedis()).url;
  const redis = createRedis(redisUrl);
  await redis.waitReady(PATIENCE_MS);
  const clickhouse = createClickHouse(clickhouseUrl);
  const stream = await createStream(redis, options.stream);
  const running = new Set<IngestProcess>();
  afterAll(async () => {
    for (const one of running) one.process.kill('SIGKILL');
    await Promise.all([...running].map((one) => one.ended));
    await stream.close();
    await redis.close();
    await clickhouse.close();
  });

  async function waitDone(payloadId: string): Promise<PayloadDone> {
    const outcome = await stream.waitForOutcome(payloadId, PATIENCE_MS);
    if (outcome.status !== 'done') throw new Error(`payload ${payloadId} is ${outcome.status}`);
    return outcome;
  }

  return {
    clickhouseUrl,
    redisUrl,
    redis,
    clickhouse,
    stream,
    startIngest(env = {}) {
      const started = spawnIngest({ CLICKHOUSE_URL: clickhouseUrl, REDIS_URL: redisUrl, ...env });
      running.add(started);
      void started.ended.then(() => running.delete(started));
      return started;
    },
    async send(events, project) {
      return waitDone((await stream.append(makePayload(events, project))).payloadId);
    },
    waitDone,
    async count(project = 'default') {
      const { rows } = await clickhouse.query<{ rows: number; ids: number }>(
        'select count() as rows, uniqExact(event_id) as ids from events where project = {project:String}',
        { params: { project } },
      );
      return { rows: Number(rows[0]!.rows), ids: Number(rows[0]!.ids) };
    },
  };
}

function spawnIngest(env: Record<string, string>): IngestProcess {
  // Leaves with the test's process, by the channel or, when it was stopped, by the kernel's hand.
  const { command, args } = composeCommand({
    command: process.execPath,
    args: [builtFile('src/main.ts'), 'ingest'],
    orphanSignal: 'SIGKILL',
  });
  const child = spawn(command, args, {
    env: { ...process.env, WEIR_LOG: 'warn', WEIR_THREADS: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const ended = once(child, 'exit').then(([code, signal]) => (code as number | null) ?? (signal as string));
  return {
    process: child,
    logs: () => output,
    ended,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** Fails with the process's own words when it ended otherwise than expected. */
export async function expectEnd(started: IngestProcess, how: number | string): Promise<void> {
  const end = await started.ended;
  expect(end, started.logs()).toBe(how);
}
