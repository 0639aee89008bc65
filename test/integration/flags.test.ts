/** Flags over HTTP: what they gate, and that another front hears of a change at once. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, runApi } from '../../src/http/run.js';
import { type Front, startFront } from '../support/front.js';

let front: Front;
let other: Api;

beforeAll(async () => {
  front = await startFront('node');
  other = await runApi(front.config);
});
afterAll(async () => {
  await other.stop();
  await front.stop();
});

async function ask(
  method: string,
  path: string,
  body?: unknown,
  { url = front.url, key = front.keys.admin } = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url + path, {
    method,
    headers: { Authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const EVENT = { event: 'view', event_id: 'f1', user_id: 'u1' };

/** A request of each gated kind, and the flag it needs. */
const GATED: [string, string, unknown, string][] = [
  ['POST', '/v1/analytics/event-types', {}, 'analytics.custom_events'],
  ['PUT', '/v1/analytics/event-types/view', {}, 'analytics.custom_events'],
  ['POST', '/v1/analytics/event-types/packs/saas', undefined, 'analytics.custom_events'],
  ['POST', '/v1/analytics/events/custom', EVENT, 'analytics.custom_events'],
  ['POST', '/v1/analytics/metrics/custom', {}, 'analytics.custom_metrics'],
  ['POST', '/v1/analytics/paths', {}, 'analytics.advanced_features'],
  ['POST', '/v1/analytics/predictions/ltv', {}, 'analytics.advanced_features'],
  ['GET', '/v1/analytics/cohorts/co_1/patterns', undefined, 'analytics.advanced_features'],
];

test('every flag is on until somebody switches it off', async () => {
  const { body } = await ask('GET', '/v1/flags', undefined, { key: front.keys.write });
  expect(body.data).toEqual(
    ['analytics.custom_events', 'analytics.custom_metrics', 'analytics.advanced_features'].map((name) => ({
      name,
      enabled: true,
      rollout_percent: 100,
      on: true,
      updated_at: null,
    })),
  );
  for (const [method, path, request] of GATED)
    expect((await ask(method, path, request)).body.code).not.toBe('feature_disabled');
});

test('a flag that is off answers 403 with its name on every route it gates, in every front, without a restart', async () => {
  for (const flag of new Set(GATED.map(([, , , name]) => name))) {
    expect((await ask('PUT', '/v1/flags', { [flag]: false })).status).toBe(200);
    await expect
      .poll(async () => (await ask('GET', '/v1/flags', undefined, { url: other.url })).body.data)
      .toContainEqual(expect.objectContaining({ name: flag, enabled: false, on: false }));
    for (const [method, path, request, name] of GATED.filter((one) => one[3] === flag)) {
      for (const url of [front.url, other.url]) {
        expect(await ask(method, path, request, { url }), `${method} ${path}`).toMatchObject({
          status: 403,
          body: { code: 'feature_disabled', flag: name },
        });
      }
    }
    expect((await ask('GET', '/v1/analytics/event-types')).status).toBe(200);
    expect((await ask('POST', '/v1/events', { ...EVENT, event_id: flag })).status).toBe(202);
    await ask('PUT', '/v1/flags', { [flag]: true });
    for (const [method, path, request] of GATED)
      expect((await ask(method, path, request)).body.code).not.toBe('feature_disabled');
  }
});

test('a roll-out opens a feature to some keys and stays with them', async () => {
  const made = await Promise.all(
    Array.from({ length: 12 }, async () => (await ask('POST', '/v1/keys', { scopes: ['write'] })).body.key),
  );
  const open = async (): Promise<boolean[]> => {
    const answers: boolean[] = [];
    for (const key of made as string[])
      answers.push((await ask('POST', '/v1/analytics/events/custom', EVENT, { key })).status === 202);
    return answers;
  };
  await ask('PUT', '/v1/flags', { 'analytics.custom_events': { rollout_percent: 0 } });
  expect(await open()).toEqual(made.map(() => false));
  await ask('PUT', '/v1/flags', { 'analytics.custom_events': { rollout_percent: 50 } });
  const half = await open();
  expect(await open()).toEqual(half);
  await ask('PUT', '/v1/flags', { 'analytics.custom_events': { rollout_percent: 100 } });
  expect(await open()).toEqual(made.map(() => true));
});

test('only an admin key sets flags, and only flags that exist to what they can be', async () => {
  expect(await ask('PUT', '/v1/flags', {}, { key: front.keys.read })).toMatchObject({ status: 403 });
  for (const wrong of [
    { nonsense: true },
    { 'analytics.custom_events': 'off' },
    { 'analytics.custom_events': { rollout_percent: 101 } },
    { 'analytics.custom_events': { percent: 5 } },
    7,
  ])
    expect(await ask('PUT', '/v1/flags', wrong), JSON.stringify(wrong)).toMatchObject({ status: 422 });
});
