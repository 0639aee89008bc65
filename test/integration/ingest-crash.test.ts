/** An ingest process killed at every seam: after the next one took over, each event has its outcome exactly once. */
import { beforeAll, describe, expect, test } from 'vitest';
import { parsePayloadId } from '../../src/event/types.js';
import { checkIntegrity } from '../../src/ingest/integrity.js';
import { createPartitionConsumer } from '../../src/stream/index.js';
import { type Bench, createBench, expectEnd, makeEvent, makePayload } from './ingest-instance.js';

/** Three payloads: months apart, with repeats inside, across and of what was stored before, a conflict and rejects. */
function makeTraffic(months = MONTHS): { payloads: unknown[][]; before: unknown[] } {
  const month = (i: number) =>
    `20${16 + Math.floor(i / 12)}-${String(1 + (i % 12)).padStart(2, '0')}-05T00:00:00Z`;
  const spread = Array.from({ length: 118 }, (_, i) => makeEvent(`m${i}`, { timestamp: month(i % months) }));
  return {
    before: [makeEvent('old1'), makeEvent('old2')],
    payloads: [
      [...spread, makeEvent('old1'), { event: 'nobody' }, makeEvent('twice'), makeEvent('twice')],
      [
        makeEvent('m3', { timestamp: month(3 % months) }),
        makeEvent('old2', { event: 'other' }),
        makeEvent('fresh'),
      ],
      [makeEvent('fresh'), 'not an object', makeEvent('last', { timestamp: month(40) })],
    ],
  };
}

/** Monthly partitions that the first payload touches: each is a part of its own, inserted one after another. */
const MONTHS = 6;

const STORED = 118 + 1 + 1 + 1;

async function expectExactlyOnce(bench: Bench, payloadIds: readonly string[]): Promise<void> {
  const done = await Promise.all(payloadIds.map((id) => bench.waitDone(id)));
  const sum = (name: 'received' | 'stored' | 'duplicates' | 'rejected') =>
    done.reduce((total, one) => total + one[name], 0);
  expect({
    received: sum('received'),
    stored: sum('stored'),
    duplicates: sum('duplicates'),
    rejected: sum('rejected'),
  }).toEqual({ received: 128, stored: STORED, duplicates: 4, rejected: 3 });
  expect(await bench.count()).toEqual({ rows: STORED + 2, ids: STORED + 2 });
  const kept = await bench.clickhouse.query<{ code: string; n: number }>(
    'select code, count() as n from rejected_events group by code order by code',
  );
  expect(kept.rows.map(({ code, n }) => [code, Number(n)])).toEqual([
    ['event_id_conflict', 1],
    ['missing_user', 1],
    ['not_an_object', 1],
  ]);
  const report = await checkIntegrity(bench, { project: 'default' });
  expect(report).toMatchObject({
    accepted: 130,
    stored: STORED + 2,
    duplicates: 4,
    rejected: 3,
    pending: 0,
    ok: true,
  });
}

describe.each([
  'after-read',
  'after-seal',
  'mid-batch',
  'after-rejects',
  'after-insert',
  'before-ack',
  'after-ack',
])('killed %s', (point) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await createBench();
  });

  test('every event has its outcome once after the next process took over', async () => {
    const { before, payloads } = makeTraffic();
    const first = bench.startIngest({ WEIR_FAULT: `${point}:2` });
    await bench.send(before);
    const ids = await Promise.all(
      payloads.map(async (events) => (await bench.stream.append(makePayload(events))).payloadId),
    );
    // A second batch may need one more payload to come to the point.
    await expectEnd(first, 'SIGKILL');
    const second = bench.startIngest();
    await expectExactlyOnce(bench, ids);
    second.process.kill('SIGKILL');
  });
});

describe('killed during recovery', () => {
  test('the third process finishes what the first began', async () => {
    const bench = await createBench();
    const { before, payloads } = makeTraffic();
    const first = bench.startIngest({ WEIR_FAULT: 'after-insert:2' });
    await bench.send(before);
    const ids = await Promise.all(
      payloads.map(async (events) => (await bench.stream.append(makePayload(events))).payloadId),
    );
    await expectEnd(first, 'SIGKILL');
    await expectEnd(bench.startIngest({ WEIR_FAULT: 'during-recovery:1' }), 'SIGKILL');
    await expectEnd(bench.startIngest({ WEIR_FAULT: 'after-insert:1' }), 'SIGKILL');
    const last = bench.startIngest();
    await expectExactlyOnce(bench, ids);
    last.process.kill('SIGKILL');
  });
});

test('an insert torn between more than a hundred months is completed, not repeated', async () => {
  const bench = await createBench();
  const { before, payloads } = makeTraffic(118);
  const first = bench.startIngest({ WEIR_FAULT: 'after-insert:2' });
  await bench.send(before);
  const ids = await Promise.all(
    payloads.map(async (events) => (await bench.stream.append(makePayload(events))).payloadId),
  );
  await expectEnd(first, 'SIGKILL');
  // What a power failure in the middle leaves: some of the months.
  await bench.clickhouse.command("alter table events drop partition '201701'");
  await bench.clickhouse.command("alter table events drop partition '202001'");
  const second = bench.startIngest();
  await expectExactlyOnce(bench, ids);
  second.process.kill('SIGKILL');
});

test('rows that are there are recognised although the engine has forgotten their token', async () => {
  const bench = await createBench();
  const { before, payloads } = makeTraffic();
  const first = bench.startIngest({ WEIR_FAULT: 'after-insert:2' });
  await bench.send(before);
  const ids = await Promise.all(
    payloads.map(async (events) => (await bench.stream.append(makePayload(events))).payloadId),
  );
  await expectEnd(first, 'SIGKILL');
  // Its log of tokens is not synced: a power failure may take it.
  for (const table of ['events', 'rejected_events']) {
    await bench.clickhouse.command(
      `alter table ${table} modify setting non_replicated_deduplication_window = 0`,
    );
  }
  const second = bench.startIngest();
  await expectExactlyOnce(bench, ids);
  second.process.kill('SIGKILL');
});

test('rows are stored although the engine takes their token for one it knows', async () => {
  const bench = await createBench();
  const first = bench.startIngest({ WEIR_FAULT: 'before-insert:1' });
  const { payloadId } = await bench.stream.append(makePayload([makeEvent('a'), makeEvent('b')]));
  await expectEnd(first, 'SIGKILL');
  const { partition } = parsePayloadId(payloadId)!;
  const { sealed } = await createPartitionConsumer(
    bench.redis,
    partition,
    bench.stream.options,
  ).readPosition();
  // What a power failure can leave: the token in the engine's log, the rows nowhere.
  const month = makeEvent('a').timestamp!.replace('T', ' ').replace('Z', '');
  await bench.clickhouse.insertRows(
    'events',
    [{ project: 'decoy', event: 'decoy', event_id: 'decoy', timestamp: month }],
    {
      token: `weir-${partition}-${sealed[0]!.seq}-${sealed[0]!.lastId}`,
    },
  );
  const second = bench.startIngest();
  expect(await bench.waitDone(payloadId)).toMatchObject({ stored: 2 });
  expect(await bench.count()).toEqual({ rows: 2, ids: 2 });
  second.process.kill('SIGKILL');
});
