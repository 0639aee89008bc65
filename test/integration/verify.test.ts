/** `weir verify` names what is wrong: missing rows by batch and payload, doubled rows by id, doubled rejects by place. */
import { beforeAll, expect, test } from 'vitest';
import { type VerifyReport, verifyProject } from '../../src/ingest/verify.js';
import { runCommand } from '../support/command.js';
import { type Bench, createBench, makeEvent } from './ingest-instance.js';

const DAY_MS = 86_400_000;

let bench: Bench;

beforeAll(async () => {
  bench = await createBench();
  bench.startIngest();
});

const verify = (project: string): Promise<VerifyReport> =>
  verifyProject({ ...bench, dedupWindowMs: 7 * DAY_MS }, { project });

const deleteFrom = (table: string, where: string): Promise<void> =>
  bench.clickhouse.command(`alter table ${table} delete where ${where} settings mutations_sync = 1`);

test('what was stored, repeated and rejected balances, hour by hour and batch by batch', async () => {
  await bench.send([makeEvent('a'), makeEvent('b'), { event: 'x' }], 'fine');
  await bench.send([makeEvent('a'), makeEvent('c')], 'fine');
  const report = await verify('fine');
  expect(report).toMatchObject({ ok: true, duplicated: [], torn_batches: [], rejected_twice: [] });
  expect(report.batches_compared).toBe(2);
  const sum = (field: 'accepted' | 'stored' | 'duplicates' | 'rejected'): number =>
    report.hours.reduce((total, hour) => total + hour[field], 0);
  expect([sum('accepted'), sum('stored'), sum('duplicates'), sum('rejected')]).toEqual([5, 3, 1, 1]);
});

test('a missing row is traced to its batch and its payload, although another one stands in for it', async () => {
  const events = (letter: string) => Array.from({ length: 3 }, (_, i) => makeEvent(`${letter}${i}`));
  const before = await bench.stream.append({ ...payload(events('p')), project: 'torn' });
  await bench.waitDone(before.payloadId);
  const after = await bench.stream.append({ ...payload(events('q')), project: 'torn' });
  await bench.waitDone(after.payloadId);
  await deleteFrom('events', "project = 'torn' and event_id = 'p1'");
  await bench.clickhouse.command(
    "insert into events select * from events where project = 'torn' and event_id = 'q2' settings insert_deduplicate = 0",
  );
  const report = await verify('torn');
  // The sums balance; the ids do not.
  expect(report.hours.every((hour) => hour.ok)).toBe(true);
  expect(report.ok).toBe(false);
  expect(report.torn_batches).toMatchObject([
    { table: 'events', expected: 3, found: 2, payload_ids: [before.payloadId] },
    { table: 'events', expected: 3, found: 4, payload_ids: [after.payloadId] },
  ]);
  expect(report.duplicated).toHaveLength(1);
  expect(report.duplicated[0]).toMatchObject({ event_id: 'q2' });
  expect(report.duplicated[0]!.copies.map(({ batch }) => batch)).toEqual([
    report.torn_batches[1]!.batch,
    report.torn_batches[1]!.batch,
  ]);
});

test('a missing reject and one kept twice are named', async () => {
  const sent = await bench.stream.append({
    ...payload([{ event: 'x' }, { event: 'y' }]),
    project: 'rejects',
  });
  await bench.waitDone(sent.payloadId);
  await deleteFrom('rejected_events', "project = 'rejects' and event_index = 0");
  expect(await verify('rejects')).toMatchObject({
    ok: false,
    hours: [{ ok: false }],
    torn_batches: [{ table: 'rejected_events', expected: 2, found: 1, payload_ids: [sent.payloadId] }],
  });
  await bench.clickhouse.command(
    "insert into rejected_events select * from rejected_events where project = 'rejects' settings insert_deduplicate = 0",
  );
  expect((await verify('rejects')).rejected_twice).toEqual([
    { payload_id: sent.payloadId, index: 1, event_id: '', copies: 2 },
  ]);
});

test('copies received further apart than the window are no duplicates', async () => {
  await bench.send([makeEvent('again')], 'window');
  await bench.clickhouse.command(
    "insert into events (project, event, timestamp, event_id, user_id, received_at, batch_partition, batch_seq) select project, event, timestamp, event_id, user_id, received_at - interval 8 day, batch_partition, 1 from events where project = 'window'",
  );
  expect(await verify('window')).toMatchObject({ ok: true, duplicated: [] });
  await bench.clickhouse.command(
    "insert into events (project, event, timestamp, event_id, user_id, received_at, batch_partition, batch_seq) select project, event, timestamp, event_id, user_id, received_at + interval 2 day, batch_partition, 2 from events where project = 'window' and batch_seq = 1",
  );
  expect((await verify('window')).duplicated).toMatchObject([
    { event_id: 'again', copies: [{}, {}, {}].slice(0, 2) },
  ]);
});

test('a rollup that differs is told', async () => {
  const report = await verifyProject(
    { ...bench, dedupWindowMs: DAY_MS, rollupChecks: [async () => [{ name: 'revenue', ok: false }]] },
    { project: 'fine' },
  );
  expect(report).toMatchObject({ ok: false, rollups: [{ name: 'revenue', ok: false }] });
});

test('the command names what is wrong and ends with 1, and with 0 when nothing is', async () => {
  const env = { CLICKHOUSE_URL: bench.clickhouseUrl, REDIS_URL: bench.redisUrl, DATABASE_URL: '' };
  const fine = await runCommand(['verify', '--project', 'fine'], { env });
  expect([fine.code, fine.stdout]).toEqual([
    0,
    expect.stringContaining('fine: 5 accepted = 3 stored + 1 duplicates + 1 rejected + 0 pending'),
  ]);
  const all = await runCommand(['verify', '--json'], { env });
  expect(all.code).toBe(1);
  const { ok, projects } = JSON.parse(all.stdout) as { ok: boolean; projects: VerifyReport[] };
  expect(ok).toBe(false);
  expect(projects.filter((one) => !one.ok).map((one) => one.project)).toEqual(['rejects', 'torn', 'window']);
  const torn = await runCommand(['verify', '--project', 'torn'], { env });
  expect(torn.code).toBe(1);
  expect(torn.stdout).toContain('q2 is stored 2 times');
  expect(torn.stdout).toContain('has 2 of 3 rows');
});

function payload(events: readonly unknown[]) {
  return {
    format: 'events' as const,
    encoding: '' as const,
    eventCount: events.length,
    ip: '',
    userAgent: '',
    body: Buffer.from(JSON.stringify(events)),
  };
}
