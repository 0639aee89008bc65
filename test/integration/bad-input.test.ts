/** Whatever a request says, it is told what is wrong with it: never a 500, always the one shape of a problem. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Front, startFront } from '../support/front.js';

const PATIENCE_MS = 240_000;

/** In every text that a route might pass on to a store. */
const TEXTS = {
  name: 'a\0b',
  id: 'a\0b',
  project: 'a\0b',
  event: 'a\0b',
  metric: 'a\0b',
  definition: 'metric "m" { formula = "count(a\0b)" }',
  sql: "select 'a\0b'",
  cron: 'a\0b',
  timezone: 'a\0b',
  from: 'a\0b',
  users: ['a\0b'],
  scopes: ['read'],
  schema: { properties: { 'a\0b': { type: 'string' } } },
  steps: [{ event: 'a\0b' }, { event: 'c' }],
  window: '1d',
  criteria: { did: { event: 'a\0b' } },
  tiles: [{ title: 'a\0b', view: 'trend', path: '/v1/analytics/trends', body: { name: 'a\0b' } }],
};

/** Bodies that are wrong for every route that reads JSON. */
const BODIES = [
  '',
  'null',
  '[]',
  '"text"',
  '{',
  '\0',
  JSON.stringify(TEXTS),
  // Those that some route takes but for the texts.
  JSON.stringify({ name: 'a\0b', scopes: ['read'] }),
  JSON.stringify({ name: 'a\0b', schema: {} }),
  JSON.stringify({ name: 'a\0b' }),
  `${'['.repeat(2_000)}${']'.repeat(2_000)}`,
  '{"__proto__":{"name":1},"name":{"toString":1}}',
];
const PLACES = ['%00', 'a%00b', '%C3%28', '__proto__', '..%2f..', 'x'.repeat(2_000)];
const QUERIES = [
  '?project=%00&category=%00&event=%00&code=%00&search=%00&user_id=%00&metrics=%00&step=1',
  '?from=%00&to=%00&as_of=%00',
  '?limit=1&cursor=%00',
  `?cursor=${Buffer.from('["a",null,{}]').toString('base64url')}`,
];

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

const hasBody = (method: string): boolean => ['post', 'put', 'patch'].includes(method);

let front: Front;

beforeAll(async () => {
  front = await startFront('uws');
  // Requests come as quickly as they are answered.
  const quotas = { ingest_per_second: 1_000_000, queries_per_second: 1_000_000 };
  expect(await ask('PATCH', '/v1/projects/default', { settings: { quotas } })).toMatchObject({ status: 200 });
}, PATIENCE_MS);

afterAll(() => front.stop());

async function ask(method: string, path: string, body?: object) {
  const response = await fetch(front.url + path, {
    method,
    headers: { Authorization: `Bearer ${front.keys.admin}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function listCalls(): Promise<Call[]> {
  const document = (await (await fetch(`${front.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations)
      .filter((method) => ['get', 'post', 'put', 'patch', 'delete'].includes(method))
      .flatMap((method) => {
        const fill = (place: string): string => path.replaceAll(/\{[^}]+\}/g, () => place);
        const call = (place: string, query: string, body = '{}'): Call => ({
          method: method.toUpperCase(),
          path: fill(place) + query,
          ...(hasBody(method) ? { body } : {}),
        });
        return [
          ...(path.includes('{') ? PLACES.map((place) => call(place, '')) : []),
          ...QUERIES.map((query) => call('none', query)),
          ...(hasBody(method) ? BODIES.map((body) => call('none', '', body)) : []),
        ];
      }),
  );
}

describe('bad input', () => {
  it(
    'is never a 500, on any route',
    async () => {
      const wrong: unknown[] = [];
      for (const call of await listCalls()) {
        const response = await fetch(front.url + call.path, {
          method: call.method,
          headers: { Authorization: `Bearer ${front.keys.admin}`, 'Content-Type': 'application/json' },
          ...(call.body === undefined ? {} : { body: call.body }),
        });
        const text = await response.text();
        const { status } = response;
        // Live numbers need the consumer, which does not run here: then 503 is right, also for what is well said.
        if (status === 503 && call.path.includes('/realtime/')) continue;
        if (status >= 500 || status === 429) wrong.push({ ...call, status });
        if (status < 400) continue;
        const problem = JSON.parse(text) as Record<string, unknown>;
        const isProblem =
          problem.status === status &&
          ['type', 'title', 'detail', 'code', 'request_id'].every(
            (name) => typeof problem[name] === 'string',
          );
        if (!isProblem) wrong.push({ ...call, status, text });
      }
      expect(wrong).toEqual([]);
    },
    PATIENCE_MS,
  );

  const RANGE = { from: '2026-01-01', to: '2026-01-02' };
  const EVENTS = [{ event: 'signup' }];
  const RULE = { name: 'a', signal: 'error_rate', condition: { above: 1 } };
  it.each<[string, object | undefined, string]>([
    ['POST /v1/analytics/trends', [], 'Expected an object, found an array.'],
    [
      'POST /v1/analytics/trends',
      { ...RANGE, events: EVENTS, brakdown: [] },
      'brakdown: There is no field "brakdown" here; did you mean "breakdown"?',
    ],
    [
      'POST /v1/analytics/trends',
      { ...RANGE, events: EVENTS, breakdown_limit: 0 },
      'breakdown_limit is a whole number from 1 to 1000.',
    ],
    [
      'POST /v1/analytics/funnels/analyze',
      { ...RANGE, steps: [{ event: 'a' }, { event: 'b' }], window: '7 days' },
      'window: A duration is a string such as "90s", "5m", "2h", "7d" or "4w", of at most ten years.',
    ],
    [
      'POST /v1/alerts',
      { ...RULE, condition: { change: { above: 'x' } } },
      'condition.change.above: above is a number of percent, such as 50 or -30.',
    ],
    [
      'POST /v1/alerts',
      { ...RULE, condition: { change: 50 } },
      'condition.change: change is {"above": percent}, {"below": percent} or both.',
    ],
    [
      'POST /v1/alerts',
      { ...RULE, condition: { above: null } },
      'condition.above: above is a number in the unit of what is watched, such as 50.',
    ],
    ['POST /v1/alerts', { ...RULE, for: '-5s' }, 'for is a duration from "0s" to "7d", such as "5m".'],
    ['POST /v1/alerts', { ...RULE, for: '8d' }, 'for is a duration from "0s" to "7d", such as "5m".'],
    ['POST /v1/alerts', { ...RULE, for: 5 }, 'for is a duration from "0s" to "7d", such as "5m".'],
    [
      'POST /v1/alerts',
      { ...RULE, interval: '1s' },
      'interval is a duration from "10s" to "1d", such as "1m".',
    ],
    [
      'POST /v1/alerts',
      { ...RULE, condition: { anomaly: { sensitivity: 0.1 } } },
      'condition.anomaly.sensitivity: sensitivity is a number from 0.5 to 100.',
    ],
    [
      'POST /v1/analytics/cohorts',
      { name: 'c', criteria: { event: 'signup' } },
      'criteria: A criterion has one of these: did, did_not, sequence, first, last, property, in_cohort, and, or, not.',
    ],
    [
      'POST /v1/rejected-events/replay',
      { since: 5 },
      'since: A time is a date (2024-03-01) or an ISO time (2024-03-01T09:00:00Z).',
    ],
    [
      'POST /v1/keys',
      { scopes: ['read'], project: 'none' },
      'There is no project called none; GET /v1/projects lists those there are.',
    ],
    ['DELETE /v1/keys/none', undefined, 'Project default has no key none; GET /v1/keys lists those it has.'],
    [
      'GET /v1/analytics/event-types/none',
      undefined,
      'This project has no event type "none"; GET /v1/analytics/event-types lists those it has.',
    ],
    [
      'POST /v1/analytics/metrics/calculate',
      { metric: 'none', ...RANGE },
      'There is no metric "none"; GET /v1/analytics/metrics/custom lists those there are.',
    ],
    [
      'GET /v1/analytics/realtime/snapshot?channel=events&sample=2',
      undefined,
      'sample is a share above 0 and up to 1, such as 0.1.',
    ],
  ])('%s %j is told how to put it right', async (route, body, detail) => {
    const [method, path] = route.split(' ') as [string, string];
    expect((await ask(method, path, body)).body.detail).toBe(detail);
  });

  it('says which types of a body a route takes', async () => {
    const response = await fetch(`${front.url}/v1/analytics/metrics/custom`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${front.keys.admin}`, 'Content-Type': 'text/html' },
      body: 'metric "m" { formula = "count(a)" }',
    });
    expect(await response.json()).toMatchObject({
      status: 415,
      detail: 'This route takes application/json or text/plain, not text/html.',
    });
  });

  it('says which scopes a key has', async () => {
    const { body } = await ask('POST', '/v1/keys', { scopes: ['read', 'write'] });
    const response = await fetch(`${front.url}/v1/keys`, {
      headers: { Authorization: `Bearer ${String(body.key)}` },
    });
    expect(await response.json()).toMatchObject({
      status: 403,
      detail: expect.stringContaining('it has the scopes read, write, and this needs admin'),
    });
  });

  it('says that a text cannot hold U+0000', async () => {
    const { status, body } = await ask('POST', '/v1/keys', { name: 'a\0b', scopes: ['read'] });
    expect(status).toBe(422);
    expect(body).toMatchObject({
      code: 'invalid_text',
      detail: expect.stringContaining('leave it out'),
    });
  });

  it('is the cursor of another list, however long the names in it', async () => {
    const types = '/v1/analytics/event-types';
    const names = ['あ', 'い', 'う'].map((letter) => letter.repeat(200));
    for (const name of names) expect((await ask('POST', types, { name, schema: {} })).status).toBe(201);
    const seen: string[] = [];
    let cursor = '';
    do {
      const { status, body } = await ask('GET', `${types}?limit=1${cursor && `&cursor=${cursor}`}`);
      expect(status).toBe(200);
      seen.push(...(body.data as { name: string }[]).map(({ name }) => name));
      cursor = (body.next_cursor as string | null) ?? '';
      if (cursor === '') break;
      for (const other of ['/v1/keys', '/v1/analytics/funnels', '/v1/projects'])
        expect(await ask('GET', `${other}?cursor=${cursor}`)).toMatchObject({
          status: 422,
          body: { errors: [{ path: 'cursor' }] },
        });
    } while (seen.length < 10);
    expect(seen.sort()).toEqual(names);
  });
});
