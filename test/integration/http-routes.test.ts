/** The routes beside ingest: keys, projects, health, what is not there, and limits, on both transports. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partitionOf } from '../../src/stream/partition.js';
import { type Front, startFront } from '../support/front.js';

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

describe.each(['uws', 'node'] as const)('over %s', (transport) => {
  let front: Front;

  beforeAll(async () => {
    front = await startFront(transport);
  });

  afterAll(() => front.stop());

  async function ask(
    method: string,
    path: string,
    key?: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(front.url + path, {
      method,
      headers: { ...(key ? { Authorization: `Bearer ${key}` } : {}), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
  }

  const admin = (method: string, path: string, body?: unknown): Promise<Answer> =>
    ask(method, path, front.keys.admin, body);

  it('makes a key, shows it once, lets it in at once, and lets it in no more once revoked', async () => {
    const made = await admin('POST', '/v1/keys', { name: 'phone app', scopes: ['write'] });
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'phone app', scopes: ['write'], project: 'default', revoked_at: null },
    });
    expect(made.headers.get('cache-control')).toBe('no-store');
    const { id, key } = made.body as { id: string; key: string };
    expect(key).toMatch(/^weir_w_[0-9A-Za-z]{32}$/);
    const event = { event: 'a', user_id: 'u' };
    expect((await ask('POST', '/v1/events', key, event)).status).toBe(202);
    const list = await admin('GET', '/v1/keys');
    expect(JSON.stringify(list.body)).not.toContain(key);
    expect(list.body.data).toContainEqual(expect.objectContaining({ id, prefix: key.slice(0, 12) }));
    const revoked = await admin('DELETE', `/v1/keys/${id}`);
    expect(revoked).toMatchObject({ status: 200, body: { id, revoked_at: expect.any(String) } });
    expect((await ask('POST', '/v1/events', key, event)).body).toMatchObject({
      status: 401,
      code: 'unknown_key',
    });
    expect((await admin('DELETE', `/v1/keys/${id}`)).body.revoked_at).toBe(revoked.body.revoked_at);
  });

  it('gives each set of scopes a prefix of its own', async () => {
    for (const [scopes, prefix] of [
      [['read'], 'weir_r_'],
      [['read', 'define'], 'weir_k_'],
      [['admin'], 'weir_a_'],
    ] as const) {
      expect((await admin('POST', '/v1/keys', { scopes })).body.key).toMatch(new RegExp(`^${prefix}`));
    }
  });

  it('says what is wrong with a new key', async () => {
    expect(await admin('POST', '/v1/keys', { scopes: [] })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'scopes' }] },
    });
    expect(await admin('POST', '/v1/keys', { scopes: ['write', 'fly'] })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'scopes[1]' }] },
    });
    expect(await admin('POST', '/v1/keys', { scope: 'write' })).toMatchObject({ status: 422 });
    expect(await admin('POST', '/v1/keys', 'not json')).toMatchObject({
      status: 400,
      body: { code: 'malformed_body' },
    });
    expect(await admin('POST', '/v1/keys', '')).toMatchObject({
      status: 400,
      body: { code: 'malformed_body' },
    });
    expect(await admin('POST', '/v1/keys', '['.repeat(10_000))).toMatchObject({
      status: 400,
      body: { code: 'too_deep' },
    });
    expect(await admin('POST', '/v1/keys', ' '.repeat(5_000_000))).toMatchObject({
      status: 413,
      body: { code: 'body_too_large' },
    });
    expect(await admin('POST', '/v1/keys', { scopes: ['read'], project: 'nowhere' })).toMatchObject({
      status: 404,
      body: { code: 'project_not_found' },
    });
    expect(
      await ask('POST', '/v1/keys', front.keys.admin, '<a/>', { 'Content-Type': 'text/xml' }),
    ).toMatchObject({ status: 415 });
    expect(await admin('DELETE', '/v1/keys/key_none')).toMatchObject({
      status: 404,
      body: { code: 'key_not_found' },
    });
  });

  it('lists page by page', async () => {
    for (let i = 0; i < 5; i++) await admin('POST', '/v1/keys', { name: `page ${i}`, scopes: ['read'] });
    const ids: string[] = [];
    let cursor = '';
    do {
      const { body } = await admin('GET', `/v1/keys?limit=2&cursor=${cursor}`);
      ids.push(...(body.data as { id: string }[]).map(({ id }) => id));
      cursor = (body.next_cursor as string | null) ?? '';
    } while (cursor !== '');
    const whole = await admin('GET', '/v1/keys');
    expect(ids).toEqual((whole.body.data as { id: string }[]).map(({ id }) => id));
    expect(await admin('GET', '/v1/keys?limit=1001')).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'limit' }] },
    });
    expect(await admin('GET', '/v1/keys?cursor=***')).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'cursor' }] },
    });
  });

  it('keeps projects apart', async () => {
    const id = `shop-${transport}`;
    const made = await admin('POST', '/v1/projects', { id, settings: { retention_days: 30, strict: true } });
    expect(made).toMatchObject({
      status: 201,
      body: { id, name: id, settings: { retention_days: 30, strict: true } },
    });
    const theirs = made.body.admin_key as string;
    expect((await ask('GET', '/v1/projects', theirs)).body.data).toEqual([expect.objectContaining({ id })]);
    expect((await admin('GET', '/v1/projects')).body.data).toHaveLength(2);
    expect(await ask('POST', '/v1/projects', theirs, { id: 'another' })).toMatchObject({ status: 403 });
    expect(await ask('PATCH', '/v1/projects/default', theirs, { name: 'mine' })).toMatchObject({
      status: 403,
      body: { code: 'other_project' },
    });
    expect(await ask('GET', '/v1/keys?project=default', theirs)).toMatchObject({ status: 403 });
    expect(await ask('POST', '/v1/keys', theirs, { scopes: ['read'], project: 'default' })).toMatchObject({
      status: 403,
    });
    const keys = (await ask('GET', '/v1/keys', theirs)).body.data as { project: string }[];
    expect(keys.map(({ project }) => project)).toEqual([id]);
    expect(await admin('POST', '/v1/keys', { scopes: ['read'], project: id })).toMatchObject({
      status: 201,
      body: { project: id },
    });
    expect(await admin('POST', '/v1/projects', { id })).toMatchObject({
      status: 409,
      body: { code: 'project_exists' },
    });
  });

  it('tells nobody what became of another project’s batch, in the same partition either', async () => {
    const partitions = front.config.stream.partitions;
    const neighbour = Array.from({ length: 100 }, (_, n) => `neighbour-${n}`).find(
      (name) => partitionOf(name, partitions) === partitionOf('default', partitions),
    )!;
    await admin('POST', '/v1/projects', { id: neighbour });
    const made = await admin('POST', '/v1/keys', { scopes: ['read'], project: neighbour });
    const sent = await ask('POST', '/v1/events', front.keys.write, { event: 'mine', user_id: 'ada' });
    const path = `/v1/batches/${sent.body.batch_id}`;
    expect(await ask('GET', path, front.keys.read)).toMatchObject({
      body: { status: 'pending', received: 1 },
    });
    expect(await ask('GET', path, made.body.key as string)).toMatchObject({
      status: 404,
      body: { code: 'batch_not_found' },
    });
  });

  it('changes a project’s settings, and refuses wrong ones by name', async () => {
    const path = '/v1/projects/default';
    const settings = { retention_days: 400, pii_properties: ['email'], quotas: { queries_per_second: 100 } };
    expect(await admin('PATCH', path, { name: 'Home', settings })).toMatchObject({
      status: 200,
      body: { name: 'Home', settings },
    });
    const cleared = await admin('PATCH', path, { settings: { retention_days: null, quotas: null } });
    expect(cleared.body.settings).toEqual({ pii_properties: ['email'] });
    for (const [wrong, at] of [
      [{ settings: { retention_days: 0 } }, 'settings.retention_days'],
      [{ settings: { retention_days: 1.5 } }, 'settings.retention_days'],
      [{ settings: { strict: 'yes' } }, 'settings.strict'],
      [{ settings: { pii_properties: 'email' } }, 'settings.pii_properties'],
      [{ settings: { retention: 7 } }, 'settings.retention'],
      [{ name: '' }, 'name'],
    ] as const) {
      expect(await admin('PATCH', path, wrong)).toMatchObject({
        status: 422,
        body: { errors: [{ path: at }] },
      });
    }
    expect(await admin('PATCH', '/v1/projects/nowhere', {})).toMatchObject({ status: 404 });
    expect(await admin('POST', '/v1/projects', { id: 'Not An Id' })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'id' }] },
    });
  });

  it('lets each scope do its own and nothing else', async () => {
    const { read, write } = front.keys;
    const only = async (scope: string): Promise<string> =>
      (await admin('POST', '/v1/keys', { scopes: [scope] })).body.key as string;
    const keys = { write, read, define: await only('define'), admin: await only('admin') };
    const routes: [string, string, unknown, keyof typeof keys][] = [
      ['POST', '/v1/events', { event: 'a', user_id: 'u' }, 'write'],
      ['GET', '/v1/integrity', undefined, 'read'],
      ['GET', '/v1/rejected-events', undefined, 'read'],
      ['POST', '/v1/rejected-events/replay', undefined, 'define'],
      ['GET', '/v1/keys', undefined, 'admin'],
      ['GET', '/v1/projects', undefined, 'admin'],
    ];
    for (const [method, path, body, needed] of routes) {
      for (const [scope, key] of Object.entries(keys)) {
        const { status } = await ask(method, path, key, body);
        expect({ method, path, scope, refused: status === 403 }).toEqual({
          method,
          path,
          scope,
          refused: scope !== needed,
        });
      }
    }
  });

  it('401 under /v1 without a key, 404 and 405 with one', async () => {
    expect(await ask('GET', '/v1/keys')).toMatchObject({ status: 401, body: { code: 'missing_key' } });
    expect(await ask('GET', '/v1/nowhere')).toMatchObject({ status: 401 });
    expect(await admin('GET', '/v1/nowhere')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await ask('GET', '/nowhere')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    const browser = { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
    const page = await fetch(`${front.url}/no<b>where`, { headers: browser });
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=UTF-8']);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await page.text();
    expect(html).toContain('There is nothing at /no');
    expect(html).toContain('<a href="/">');
    expect(html).not.toMatch(/<b>|<script/);
    // Below /v1 there are programs only, and who names JSON gets it.
    expect(await ask('GET', '/v1/nowhere', front.keys.admin, undefined, browser)).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    });
    const both = { Accept: 'application/json, text/html' };
    expect(await ask('GET', '/nowhere', undefined, undefined, both)).toMatchObject({
      body: { code: 'not_found' },
    });
    const wrong = await admin('PUT', '/v1/keys', {});
    expect(wrong).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
    expect(wrong.headers.get('allow')).toBe('GET, POST, HEAD');
    expect(await ask('POST', '/health/live')).toMatchObject({ status: 405 });
  });

  it('answers HEAD as GET without the body', async () => {
    const response = await fetch(`${front.url}/health/live`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(0);
  });

  it('takes a compressed question', async () => {
    const { gzipSync } = await import('node:zlib');
    const response = await fetch(`${front.url}/v1/keys`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${front.keys.admin}`, 'Content-Encoding': 'gzip' },
      body: new Uint8Array(gzipSync(JSON.stringify({ scopes: ['read'] }))),
    });
    expect(response.status).toBe(201);
  });

  it('429 beyond a project’s quota, with the time to wait', async () => {
    await admin('PATCH', '/v1/projects/default', {
      settings: { quotas: { ingest_per_second: 1, queries_per_second: 500 } },
    });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        ask('POST', '/v1/events', front.keys.write, { event: 'a', user_id: 'u' }),
      ),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(10);
    expect(refused[0]!.body).toMatchObject({ code: 'rate_limited' });
    expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused[0]!.headers.get('ratelimit-limit')).toBe('1');
    await admin('PATCH', '/v1/projects/default', { settings: { quotas: null } });
  });
});
