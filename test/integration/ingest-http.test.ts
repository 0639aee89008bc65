/** Events in over HTTP, through Redis and the workers into ClickHouse, and what their sender hears. */
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningIngest, runIngest } from '../../src/ingest/run.js';
import { type Front, startFront } from '../support/front.js';
import { runClickHouse } from '../support/stack.js';

describe.each(['uws', 'node'] as const)('over %s', (transport) => {
  let front: Front;
  let ingest: RunningIngest;

  beforeAll(async () => {
    front = await startFront(transport);
    ingest = await runIngest(front.config);
  });

  afterAll(async () => {
    await ingest.stop();
    await front.stop();
  });

  async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
    const given =
      Object.keys(headers).some((name) => /^(authorization|x-)/i.test(name)) || path.includes('writeKey');
    const response = await fetch(front.url + path, {
      method: 'POST',
      headers: { ...(given ? {} : { Authorization: `Bearer ${front.keys.write}` }), ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      answer: JSON.parse(text) as Record<string, unknown>,
    };
  }

  const get = async (path: string, key = front.keys.admin) => {
    const response = await fetch(front.url + path, { headers: { 'X-API-Key': key } });
    return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
  };

  const countStored = async (event: string): Promise<number> =>
    Number(
      await runClickHouse(front.config.clickhouseUrl!, `select count() from events where event = '${event}'`),
    );

  const make = (event: string, extra: object = {}) => ({
    event,
    user_id: 'ada',
    event_id: randomUUID(),
    ...extra,
  });

  it('answers ?wait=stored when every event has its outcome', async () => {
    const first = make('waited');
    const { status, answer } = await post('/v1/events?wait=stored', [
      first,
      make('waited'),
      first,
      { event: 'waited' },
    ]);
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      received: 4,
      stored: 2,
      duplicates: 1,
      rejected: [
        { index: 3, code: 'missing_user', event_id: expect.any(String), message: expect.any(String) },
      ],
    });
    expect(await countStored('waited')).toBe(2);
    const batch = await get(`/v1/batches/${answer.batch_id}`, front.keys.write);
    expect(batch).toMatchObject({
      status: 200,
      answer: { status: 'done', received: 4, stored: 2, duplicates: 1, rejected: 1 },
    });
  });

  it('takes the same on /v1/analytics/events/custom', async () => {
    const { status, answer } = await post('/v1/analytics/events/custom?wait=stored', make('custom'));
    expect([status, answer.stored]).toEqual([200, 1]);
  });

  it('repeats the first answer to an Idempotency-Key, and stores once', async () => {
    const headers = { 'Idempotency-Key': randomUUID() };
    const body = { event: 'once', user_id: 'ada' };
    const first = await post('/v1/events', body, headers);
    const second = await post('/v1/events', body, headers);
    expect(first.status).toBe(202);
    expect(second).toMatchObject({ status: 202, answer: first.answer });
    const waited = await post('/v1/events?wait=stored', body, headers);
    expect(waited.answer).toMatchObject({ batch_id: first.answer.batch_id, stored: 1 });
    expect(await countStored('once')).toBe(1);
  });

  it('refuses an Idempotency-Key that comes again with another body', async () => {
    const headers = { 'Idempotency-Key': randomUUID() };
    await post('/v1/events', make('first_body'), headers);
    const { status, answer } = await post('/v1/events', make('other_body'), headers);
    expect([status, answer.code]).toEqual([422, 'idempotency_key_reused']);
  });

  it('does not know batches that never were', async () => {
    for (const id of ['0-1-0', '3-1795392338062-0', '9999-1-1', 'nonsense']) {
      expect(await get(`/v1/batches/${id}`)).toMatchObject({
        status: 404,
        answer: { code: 'batch_not_found' },
      });
    }
  });

  it('takes the key wherever clients put it', async () => {
    const key = front.keys.write;
    const basic = Buffer.from(`${key}:`).toString('base64');
    const ways: [string, Record<string, string>, object][] = [
      ['/v1/events', { Authorization: `bearer ${key}` }, {}],
      ['/v1/events', { 'X-API-Key': key }, {}],
      ['/v1/events', { Authorization: `Basic ${basic}` }, {}],
      ['/v1/events', { 'X-Write-Key': key }, {}],
      [`/v1/events?writeKey=${key}`, {}, {}],
      ['/v1/batch', { 'X-Nothing': '1' }, { writeKey: key }],
      ['/batch/', { 'X-Nothing': '1' }, { api_key: key }],
    ];
    for (const [path, headers, extra] of ways) {
      const native = path.startsWith('/v1/events');
      const call = { type: 'track', event: 'key_place', userId: 'ada', distinct_id: 'ada', properties: {} };
      const body = native ? make('key_place') : { batch: [call], ...extra };
      const { status, answer } = await post(path, body, headers);
      expect({ path, headers, status, answer }).toMatchObject({ path, headers, status: native ? 202 : 200 });
    }
    const { status, answer } = await post(
      '/v1/batch',
      { batch: [{ type: 'track', event: 'x', userId: 'a' }] },
      { 'X-Nothing': '1' },
    );
    expect([status, answer.code]).toEqual([401, 'missing_key']);
  });

  it('takes Segment batches and calls, and never refuses good events for a bad one', async () => {
    const batch = await post('/v1/batch', {
      batch: [
        { type: 'track', event: 'segment_track', userId: 'ada', messageId: randomUUID() },
        { type: 'track', userId: 'ada' },
        { type: 'page', name: 'Home', anonymousId: 'a1', messageId: randomUUID() },
      ],
      sentAt: new Date().toISOString(),
    });
    expect(batch).toMatchObject({ status: 200, answer: { success: true } });
    for (const call of ['track', 'identify', 'page', 'screen', 'group', 'alias']) {
      const body = {
        event: 'segment_call',
        userId: 'ada',
        groupId: 'g',
        previousId: 'p',
        traits: {},
        messageId: randomUUID(),
      };
      expect(await post(`/v1/${call}`, body)).toMatchObject({ status: 200, answer: { success: true } });
    }
    await post('/v1/events?wait=stored', make('after_segment'));
    expect(await countStored('segment_track')).toBe(1);
    expect(await countStored('$page')).toBe(2);
    expect(await countStored('$identify')).toBe(1);
  });

  it('takes PostHog captures and batches', async () => {
    const capture = {
      event: 'posthog_capture',
      distinct_id: 'ada',
      properties: { token: front.keys.write },
      uuid: randomUUID(),
    };
    for (const path of ['/capture/', '/i/v0/e/', '/e/']) {
      const body = { ...capture, api_key: front.keys.write, uuid: randomUUID() };
      expect(await post(path, body, { 'X-Nothing': '1' })).toMatchObject({
        status: 200,
        answer: { status: 1 },
      });
    }
    const batch = { api_key: front.keys.write, batch: [{ ...capture, uuid: randomUUID() }] };
    const zipped = new Uint8Array(gzipSync(JSON.stringify(batch)));
    expect(await post('/batch/', zipped, { 'X-Nothing': '1' })).toMatchObject({
      status: 200,
      answer: { status: 1 },
    });
    await post('/v1/events?wait=stored', make('after_posthog'));
    expect(await countStored('posthog_capture')).toBe(4);
    expect((await post('/decide/?v=3', {}, { 'X-Nothing': '1' })).answer).toMatchObject({ featureFlags: {} });
    expect((await post('/flags/?v=2', {}, { 'X-Nothing': '1' })).answer).toMatchObject({ flags: {} });
  });

  it('lets any page send events', async () => {
    const preflight = await fetch(`${front.url}/v1/events`, {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://shop.example',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization');
    const { headers } = await post('/v1/events', make('from_a_page'), { Origin: 'https://shop.example' });
    expect(headers.get('access-control-allow-origin')).toBe('*');
  });

  it('gives every answer a request id, the client’s own when it sends one', async () => {
    const given = await post('/v1/events', make('id'), {
      'X-Request-Id': 'order-7-attempt-2',
      Authorization: `Bearer ${front.keys.write}`,
    });
    expect(given.headers.get('x-request-id')).toBe('order-7-attempt-2');
    const first = await fetch(`${front.url}/health/live`, { headers: { 'X-Request-Id': 'not a plain id' } });
    const second = await fetch(`${front.url}/nowhere`);
    const ids = [first, second].map((response) => response.headers.get('x-request-id'));
    for (const id of ids) expect(id).toMatch(/^[\w.:-]{8,64}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('keeps books that balance, lists rejects and replays them', async () => {
    const rejected = await get('/v1/rejected-events?code=missing_user');
    expect(rejected.status).toBe(200);
    expect(rejected.answer.data).toEqual([
      expect.objectContaining({ code: 'missing_user', index: 3, event: 'waited' }),
    ]);
    const replayed = await post('/v1/rejected-events/replay?code=missing_user', '', {
      Authorization: `Bearer ${front.keys.admin}`,
    });
    expect(replayed).toMatchObject({ status: 202, answer: { replayed: 1, batch_ids: [expect.any(String)] } });
    await post('/v1/events?wait=stored', make('after_replay'));
    const { status, answer } = await get('/v1/integrity');
    expect(status).toBe(200);
    const { accepted, stored, duplicates, pending, rejected: refused } = answer as Record<string, number>;
    expect(answer).toMatchObject({ ok: true });
    expect(accepted).toBe(stored! + duplicates! + refused! + pending!);
    expect(await get('/v1/integrity?rollups=0')).toMatchObject({
      status: 200,
      answer: { ...answer, rollups: [] },
    });
  });

  it('tells what is wrong with a filter', async () => {
    expect(await get('/v1/rejected-events?limit=0')).toMatchObject({
      status: 422,
      answer: { errors: [{ path: 'limit' }] },
    });
    expect(await get('/v1/rejected-events?since=yesterday')).toMatchObject({
      status: 422,
      answer: { errors: [{ path: 'since' }] },
    });
    expect(await get('/v1/rejected-events?cursor=zzz')).toMatchObject({ status: 422 });
    expect(await get('/v1/integrity?from=2026-01-02&to=2026-01-01')).toMatchObject({ status: 422 });
    expect(await get('/v1/integrity?rollups=some')).toMatchObject({
      status: 422,
      answer: { errors: [{ path: 'rollups' }] },
    });
    expect(await get('/v1/integrity', front.keys.write)).toMatchObject({
      status: 403,
      answer: { code: 'missing_scope' },
    });
  });

  it('shows ingest’s figures and its own in /metrics', async () => {
    const text = await (await fetch(`${front.url}/metrics`)).text();
    expect(text).toMatch(/^weir_accepted_events_total\{format="events"\} [1-9]/m);
    expect(text).toMatch(/^weir_http_request_seconds_count\{.*route="\/v1\/events".*status="202".*\} [1-9]/m);
    expect(text).toMatch(/^weir_http_request_seconds_count\{.*route="\/v1\/batches\/:id".*\} [1-9]/m);
    expect(text).toMatch(/^weir_batch_rows_count [1-9]/m);
    expect(text).toMatch(/^weir_redis_seconds_count\{.*operation="append".*\} [1-9]/m);
    expect(text).toMatch(/^weir_clickhouse_seconds_count\{.*operation="query".*\} [1-9]/m);
  });

  it('names each part in /health/ready', async () => {
    const { status, answer } = await get('/health/ready');
    expect(status).toBe(200);
    const ok = expect.objectContaining({ status: 'ok' });
    expect(answer).toMatchObject({
      status: 'ok',
      accepting: true,
      parts: { clickhouse: ok, redis: ok, postgres: ok, ingest: ok },
    });
  });
});
