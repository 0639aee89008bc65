/** The engine goes away and comes back: the front goes on, nothing is lost, the backlog drains in order. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClickHouse } from '../../src/clickhouse/client.js';
import { migrateClickHouse } from '../../src/clickhouse/migrate.js';
import type { Child } from '../../src/embedded/child.js';
import { createEngine } from '../../src/embedded/engine.js';
import type { Backend } from '../../src/embedded/part.js';
import { findFreePort } from '../../src/embedded/port.js';
import { checkIntegrity } from '../../src/ingest/integrity.js';
import { type Bench, createBench, type IngestProcess, makeEvent, makePayload } from './ingest-instance.js';

const folder = mkdtempSync(join(tmpdir(), 'weir-outage-'));
let engine: Backend;
let running: Child;
let bench: Bench;
let ingest: IngestProcess;

beforeAll(async () => {
  engine = createEngine({ folder: join(folder, 'engine'), port: await findFreePort(), password: 'outage' });
  running = await engine.start();
  const client = createClickHouse(engine.url);
  await migrateClickHouse(client);
  await client.close();
  bench = await createBench({ clickhouseUrl: engine.url, stream: { bytesMax: 60_000 } });
  ingest = bench.startIngest();
});

afterAll(async () => {
  await running.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('payloads are accepted while the engine is away, up to the stated size, and stored in order when it is back', async () => {
  expect(await bench.send([makeEvent('before')])).toMatchObject({ stored: 1 });
  process.kill(running.pid, 'SIGKILL');
  const accepted: string[] = [];
  let refusal: unknown;
  for (let i = 0; refusal === undefined; i++) {
    const events = Array.from({ length: 20 }, (_, j) =>
      makeEvent(`e${i}-${j}`, { timestamp: `2026-0${1 + (j % 9)}-01T00:00:00Z` }),
    );
    await bench.stream.append(makePayload(events)).then(
      ({ payloadId }) => accepted.push(payloadId),
      (error: unknown) => {
        refusal = error;
      },
    );
  }
  expect(refusal).toMatchObject({ name: 'StreamError', code: 'stream_full', retryable: true });
  expect(accepted.length).toBeGreaterThan(5);
  for (const id of accepted)
    expect(await bench.stream.getPayloadOutcome(id)).toMatchObject({ status: 'pending' });

  running = await engine.start();
  const done = await Promise.all(accepted.map((id) => bench.waitDone(id)));
  expect(done.every((one) => one.stored === 20)).toBe(true);
  // There is room again, and what was before the outage is still known.
  expect(await bench.send([makeEvent('before'), makeEvent('after')])).toMatchObject({
    stored: 1,
    duplicates: 1,
  });
  expect(await bench.count()).toEqual({ rows: accepted.length * 20 + 2, ids: accepted.length * 20 + 2 });
  const order = await bench.clickhouse.query<{ inverted: number }>(
    `select count() as inverted
     from (select batch_seq, min(received_at) as first, lagInFrame(max(received_at)) over (order by batch_seq) as before
           from events group by batch_seq)
     where first < before`,
  );
  expect(Number(order.rows[0]!.inverted)).toBe(0);
  expect(await checkIntegrity(bench, { project: 'default' })).toMatchObject({ ok: true, pending: 0 });
});

test('an engine killed again and again while events flow loses and doubles none', async () => {
  const project = 'flow';
  const ids: string[] = [];
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 10; i++) {
      const events = Array.from({ length: 10 }, (_, j) =>
        makeEvent(`${round}-${i}-${j}`, { timestamp: `2026-0${1 + (j % 9)}-01T00:00:00Z` }),
      );
      ids.push((await bench.stream.append(makePayload(events, project))).payloadId);
    }
    process.kill(running.pid, 'SIGKILL');
    running = await engine.start();
  }
  const done = await Promise.all(ids.map((id) => bench.waitDone(id)));
  expect(done.reduce((sum, one) => sum + one.stored, 0)).toBe(400);
  expect(await bench.count(project)).toEqual({ rows: 400, ids: 400 });
  expect(await checkIntegrity(bench, { project })).toMatchObject({ accepted: 400, stored: 400, ok: true });
  expect(await ingest.stop(), ingest.logs()).toBe(0);
});
