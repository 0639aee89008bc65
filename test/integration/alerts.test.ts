/** Alerts over metrics: when they fire and resolve, whoever looks and whatever ends, and what is said of it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAnnouncer } from '../../src/alerting/announcer.js';
import { backTest } from '../../src/alerting/back-test.js';
import { createAlertOutbox } from '../../src/alerting/outbox.js';
import { recordFindings } from '../../src/alerting/record.js';
import {
  changeAlert,
  deleteAlert,
  getAlert,
  listAlerts,
  listDeliveries,
  ruleOf,
  silenceAlert,
} from '../../src/alerting/store.js';
import { createWebhookSender } from '../../src/webhook/sender.js';
import { checkSignature } from '../support/signature.js';
import {
  type AlertBench,
  createAlertBench,
  createReceiver,
  HOUR,
  MINUTE,
  PROJECT,
  type Receiver,
} from './alerts.js';

const WEEK = 7 * 24 * HOUR;
/** The beginning of an hour. */
const T = Math.floor(Date.now() / HOUR) * HOUR;

let bench: AlertBench;
let receiver: Receiver;

/** As many orders at a time. */
const makeOrders = (count: number, t: number, plan = 'free') =>
  Array.from({ length: count }, (_, i) => ({
    user: `u${i}`,
    event: 'order',
    t: t + i,
    properties: { plan, amount: 10 },
  }));

beforeAll(async () => {
  [bench, receiver] = await Promise.all([createAlertBench(), createReceiver()]);
  await bench.define('metric "orders" { formula = "count(order)" }');
  await bench.define('metric "amount" { formula = "avg(order.amount)" }');
  // Ten orders an hour ago and in an hour, and five each hour of eight weeks a long time ago.
  await bench.store.insert(PROJECT, makeOrders(10, T + HOUR), T);
  await bench.store.insert(PROJECT, [...makeOrders(8, T - HOUR), ...makeOrders(2, T - HOUR, 'pro')], T);
  const hours = Array.from({ length: 8 * 168 }, (_, i) => T - 20 * WEEK + i * HOUR);
  const busy = T - 20 * WEEK + 7.5 * WEEK;
  await bench.store.insert(
    PROJECT,
    hours.flatMap((hour) => makeOrders(hour === busy ? 50 : 5, hour)),
    T,
  );
  bench.createRunner();
  bench.createRunner();
});

afterAll(async () => {
  await bench?.close();
  await receiver?.close();
});

const statusOf = async (id: string, nowMs: number, group = '') =>
  (await bench.lookAt(id, nowMs)).states[group]?.status;

test('a threshold is pending, fires after `for`, and resolves, once, with two fronts looking', async () => {
  const heard: object[] = [];
  const listener = { publishAlert: (_project: string, _id: string, alert: object) => void heard.push(alert) };
  const announcers = [0, 1].map(() =>
    startAnnouncer(bench.metadata, listener, (error) => bench.errors.push(error)),
  );
  const rule = { name: 'Many orders', metric: 'orders', condition: { above: 9 }, for: '5m', interval: '2m' };
  const id = await bench.add(rule);
  expect(await statusOf(id, T)).toBe('pending');
  expect(await statusOf(id, T - 1)).toBe('pending');
  expect(await statusOf(id, T + 3 * MINUTE)).toBe('ok');
  expect(await statusOf(id, T + HOUR + MINUTE)).toBe('pending');
  expect(await statusOf(id, T + HOUR + 5 * MINUTE)).toBe('pending');
  expect(await statusOf(id, T + HOUR + 6 * MINUTE)).toBe('firing');
  expect(await statusOf(id, T + HOUR + 7 * MINUTE)).toBe('firing');
  const firing = await listAlerts(bench.metadata, PROJECT, { limit: 10, after: '' }, true);
  expect(firing.map(({ name }) => name)).toEqual(['Many orders']);
  expect(await statusOf(id, T + 3 * HOUR)).toBe('resolved');
  expect(await bench.readChanges(id)).toEqual([
    'ok>pending',
    'pending>ok',
    'ok>pending',
    'pending>firing',
    'firing>resolved',
  ]);
  // Each of the two fronts hears each message once.
  await expect.poll(() => heard.length).toBe(4);
  expect(heard.map((alert) => (alert as { status: string }).status).sort()).toEqual([
    'firing',
    'firing',
    'resolved',
    'resolved',
  ]);
  expect(heard[0]).toMatchObject({
    alert: { id, name: 'Many orders' },
    project: PROJECT,
    value: 10,
    started_at: new Date(T + HOUR + 6 * MINUTE).toISOString(),
  });
  await Promise.all(announcers.map((one) => one.close()));
  expect(bench.errors).toEqual([]);
});

test('a state survives the process that found it, and the next one tells nothing twice', async () => {
  const id = await bench.add({
    name: 'Again',
    metric: 'orders',
    condition: { above: 9 },
    channels: [{ webhook: receiver.url }],
  });
  const first = bench.createRunner();
  const at = T + HOUR + MINUTE;
  expect((await bench.lookAt(id, at, [first])).states['']!.status).toBe('firing');
  await first.close();
  const second = bench.createRunner();
  expect((await bench.lookAt(id, at + MINUTE, [second])).states['']!.status).toBe('firing');
  expect(await listDeliveries(bench.metadata, id)).toHaveLength(1);
  expect((await bench.lookAt(id, at + 2 * HOUR, [second])).states['']!.status).toBe('resolved');
  expect(await listDeliveries(bench.metadata, id)).toHaveLength(2);
  await second.close();
  await deleteAlert(bench.metadata, PROJECT, id);
});

test('two evaluations of the same alert that end at once open one incident of each value and tell it once', async () => {
  const id = await bench.add({
    name: 'Both',
    metric: 'orders',
    condition: { above: 9 },
    channels: [{ webhook: receiver.url }],
  });
  const record = await getAlert(bench.metadata, PROJECT, id);
  const values = Array.from({ length: 30 }, (_, i) => JSON.stringify(`value ${i}`));
  const found = new Map(values.map((value) => [value, [{ isMet: true, value: 10 }]]));
  const keep = (ms: number) => recordFindings(bench.metadata, record, ruleOf(record), found, T + ms);
  // With connections that are open already they do run at once.
  await Promise.all([0, 1, 2].map(() => bench.metadata.query('select pg_sleep(0.2)')));
  expect(await Promise.all([keep(0), keep(1), keep(2)])).toEqual([true, true, true]);
  expect(await bench.readChanges(id)).toEqual(values.map(() => 'ok>firing'));
  const messages = await bench.metadata.query('select id from alert_deliveries where alert = $1', [id]);
  expect(messages).toHaveLength(values.length);
  await deleteAlert(bench.metadata, PROJECT, id);
  // An evaluation that outlives its rule changes nothing.
  expect(await keep(3)).toBe(false);
});

test('a webhook is signed, sent once by two fronts, and tried again under the same key until it is taken', async () => {
  const id = await bench.add({
    name: 'Hook',
    metric: 'orders',
    condition: { above: 9 },
    channels: [{ webhook: receiver.url }],
  });
  await bench.lookAt(id, T + HOUR + MINUTE);
  await bench.lookAt(id, T + 4 * HOUR);
  const sender = createWebhookSender({ allowPrivate: true });
  const onError = (error: Error): void => void bench.errors.push(error);
  const outboxes = [0, 1].map(() => createAlertOutbox({ metadata: bench.metadata, sender, onError }));
  receiver.status = 500;
  await expect.poll(() => receiver.requests.length).toBeGreaterThanOrEqual(2);
  receiver.status = 200;
  await expect
    .poll(async () => (await listDeliveries(bench.metadata, id)).map(({ state }) => state))
    .toEqual(['sent', 'sent']);
  await Promise.all(outboxes.map((outbox) => outbox.close()));
  const { secret } = await getAlert(bench.metadata, PROJECT, id);
  const keys = receiver.requests.map(({ headers }) => headers['idempotency-key']);
  for (const { headers, body } of receiver.requests) {
    expect(checkSignature(String(headers['weir-signature']), secret, body, { nowMs: Date.now() })).toBe(true);
    expect(checkSignature(String(headers['weir-signature']), secret, `${body} `, { nowMs: Date.now() })).toBe(
      false,
    );
  }
  const bodies = receiver.requests.map(({ body }) => JSON.parse(body) as { status: string });
  // The end waits until the beginning was taken.
  expect(bodies.map(({ status }) => status)).toEqual([...bodies.slice(1).map(() => 'firing'), 'resolved']);
  expect(new Set(keys).size).toBe(2);
  expect(new Set(keys.slice(0, -1)).size).toBe(1);
  expect(bodies[0]).toMatchObject({ type: 'alert', alert: { id }, value: 10, dimension_value: null });
  expect(bench.errors).toEqual([]);
});

test('a webhook at a private address is refused when it is sent, and the alert says so', async () => {
  const before = receiver.requests.length;
  const id = await bench.add({
    name: 'Private',
    metric: 'orders',
    condition: { above: 9 },
    channels: [{ webhook: receiver.url }],
  });
  await bench.lookAt(id, T + HOUR + MINUTE);
  const sender = createWebhookSender({ allowPrivate: false });
  const outbox = createAlertOutbox({ metadata: bench.metadata, sender, onError: () => {} });
  await outbox.send();
  await outbox.close();
  const [delivery] = await listDeliveries(bench.metadata, id);
  expect(delivery).toMatchObject({ state: 'waiting', error: expect.stringContaining('private address') });
  expect(receiver.requests.length).toBe(before);
  await deleteAlert(bench.metadata, PROJECT, id);
});

test('each value of a dimension has an incident of its own', async () => {
  const id = await bench.add({
    name: 'By plan',
    metric: 'orders',
    dimension: 'plan',
    condition: { above: 0 },
  });
  const { states } = await bench.lookAt(id, T);
  expect(
    Object.entries(states)
      .map(([group, { status, value }]) => [group, status, value])
      .sort(),
  ).toEqual([
    ['"free"', 'firing', 8],
    ['"pro"', 'firing', 2],
  ]);
  await bench.store.insert(PROJECT, makeOrders(1, T + 10 * HOUR), T);
  const later = await bench.lookAt(id, T + 10 * HOUR + MINUTE);
  // Nothing of "pro" is left to measure.
  expect(later.states['"free"']!.status).toBe('firing');
  expect(later.states['"pro"']!.status).toBe('resolved');
  expect(await bench.readChanges(id)).toHaveLength(3);
});

test('while it is silenced nobody is told, and the history goes on', async () => {
  const id = await bench.add({
    name: 'Quiet',
    metric: 'orders',
    condition: { above: 9 },
    channels: [{ webhook: receiver.url }],
  });
  await silenceAlert(bench.metadata, PROJECT, id, { until: new Date(T + 2 * HOUR).toISOString() });
  expect(await statusOf(id, T + HOUR + MINUTE)).toBe('firing');
  expect(await statusOf(id, T + 3 * HOUR)).toBe('resolved');
  expect(await bench.readChanges(id)).toEqual(['ok>firing', 'firing>resolved']);
  expect(await listDeliveries(bench.metadata, id)).toEqual([]);
});

test('what fails keeps its states and says why, and the others go on', async () => {
  const broken = await bench.add({ name: 'Broken', metric: 'orders', condition: { above: 9 } });
  const fine = await bench.add({ name: 'Fine', metric: 'orders', condition: { above: 9 } });
  expect(await statusOf(broken, T + HOUR + MINUTE)).toBe('firing');
  await bench.metadata.query('update alerts set rule = $2::json where id = $1', [
    broken,
    JSON.stringify({ metric: 'gone', condition: { above: 9 } }),
  ]);
  await bench.makeDue(fine);
  const failed = await bench.lookAt(broken, T + HOUR + 2 * MINUTE);
  expect(failed.lastError).toContain('There is no metric "gone"');
  expect(failed.states['']!.status).toBe('firing');
  expect((await getAlert(bench.metadata, PROJECT, fine)).states['']!.status).toBe('firing');
  await changeAlert(bench.metadata, bench.metrics, PROJECT, broken, {
    name: 'Mended',
    metric: 'orders',
    condition: { above: 99 },
  });
  expect((await bench.lookAt(broken, T + HOUR + 3 * MINUTE)).states['']!.status).toBe('resolved');
});

test('no data, a change since last week, and an anomaly', async () => {
  const none = await bench.add({ name: 'None', metric: 'orders', condition: { no_data: '30m' } });
  expect(await statusOf(none, T + HOUR + MINUTE)).toBe('ok');
  expect(await statusOf(none, T + 20 * HOUR)).toBe('firing');
  const unknown = await bench.add({ name: 'No average', metric: 'amount', condition: { no_data: '30m' } });
  expect(await statusOf(unknown, T + 20 * HOUR)).toBe('firing');
  const change = await bench.add({ name: 'Jump', metric: 'orders', condition: { change: { above: 500 } } });
  const busy = T - 20 * WEEK + 7.5 * WEEK + HOUR;
  expect(await statusOf(change, busy - HOUR)).toBe('ok');
  expect(await bench.lookAt(change, busy)).toMatchObject({
    states: { '': { status: 'firing', value: 900 } },
  });
  const anomaly = await bench.add({ name: 'Odd', metric: 'orders', condition: { anomaly: {} } });
  expect(await statusOf(anomaly, busy - HOUR)).toBe('ok');
  expect(await bench.lookAt(anomaly, busy + MINUTE)).toMatchObject({
    states: { '': { status: 'firing', value: 50, low: 4.25, high: 5.75 } },
  });
  const young = await bench.lookAt(anomaly, T - 20 * WEEK + 2 * WEEK);
  expect(young.states['']).toMatchObject({ status: 'resolved', note: expect.stringContaining('4 weeks') });
});

test('a test of a rule says when it would have fired, and saves nothing', async () => {
  const parts = { metadata: bench.metadata, metrics: bench.metrics, clickhouse: bench.store.clickhouse };
  const before = await listAlerts(bench.metadata, PROJECT, { limit: 100, after: '' });
  const stop = new AbortController();
  const input = { name: 'x', metric: 'orders', condition: { above: 9, window: '1h' }, days: 2 };
  const tested = await backTest(parts, PROJECT, input, stop.signal);
  expect(tested).toMatchObject({ days: 2, step_seconds: 3_600, evaluations: 48 });
  // The hour may turn while this runs: then it is resolved in the next.
  expect(tested.incidents).toEqual([
    expect.objectContaining({ dimension_value: null, fired_at: new Date(T).toISOString(), value: 10 }),
  ]);
  expect(tested.points.filter(({ met }) => met)).toHaveLength(1);
  const odd = await backTest(
    parts,
    PROJECT,
    { ...input, condition: { above: 9, window: '45m' }, days: 1 },
    stop.signal,
  );
  expect(odd).toMatchObject({ step_seconds: 2_700, evaluations: 32 });
  await expect(
    backTest(
      parts,
      PROJECT,
      { ...input, dimension: 'plan', condition: { above: 9, window: '1m' } },
      stop.signal,
    ),
  ).resolves.toMatchObject({ evaluations: 2_880 });
  expect(await listAlerts(bench.metadata, PROJECT, { limit: 100, after: '' })).toHaveLength(before.length);
});

test('rules Weir comes with are made once, and one that was deleted does not come back', async () => {
  const list = async () =>
    (await listAlerts(bench.metadata, PROJECT, { limit: 100, after: '' })).filter(
      ({ builtin }) => builtin !== '',
    );
  const made = await list();
  expect(made.map(({ builtin }) => builtin).sort()).toEqual([
    'cache_hit_ratio',
    'error_rate',
    'integrity',
    'memory_share',
    'pool_exhausted',
    'processing_lag',
  ]);
  await deleteAlert(bench.metadata, PROJECT, made[0]!.id);
  const again = bench.createRunner();
  await again.tick();
  await again.close();
  expect(await list()).toHaveLength(5);
});
