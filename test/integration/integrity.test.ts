/** accepted = stored + duplicates + rejected + pending, while events flow and after they were tampered with; rejected events and their replay. */
import { beforeAll, expect, test } from 'vitest';
import { checkIntegrity } from '../../src/ingest/integrity.js';
import { listRejected, replayRejected } from '../../src/ingest/rejected.js';
import { type Bench, createBench, makeEvent, makePayload } from './ingest-instance.js';

let bench: Bench;

beforeAll(async () => {
  bench = await createBench();
  bench.startIngest();
});

test('what waits is pending, what is stored is stored, and the sum holds', async () => {
  const idle = await createBench();
  await idle.stream.append(makePayload([makeEvent('a'), makeEvent('b')]));
  await idle.stream.append(makePayload([makeEvent('c')], 'another'));
  expect(await checkIntegrity(idle, { project: 'default' })).toMatchObject({
    accepted: 2,
    stored: 0,
    duplicates: 0,
    rejected: 0,
    pending: 2,
    ok: true,
  });
  expect(await checkIntegrity(idle, { project: 'nobody' })).toMatchObject({
    accepted: 0,
    pending: 0,
    ok: true,
  });
});

test('it holds at every moment while events flow', async () => {
  const project = 'flow';
  let isFlowing = true;
  let checks = 0;
  const checking = (async () => {
    while (isFlowing) {
      const report = await checkIntegrity(bench, { project });
      expect(report, JSON.stringify(report)).toMatchObject({ ok: true });
      checks += 1;
    }
  })();
  const done: Promise<unknown>[] = [];
  for (let i = 0; i < 60; i++) {
    const events = [
      ...Array.from({ length: 40 }, (_, j) => makeEvent(`${i}-${j}`)),
      makeEvent('same'),
      { event: 'x' },
    ];
    done.push(bench.send(events, project));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await Promise.all(done);
  isFlowing = false;
  await checking;
  expect(checks).toBeGreaterThan(3);
  expect(await checkIntegrity(bench, { project })).toMatchObject({
    accepted: 60 * 42,
    stored: 60 * 40 + 1,
    duplicates: 59,
    rejected: 60,
    pending: 0,
    ok: true,
  });
});

test('a lost row, a doubled row and a lost reject are each noticed', async () => {
  const project = 'tampered';
  await bench.send([makeEvent('a'), makeEvent('b'), { event: 'x' }], project);
  const isOk = async () => (await checkIntegrity(bench, { project })).ok;
  expect(await isOk()).toBe(true);
  await bench.clickhouse.command(
    "alter table events delete where project = 'tampered' and event_id = 'a' settings mutations_sync = 1",
  );
  expect(await isOk()).toBe(false);
  await bench.clickhouse.command(
    "insert into events select * from events where project = 'tampered' settings insert_deduplicate = 0",
  );
  // Two rows again, and yet not the two that were accepted: only ids would tell, which is what `weir verify` compares.
  expect(await isOk()).toBe(true);
  await bench.clickhouse.command(
    "insert into events select * from events where project = 'tampered' settings insert_deduplicate = 0",
  );
  expect(await isOk()).toBe(false);
  await bench.clickhouse.command(
    "alter table rejected_events delete where project = 'tampered' settings mutations_sync = 1",
  );
  expect((await checkIntegrity(bench, { project })).rejected).toBe(0);
});

test('a span is widened to whole hours and says so', async () => {
  const at = Date.parse('2026-03-01T10:30:00Z');
  const report = await checkIntegrity(bench, { project: 'x', fromMs: at, toMs: at + 1 });
  expect(report).toMatchObject({ from: '2026-03-01T10:00:00.000Z', to: '2026-03-01T11:00:00.000Z' });
  const now = await checkIntegrity(bench, { project: 'x' });
  expect(Date.parse(now.to) - Date.parse(now.from)).toBe(24 * 3_600_000);
});

test('an impossible or too long span is the asker’s to mend', async () => {
  await expect(checkIntegrity(bench, { project: 'x', fromMs: 2e12, toMs: 1e12 })).rejects.toMatchObject({
    status: 422,
    code: 'invalid_range',
  });
  await expect(checkIntegrity(bench, { project: 'x', fromMs: 0, toMs: 1e12 })).rejects.toMatchObject({
    status: 422,
    code: 'range_too_long',
  });
});

test('rejected events are listed newest first, page by page, by every filter', async () => {
  const project = 'listed';
  const bad = Array.from({ length: 7 }, (_, i) => ({ event: `kind${i % 2}`, event_id: `b${i}` }));
  await bench.send(bad, project);
  await bench.send(['not an object'], project);
  const seen: string[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const page = await listRejected(bench, {
      project,
      limit: 3,
      ...(cursor === undefined ? {} : { cursor }),
    });
    seen.push(...page.data.map((one) => one.event_id));
    cursor = page.next_cursor ?? undefined;
    pages += 1;
  } while (cursor !== undefined);
  expect(pages).toBe(3);
  expect(seen).toEqual(['', 'b6', 'b5', 'b4', 'b3', 'b2', 'b1', 'b0']);
  expect((await listRejected(bench, { project, event: 'kind1' })).data).toHaveLength(3);
  expect((await listRejected(bench, { project, code: 'not_an_object' })).data).toMatchObject([
    { index: 0, code: 'not_an_object', raw: '"not an object"' },
  ]);
  expect((await listRejected(bench, { project, untilMs: 1 })).data).toEqual([]);
  expect((await listRejected(bench, { project: 'somebody else' })).data).toEqual([]);
  await expect(listRejected(bench, { project, cursor: 'made up' })).rejects.toMatchObject({
    status: 422,
    code: 'invalid_cursor',
  });
});

test('replayed events are accepted anew, stored once however often they are replayed, and the sums still hold', async () => {
  const project = 'replayed';
  await bench.send([makeEvent('taken')], project);
  const conflict = makeEvent('taken', { event: 'other' });
  const done = await bench.send([conflict, { event: 'x', event_id: 'nobody' }, 'text'], project);
  expect(done).toMatchObject({ rejected: 3 });
  // The cause is mended: the event that held the id is gone.
  await bench.clickhouse.command(
    "alter table events delete where project = 'replayed' settings mutations_sync = 1",
  );
  const first = await replayRejected(bench, { project, code: 'event_id_conflict' });
  expect(first).toMatchObject({ replayed: 1, skipped: 0, more: false });
  expect(await bench.waitDone(first.batch_ids[0]!)).toMatchObject({ stored: 1 });
  const second = await replayRejected(bench, { project, code: 'event_id_conflict' });
  expect(await bench.waitDone(second.batch_ids[0]!)).toMatchObject({ stored: 0, duplicates: 1 });
  const { rows } = await bench.clickhouse.query<{ event: string }>(
    "select event from events where project = 'replayed'",
  );
  expect(rows).toEqual([{ event: 'other' }]);
  // What is still wrong is rejected again; what is not an event cannot be sent again.
  const all = await replayRejected(bench, { project });
  expect(all).toMatchObject({ replayed: 2, skipped: 1 });
  const outcomes = await Promise.all(all.batch_ids.map((id) => bench.waitDone(id)));
  expect(outcomes.reduce((sum, one) => sum + one.rejected, 0)).toBe(1);
  const report = await checkIntegrity(bench, { project });
  // One row less than was stored: the one deleted behind ingest's back.
  expect(report).toMatchObject({
    accepted: 1 + 3 + 1 + 1 + 2,
    stored: 1,
    duplicates: 2,
    rejected: 4,
    pending: 0,
    ok: false,
  });
});

test('an event without id or time keeps one place however often it is replayed', async () => {
  const project = 'placeless';
  await bench.send([{ user_id: 'u', event: '' }], project);
  const row = (await listRejected(bench, { project })).data[0]!;
  // As if the name had been missing because of a rule that is gone now.
  await bench.clickhouse.command(
    `insert into rejected_events (project, received_at, payload_id, event_index, code, raw, format)
     values ('placeless', '2026-01-01 00:00:00.000', '${row.batch_id}', 5, 'schema_violation', '{"event":"x","user_id":"u"}', 'events')`,
  );
  for (const stored of [1, 0]) {
    const replay = await replayRejected(bench, { project, code: 'schema_violation' });
    expect(await bench.waitDone(replay.batch_ids[0]!)).toMatchObject({ stored, duplicates: 1 - stored });
  }
  const { rows } = await bench.clickhouse.query<{ event_id: string; timestamp: string }>(
    "select event_id, toString(timestamp) as timestamp from events where project = 'placeless'",
  );
  expect(rows).toEqual([{ event_id: `~${row.batch_id}#5`, timestamp: '2026-01-01 00:00:00.000' }]);
});
