/** Users' plugins in real ingest: what they make of events, and that one which misbehaves costs its own events only. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fromRoot } from '../../src/paths.js';
import { readReports } from '../../src/plugins/report.js';
import { FRONT_KEYS, type Front, startFront } from '../support/front.js';
import { type Bench, createBench, type IngestProcess, makeEvent } from './ingest-instance.js';

const folder = mkdtempSync(join(tmpdir(), 'weir-plugins-'));
let bench: Bench;
let ingest: IngestProcess;

const write = (file: string, source: string): void => writeFileSync(join(folder, file), source);
const example = (file: string): string => readFileSync(fromRoot('docs', 'examples', 'plugins', file), 'utf8');
const stage = (name: string, kind: string, run: string): string =>
  `export const stage = { name: '${name}', kind: '${kind}', events: ['${name}'], run(event) { ${run} } };`;

const report = async () => [...(await readReports(bench.redis)).values()].at(-1);

/** Waits until the worker has taken the folder as it is. */
async function settled(names: string[]): Promise<void> {
  await expect
    .poll(async () => (await report())?.plugins.map(({ name }) => name).sort())
    .toEqual([...names].sort());
}

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  bench = await createBench();
  ingest = bench.startIngest({ WEIR_PLUGINS: folder, WEIR_PLUGIN_TIMEOUT: '2s' });
});
afterAll(async () => {
  await ingest.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  for (const file of ['a.mjs', 'b.mjs', 'c.mjs', 'd.mjs']) rmSync(join(folder, file), { force: true });
});

const ids = async (where: string): Promise<string[]> => {
  const { rows } = await bench.clickhouse.query<{ event_id: string }>(
    `select event_id from events where ${where} order by event_id`,
  );
  return rows.map(({ event_id }) => event_id);
};

test('a plugin that loops, one that eats memory, one that throws and one that ends its process cost their own events', async () => {
  write('a.mjs', stage('loop', 'enrich', 'if (event.properties.bad) for (;;);'));
  write(
    'b.mjs',
    stage(
      'hog',
      'enrich',
      'if (event.properties.bad) { const all = []; for (;;) all.push(new Array(1e7).fill(1)); }',
    ),
  );
  write('c.mjs', stage('throw', 'redact', `if (event.properties.bad) throw new TypeError('no such thing');`));
  write('d.mjs', stage('exit', 'validate', 'if (event.properties.bad) process.exit(3);'));
  await settled(['loop', 'hog', 'throw', 'exit']);
  const names = ['loop', 'hog', 'throw', 'exit'];
  const events = names.flatMap((event) =>
    [0, 1, 2, 3, 4].map((n) =>
      makeEvent(`${event}-${n}`, { event, properties: { n, ...(n === 2 ? { bad: true } : {}) } }),
    ),
  );
  const done = await bench.send(events);
  expect(done.rejects.map(({ eventId, code }) => [eventId, code]).sort()).toEqual([
    ['exit-2', 'plugin_failed'],
    ['hog-2', 'plugin_memory'],
    ['loop-2', 'plugin_timeout'],
    ['throw-2', 'plugin_failed'],
  ]);
  for (const { eventId, message } of done.rejects)
    expect(message).toContain(`plugin "${eventId.split('-')[0]}"`);
  expect(done.rejects.find(({ eventId }) => eventId === 'throw-2')!.message).toContain(
    'TypeError: no such thing',
  );
  expect(await ids(`event in ('loop', 'hog', 'throw', 'exit')`)).toHaveLength(16);
  await expect
    .poll(async () => (await report())?.errors.map(({ plugin, count }) => [plugin, count]).sort())
    .toEqual(names.map((name) => [name, 1]).sort());
});

test('memory beside the heap counts too', async () => {
  write(
    'a.mjs',
    stage(
      'buffers',
      'enrich',
      'if (event.properties.bad) { globalThis.all = []; for (;;) globalThis.all.push(Buffer.alloc(2e7, 1)); }',
    ),
  );
  await settled(['buffers']);
  const done = await bench.send([
    makeEvent('buffers-1', { event: 'buffers' }),
    makeEvent('buffers-2', { event: 'buffers', properties: { bad: true } }),
  ]);
  expect(done.rejects).toMatchObject([{ eventId: 'buffers-2', code: 'plugin_memory' }]);
});

test('what is redacted is not stored, and what is split is stored once however often it is sent', async () => {
  write('a.mjs', example('redact-email.mjs'));
  write('b.mjs', example('order-lines.mjs'));
  await settled(['redact-email', 'order-lines']);
  const order = makeEvent('order-1', {
    event: 'order_placed',
    properties: { email: 'jo@mail.example', total: 3, items: [{ sku: 'a' }, { sku: 'b' }] },
  });
  expect(await bench.send([order])).toMatchObject({ received: 3, stored: 3, duplicates: 0 });
  expect(await bench.send([order, order])).toMatchObject({ received: 6, stored: 0, duplicates: 6 });
  expect(await ids(`event in ('order_placed', 'order_line')`)).toEqual([
    '~order-1/0',
    '~order-1/1',
    '~order-1/2',
  ]);
  const { rows } = await bench.clickhouse.query<{ text: string }>(
    `select toJSONString(properties) as text from events where event = 'order_placed'`,
  );
  expect(JSON.parse(rows[0]!.text)).toEqual({ email_domain: 'mail.example', total: 3 });
});

test('a split event is stored once through a kill between insert and acknowledgement', async () => {
  write('a.mjs', example('order-lines.mjs'));
  await settled(['order-lines']);
  await ingest.stop();
  const dying = bench.startIngest({ WEIR_PLUGINS: folder, WEIR_FAULT: 'after-insert' });
  const order = makeEvent('order-2', {
    event: 'order_placed',
    properties: { items: [{ sku: 'a' }, { sku: 'b' }] },
  });
  const { payloadId } = await bench.stream.append({
    project: 'default',
    format: 'events',
    encoding: '',
    eventCount: 1,
    ip: '',
    userAgent: '',
    body: Buffer.from(JSON.stringify(order)),
  });
  await dying.ended;
  ingest = bench.startIngest({ WEIR_PLUGINS: folder, WEIR_PLUGIN_TIMEOUT: '2s' });
  expect(await bench.waitDone(payloadId)).toMatchObject({ received: 3, stored: 3, duplicates: 0 });
  expect(await ids(`startsWith(event_id, '~order-2/')`)).toHaveLength(3);
});

test('a new state of the folder holds for what comes after it; one that cannot be taken leaves the old one in force', async () => {
  const version = (n: number): string =>
    stage('version', 'enrich', `return { properties: { version: ${n} } };`);
  write('a.mjs', version(1));
  await settled(['version']);
  const first = (await report())!.revision;
  await bench.send([makeEvent('v1', { event: 'version' })]);
  write('a.mjs', version(2));
  await expect.poll(async () => (await report())?.revision).not.toBe(first);
  await bench.send([makeEvent('v2', { event: 'version' })]);
  write('b.mjs', 'export const stage = {');
  await expect.poll(async () => (await report())?.error).toMatch(/b\.mjs: SyntaxError/);
  await bench.send([makeEvent('v3', { event: 'version' })]);
  const { rows } = await bench.clickhouse.query<{ version: number }>(
    `select properties.version::Float64 as version from events where event = 'version' order by event_id`,
  );
  expect(rows.map(({ version: n }) => Number(n))).toEqual([1, 2, 2]);
});

describe('over HTTP', () => {
  let front: Front;
  const ask = async (method: string, path: string, body?: unknown, key = FRONT_KEYS.admin) => {
    const response = await fetch(front.url + path, {
      method,
      headers: { Authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  beforeAll(async () => {
    front = await startFront('node', { REDIS_URL: bench.redisUrl });
  });
  afterAll(() => front.stop());

  test('what is loaded can be seen, with what failed', async () => {
    write('a.mjs', example('luhn.mjs'));
    write('b.mjs', stage('throw', 'redact', `throw new Error('always');`));
    await settled(['luhn', 'throw']);
    await bench.send([makeEvent('t1', { event: 'throw' })]);
    await expect
      .poll(async () => JSON.stringify((await ask('GET', '/v1/plugins')).body))
      .toMatch(
        /"name":"throw","kind":"redact","file":"b.mjs","events":\["throw"\],"errors":\{"plugin_failed":\d/,
      );
    expect(await ask('GET', '/v1/plugins', undefined, FRONT_KEYS.read)).toMatchObject({ status: 403 });
  });

  test('an event type may name a validator plugin that is there, and hears which there are of one that is not', async () => {
    write('a.mjs', example('luhn.mjs'));
    await settled(['luhn']);
    const type = (name: string, plugin: string) => ({
      name,
      schema: {},
      validators: [{ check: 'plugin', name: plugin, options: { property: 'card' } }],
    });
    expect(await ask('POST', '/v1/analytics/event-types', type('paid', 'luhn'))).toMatchObject({
      status: 201,
    });
    const refused = await ask('POST', '/v1/analytics/event-types', type('paid2', 'iban'));
    expect(refused).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'validators.0.name', code: 'unknown_plugin' }] },
    });
    expect(JSON.stringify(refused.body)).toContain('known are: luhn');
  });
});
