/** Event types over HTTP: what may be registered and changed, and that it holds everywhere within a second. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLiveRegistry, type LiveRegistry } from '../../src/event-types/live-registry.js';
import { addEventType } from '../../src/event-types/store.js';
import { createMetadata, type Metadata } from '../../src/metadata/metadata.js';
import { createRedis } from '../../src/redis/client.js';
import { runCommand } from '../support/command.js';
import { type Front, startFront } from '../support/front.js';
import { freshPostgres, freshRedis, startWeir, type Weir } from '../support/stack.js';

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

const PATH = '/v1/analytics/event-types';

function createAsker(target: () => { url: string; keys: Front['keys'] }) {
  return async (
    method: string,
    path: string,
    body?: unknown,
    key: keyof Front['keys'] = 'admin',
  ): Promise<Answer> => {
    const { url, keys } = target();
    const response = await fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${keys[key]}` },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
}

const errorsOf = ({ body }: Answer): string[] =>
  (body.errors as { path: string; code: string }[]).map(({ path, code }) => `${path} ${code}`);

const order = (name: string, more: object = {}) => ({
  name,
  schema: {
    type: 'object',
    properties: { total: { type: 'number', minimum: 0 }, order_id: { type: 'string' } },
    required: ['total'],
  },
  ...more,
});

describe('the routes', () => {
  let front: Front;
  const ask = createAsker(() => front);

  beforeAll(async () => {
    front = await startFront('node');
  });
  afterAll(() => front.stop());

  test('register, show, list and switch off a type', async () => {
    const made = await ask('POST', PATH, order('order_placed', { category: 'order', mode: 'warn' }));
    expect(made).toMatchObject({
      status: 201,
      body: {
        id: expect.stringMatching(/^et_/),
        name: 'order_placed',
        version: 1,
        mode: 'warn',
        active: true,
      },
    });
    expect((await ask('POST', PATH, order('order_placed'))).body).toMatchObject({
      status: 409,
      code: 'event_type_exists',
    });
    const shown = await ask('GET', `${PATH}/order_placed`, undefined, 'read');
    expect(shown.body).toMatchObject({
      schema: order('').schema,
      versions: [{ version: 1, mode: 'warn', forced: false, created_by: expect.any(String) }],
      seen: { total: 0, last_7_days: 0, first_at: null, last_at: null, rejected_7_days: {} },
      used_by: { funnels: [] },
    });
    const list = await ask('GET', `${PATH}?category=order`);
    expect(list.body).toMatchObject({
      data: [{ name: 'order_placed', category: 'order' }],
      next_cursor: null,
    });
    expect((await ask('DELETE', `${PATH}/order_placed`)).body).toMatchObject({ active: false });
    expect((await ask('DELETE', `${PATH}/order_placed`)).status).toBe(200);
    expect((await ask('GET', PATH)).body.data).toEqual([]);
    expect((await ask('GET', `${PATH}?inactive=true`)).body.data).toHaveLength(1);
    expect((await ask('PUT', `${PATH}/order_placed`, { mode: 'reject' })).body).toMatchObject({
      status: 409,
      code: 'event_type_inactive',
    });
    expect((await ask('POST', PATH, order('order_placed'))).body).toMatchObject({
      version: 2,
      active: true,
      mode: 'reject',
    });
  });

  test('pages through names in order', async () => {
    for (const name of ['page_b', 'page a/ü', 'page_c']) {
      expect((await ask('POST', PATH, order(name, { category: 'pages' }))).status).toBe(201);
    }
    const names: string[] = [];
    let cursor: unknown = '';
    do {
      const { body } = await ask('GET', `${PATH}?category=pages&limit=2&cursor=${cursor}`);
      names.push(...(body.data as { name: string }[]).map(({ name }) => name));
      cursor = body.next_cursor;
    } while (cursor);
    expect(names.sort()).toEqual(['page a/ü', 'page_b', 'page_c']);
    expect((await ask('GET', `${PATH}/${encodeURIComponent('page a/ü')}`)).body.name).toBe('page a/ü');
  });

  test('a version that would refuse what the old one took is a conflict with reasons, unless forced', async () => {
    await ask('POST', PATH, order('paid'));
    const stricter = { schema: { ...order('').schema, required: ['total', 'order_id'] } };
    const refused = await ask('PUT', `${PATH}/paid`, stricter);
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'breaking_change', used_by: { funnels: [] } },
    });
    expect(errorsOf(refused)).toEqual(['properties.order_id newly_required']);
    expect((await ask('PUT', `${PATH}/paid?force=true`, stricter)).body).toMatchObject({
      version: 2,
      changed: true,
      reasons: [{ path: 'properties.order_id', code: 'newly_required' }],
    });
    expect((await ask('PUT', `${PATH}/paid`, stricter)).body).toMatchObject({ version: 2, changed: false });
    expect((await ask('PUT', `${PATH}/paid`, { schema: {}, description: 'anything' })).body).toMatchObject({
      version: 3,
      reasons: [],
      description: 'anything',
    });
    const { versions } = (await ask('GET', `${PATH}/paid`)).body as { versions: object[] };
    expect(versions).toMatchObject([
      { version: 3 },
      { version: 2, forced: true },
      { version: 1, forced: false },
    ]);
  });

  test('a break names the funnels that use the type, and the changed fields they use', async () => {
    await ask('POST', PATH, order('bought'));
    const steps = [
      { event: 'visited' },
      { any_of: ['bought', 'rented'], where: { property: 'total', op: 'gt', value: 5 } },
    ];
    expect((await ask('POST', '/v1/analytics/funnels', { name: 'Buying', steps, window: '1d' })).status).toBe(
      201,
    );
    await ask('POST', '/v1/analytics/funnels', {
      name: 'Other',
      steps: [{ event: 'x', where: { property: 'y', op: 'eq', value: 'bought' } }, { event: 'z' }],
      window: '1d',
    });
    const used_by = { funnels: [{ id: expect.any(String), name: 'Buying', fields: [] }] };
    expect((await ask('GET', `${PATH}/bought`)).body).toMatchObject({ used_by });
    const answer = await ask('PUT', `${PATH}/bought`, {
      schema: { ...order('').schema, properties: { total: { type: 'integer' } } },
    });
    expect(answer.body).toMatchObject({
      code: 'breaking_change',
      used_by: { funnels: [{ name: 'Buying', fields: ['total'] }] },
    });
    expect(((await ask('GET', `${PATH}/bought`)).body.used_by as { funnels: object[] }).funnels).toHaveLength(
      1,
    );
  });

  test('two changes at once are two versions', async () => {
    await ask('POST', PATH, order('raced'));
    const answers = await Promise.all(
      ['x', 'y', 'z'].map((description) => ask('PUT', `${PATH}/raced`, { description })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers.map(({ body }) => body.version).sort()).toEqual([2, 3, 4]);
  });

  test.each<[string, unknown, string[]]>([
    ['not an object', [], [' invalid_definition']],
    ['no schema', { name: 'x' }, ['schema not_a_schema']],
    [
      'a typo',
      { name: 'x', schema: { properties: { a: { minimun: 1 } } } },
      ['schema.properties.a.minimun unknown_keyword'],
    ],
    [
      'a catastrophic pattern',
      { name: 'x', schema: { properties: { a: { pattern: '^(a+)+$' } } } },
      ['schema.properties.a.pattern catastrophic_pattern'],
    ],
    [
      'a recursive schema',
      { name: 'x', schema: { properties: { a: { $ref: '#' } } } },
      ['schema.properties.a.$ref recursive_ref'],
    ],
    [
      'one megabyte',
      { name: 'x', schema: { description: 'x'.repeat(1 << 20) } },
      ['schema schema_too_large'],
    ],
    [
      'a bad validator',
      { name: 'x', schema: {}, validators: [{ check: 'range', property: 'a' }] },
      ['validators.0 invalid_validator'],
    ],
    ['an unknown mode', { name: 'x', schema: {}, mode: 'block' }, ['mode invalid_definition']],
  ])('%s is refused with its place', async (_name, body, expected) => {
    const answer = await ask('POST', PATH, body);
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_event_type' } });
    expect(errorsOf(answer)).toEqual(expected);
    expect((answer.body.errors as { pointer: string }[])[0]!.pointer).toMatch(/^(?:\/|$)/);
  });

  test('what is no JSON, unknown, or not allowed is said so', async () => {
    expect((await ask('POST', PATH, '{')).body).toMatchObject({ status: 400, code: 'malformed_body' });
    expect((await ask('POST', PATH, '['.repeat(10_000))).body).toMatchObject({
      status: 400,
      code: 'too_deep',
    });
    expect((await ask('POST', PATH, order('x'), 'read')).body).toMatchObject({
      status: 403,
      code: 'missing_scope',
    });
    expect((await ask('GET', PATH, undefined, 'write')).body).toMatchObject({
      status: 403,
      code: 'missing_scope',
    });
    for (const [method, body] of [['GET'], ['PUT', {}], ['DELETE']] as const) {
      expect((await ask(method, `${PATH}/nowhere`, body)).body).toMatchObject({
        status: 404,
        code: 'event_type_not_found',
      });
    }
    expect((await ask('PUT', `${PATH}/paid`, { name: 'other' })).status).toBe(422);
    expect((await ask('PUT', `${PATH}/paid?force=perhaps`, {})).status).toBe(422);
  });

  test('packs load more than fifty types, once', async () => {
    const known = await ask('GET', '/v1/analytics/event-type-packs');
    const packs = known.body.data as { name: string; event_types: string[] }[];
    let total = 0;
    for (const { name, event_types } of packs) {
      const loaded = await ask('POST', `${PATH}/packs/${name}`);
      expect(loaded.status).toBe(201);
      const created = loaded.body.created as { name: string }[];
      expect([...created.map((type) => type.name), ...(loaded.body.skipped as string[])].sort()).toEqual(
        [...event_types].sort(),
      );
      total += event_types.length;
      const again = await ask('POST', `${PATH}/packs/${name}`);
      expect(again).toMatchObject({ status: 200, body: { created: [], skipped: event_types } });
    }
    expect(total).toBeGreaterThan(50);
    expect((await ask('GET', `${PATH}/subscription_started`)).body).toMatchObject({
      mode: 'reject',
      category: 'subscription',
    });
    expect((await ask('POST', `${PATH}/packs/farming`)).body).toMatchObject({
      status: 404,
      code: 'pack_not_found',
    });
    expect((await ask('POST', `${PATH}/packs/saas?mode=hard`)).status).toBe(422);
  });

  test('an event is validated without being sent', async () => {
    await ask('POST', PATH, order('checked', { mode: 'quarantine' }));
    const path = '/v1/analytics/events/validate';
    const bad = { event: 'checked', user_id: 'u', properties: { total: -1 }, timestamp: 'yesterday' };
    const posted = await ask('POST', path, bad, 'write');
    expect(posted).toEqual({
      status: 200,
      body: {
        valid: false,
        outcome: 'rejected',
        event_type: { name: 'checked', version: 1, mode: 'quarantine' },
        errors: [
          expect.objectContaining({ path: 'timestamp', code: 'invalid_timestamp', found: '"yesterday"' }),
          {
            path: 'properties.total',
            code: 'schema_violation',
            expected: 'a number at least 0',
            found: '-1',
            message: 'expected a number at least 0, found -1',
          },
        ],
      },
    });
    const got = await ask(
      'GET',
      `${path}?event=${encodeURIComponent(JSON.stringify({ ...bad, timestamp: undefined }))}`,
    );
    expect(got.body).toMatchObject({ valid: false, outcome: 'quarantined' });
    const good = { event: 'checked', user_id: 'u', properties: { total: 1 } };
    expect((await ask('POST', path, good)).body).toMatchObject({
      valid: true,
      errors: [],
      outcome: 'stored',
    });
    expect((await ask('POST', path, { event: 'never_seen', user_id: 'u' })).body).toMatchObject({
      valid: true,
      event_type: null,
    });
    expect((await ask('POST', path, [good, bad, 5])).body).toMatchObject({
      valid: false,
      errors: [{ index: 1 }, { index: 1 }, { index: 2, code: 'not_an_object' }],
      events: [{ valid: true }, { valid: false }, { valid: false, outcome: 'rejected' }],
    });
    const doubled = '{"event":"checked","user_id":"u","properties":{"total":1,"total":2}}';
    expect(errorsOf(await ask('POST', path, doubled))).toEqual(['properties.total duplicate_key']);
    const large = '{"event":"checked","user_id":"u","properties":{"total":1,"n":12345678901234567890}}';
    expect(errorsOf(await ask('POST', path, large))).toEqual(['properties.n unsafe_number']);
    expect((await ask('POST', path, '{"event"')).body).toMatchObject({ status: 400, code: 'malformed_body' });
    expect((await ask('POST', path, '[]')).body).toMatchObject({ status: 400, code: 'empty_batch' });
    expect((await ask('GET', path)).status).toBe(422);
    const typed = await fetch(front.url + path, {
      method: 'POST',
      headers: { Authorization: `Bearer ${front.keys.admin}`, 'Content-Type': 'application/xml' },
      body: '<event/>',
    });
    expect(await typed.json()).toMatchObject({ status: 415, code: 'unsupported_type' });
  });
});

describe('in a running Weir', () => {
  let weir: Weir;
  const ask = createAsker(() => weir);

  beforeAll(async () => {
    weir = await startWeir();
  });
  afterAll(async () => {
    expect(await weir.stop()).toBe(0);
  });

  /** A body the front does not judge, so that the workers do. */
  const send = (events: object[]): Promise<Answer> =>
    ask('POST', '/v1/events?wait=stored', {
      events: [...events, { event: 'ballast', user_id: 'u', properties: { text: 'x'.repeat(20_000) } }],
    });
  const event = (name: string, total: unknown): object => ({
    event: name,
    user_id: 'u',
    properties: { total, note: 'n' },
  });

  /** Repeats until the answer is as wanted; more than a second is too long, but for a machine busy with other tests. */
  async function eventually(check: () => Promise<boolean>): Promise<number> {
    const startedAt = performance.now();
    while (!(await check())) {
      if (performance.now() - startedAt > 120_000) throw new Error('it never came into force');
      await sleep(20);
    }
    return performance.now() - startedAt;
  }

  test('a change is in force in front and workers without a restart', async () => {
    expect((await send([event('deposit', '5')])).body).toMatchObject({ stored: 2, rejected: [] });
    expect((await ask('POST', PATH, order('deposit'))).status).toBe(201);
    expect((await ask('POST', '/v1/events', event('deposit', '5'))).body).toMatchObject({
      status: 422,
      code: 'schema_violation',
    });
    await eventually(
      async () => ((await send([event('deposit', '5')])).body.rejected as object[]).length === 1,
    );
    const both = await send([event('deposit', '5'), event('deposit', 5)]);
    expect(both.body).toMatchObject({
      stored: 2,
      rejected: [{ index: 0, code: 'schema_violation', path: 'properties.total' }],
    });
    await ask('PUT', `${PATH}/deposit?force=true`, { schema: {} });
    await eventually(async () => (await send([event('deposit', '5')])).body.stored === 2);
    expect((await ask('DELETE', `${PATH}/deposit`)).status).toBe(200);
  });

  test('modes: observe stores, warn stores with a note, quarantine hears yes', async () => {
    for (const mode of ['observe', 'warn', 'quarantine']) {
      await ask('POST', PATH, order(`sale_${mode}`, { mode }));
      expect((await ask('POST', '/v1/events', event(`sale_${mode}`, 'x'))).status).toBe(202);
    }
    await eventually(
      async () => ((await send([event('sale_quarantine', 'x')])).body.rejected as object[]).length === 1,
    );
    expect((await send([event('sale_warn', 'x'), event('sale_observe', 'x')])).body.stored).toBe(3);
    const rows = await ask('POST', '/v1/analytics/trends', {
      events: [
        { event: 'sale_warn', where: { property: 'context.schema_problems', op: 'is_set' } },
        { event: 'sale_observe' },
      ],
      from: '2020-01-01',
      to: '2100-01-01',
      grain: 'all',
    });
    expect(rows.status).toBe(200);
    const rejected = await ask('GET', '/v1/rejected-events?event=sale_quarantine');
    expect(rejected.body.data).toContainEqual(
      expect.objectContaining({ code: 'schema_violation', path: 'properties.total' }),
    );
  });

  test('a strict project takes registered types only', async () => {
    await ask('POST', PATH, order('registered'));
    expect((await ask('PATCH', '/v1/projects/default', { settings: { strict: true } })).status).toBe(200);
    await eventually(
      async () => (await ask('POST', '/v1/events', event('anything', 1))).body.code === 'unknown_event_type',
    );
    await eventually(
      async () => ((await send([event('registered', 1)])).body.rejected as object[]).length === 1,
    );
    expect((await send([event('registered', 1), event('anything', 1)])).body).toMatchObject({
      stored: 1,
      rejected: [{ index: 1, code: 'unknown_event_type' }, { index: 2 }],
    });
    await ask('PATCH', '/v1/projects/default', { settings: { strict: null } });
    await eventually(async () => (await send([event('anything', 1)])).body.stored === 2);
  });

  test('events are enriched on their way: address, browser, page, clock', async () => {
    const now = Date.now();
    const response = await fetch(`${weir.url}/v1/events?wait=stored`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${weir.keys.write}`,
        'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
      },
      body: JSON.stringify({
        event: 'page_opened',
        anonymous_id: 'a',
        timestamp: now - 7_200_000,
        sent_at: now - 3_600_000,
        context: {
          page: { url: 'https://shop.example/a?utm_source=news', referrer: 'https://search.example/' },
        },
      }),
    });
    expect(await response.json()).toMatchObject({ stored: 1 });
    const sql = `select toString(context.ip) as ip, toString(context.browser.name) as browser, toString(context.page.path) as path,
      toString(context.campaign.source) as source, toString(context.page.referrer_domain) as referrer,
      dateDiff('second', timestamp, received_at) as age from events where event = 'page_opened'`;
    const { columns, rows } = (await ask('POST', '/v1/query', { sql })).body as {
      columns: { name: string }[];
      rows: unknown[][];
    };
    const row = Object.fromEntries(
      columns.map((column, i) => [typeof column === 'string' ? column : column.name, rows[0]?.[i]]),
    );
    expect(row).toMatchObject({
      ip: '127.0.0.0',
      browser: 'Firefox',
      path: '/a',
      source: 'news',
      referrer: 'search.example',
    });
    expect(Math.abs(Number(row.age) - 3_600)).toBeLessThan(60);
  });

  test('traffic is counted, compared and made a schema of', async () => {
    const visits = Array.from({ length: 60 }, (_, i) => ({
      event: 'visit',
      event_id: `visit-${i}`,
      user_id: `u${i}`,
      timestamp: '2026-03-01T10:00:00Z',
      properties: {
        plan: i % 2 ? 'free' : 'pro',
        seats: i,
        page: { path: '/a' },
        ...(i % 3 ? { at: '2026-01-01' } : {}),
      },
    }));
    expect((await send(visits)).body.stored).toBe(61);
    const suggestion = await ask('GET', `${PATH}/visit/suggestion`, undefined, 'read');
    expect(suggestion.body).toMatchObject({
      name: 'visit',
      registered: false,
      sampled: 60,
      schema: {
        properties: {
          plan: { type: 'string', enum: ['free', 'pro'] },
          seats: { type: 'integer' },
          at: { type: 'string', format: 'date' },
          page: { type: 'object', properties: { path: { type: 'string' } } },
        },
        required: ['page', 'plan', 'seats'],
      },
    });
    const command = ['types', 'suggest', 'visit', '--url', weir.url, '--key', weir.keys.admin];
    const printed = await runCommand(command, { env: { WEIR_DATA: weir.dataFolder } });
    expect(printed.stderr).toContain('Made of 60 events');
    expect(JSON.parse(printed.stdout)).toEqual({
      name: 'visit',
      schema: suggestion.body.schema,
      mode: 'observe',
    });
    expect((await ask('GET', `${PATH}/unheard/suggestion`)).body).toMatchObject({
      status: 404,
      code: 'event_not_seen',
    });
    const schema = { properties: { plan: { type: 'string' }, seats: { type: 'string' }, colour: {} } };
    await ask('POST', PATH, { name: 'visit', schema, mode: 'observe' });
    expect((await ask('GET', `${PATH}/visit/drift`)).body).toMatchObject({
      version: 1,
      stored: {
        sampled: 60,
        new_fields: [
          { path: 'page', count: 60 },
          { path: 'at', count: 40 },
        ],
        vanished_fields: [{ path: 'colour', of: 60, required: false }],
        type_changes: [{ path: 'seats', expected: ['string'], found: { integer: 60 } }],
      },
      rejected: { sampled: 0 },
    });
    expect((await ask('GET', `${PATH}/visit`)).body.seen).toMatchObject({
      total: 60,
      last_7_days: 60,
      first_at: '2026-03-01T10:00:00.000Z',
    });
  });
});

describe('on the command line', () => {
  let front: Front;
  const ask = createAsker(() => front);
  const folder = mkdtempSync(join(tmpdir(), 'weir-types-'));

  beforeAll(async () => {
    front = await startFront('node');
  });
  afterAll(async () => {
    await front.stop();
    rmSync(folder, { recursive: true });
  });

  const run = (...args: string[]) =>
    runCommand(['types', ...args, '--url', front.url, '--key', front.keys.admin], {
      env: { WEIR_DATA: folder },
    });

  test('types are listed, loaded from packs and applied from files', async () => {
    expect(await run('pack', 'saas', '--mode', 'observe')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('26 event types'),
    });
    const list = await run('list');
    expect(list.stdout).toMatch(/^signed_up +account +1 +observe$/m);
    const file = join(folder, 'types.json');
    writeFileSync(file, JSON.stringify([order('filed'), order('filed_too')]));
    expect((await run('apply', file)).stdout).toContain('filed: version 1');
    writeFileSync(file, JSON.stringify({ name: 'filed', schema: { required: ['x'] } }));
    expect(await run('apply', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('properties.x'),
    });
    expect((await run('apply', file, '--force')).stdout).toContain('filed: version 2');
    expect((await run('apply', file)).stdout).toContain('as it was (version 2)');
    expect((await ask('GET', `${PATH}/filed`)).body).toMatchObject({ version: 2 });
  });

  test.each([
    [['lst'], 'did you mean list?'],
    [['suggest'], 'weir types suggest NAME'],
    [['apply', '/nowhere.json'], '/nowhere.json'],
  ])('%j is refused with a sentence', async (args, sentence) => {
    expect(await run(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(sentence) });
  });
});

describe('while Postgres is away', () => {
  const open: { close(): Promise<void> }[] = [];
  afterAll(async () => {
    for (const one of open.reverse()) await one.close();
  });

  async function setUp(): Promise<{ metadata: Metadata; redisUrl: string; postgresUrl: string }> {
    const [{ url: postgresUrl }, { url: redisUrl }] = await Promise.all([freshPostgres(), freshRedis()]);
    const metadata = createMetadata(postgresUrl, { onError: () => {} });
    open.push(metadata);
    await metadata.query("insert into projects (id, name) values ('shop', 'Shop')");
    return { metadata, redisUrl, postgresUrl };
  }

  function watch(metadata: Metadata, redisUrl: string): LiveRegistry {
    const redis = createRedis(redisUrl);
    const registry = createLiveRegistry({ metadata, redis });
    open.push(redis, registry);
    return registry;
  }

  const add = (metadata: Metadata, name: string) =>
    addEventType(
      metadata,
      { project: 'shop', keyId: '' },
      { name, schema: { required: ['a'] }, mode: 'reject' },
    );

  test('the last known types stay in force, and a start finds them in Redis', async () => {
    const { metadata, redisUrl, postgresUrl } = await setUp();
    await add(metadata, 'first');
    const registry = watch(metadata, redisUrl);
    await registry.ready;
    await expect.poll(() => registry.rules().find('shop', 'first')?.version).toBe(1);
    await add(metadata, 'second');
    await expect.poll(() => registry.rules().find('shop', 'second')?.version).toBe(1);

    const admin = new pg.Client({ connectionString: new URL('/postgres', postgresUrl).href });
    await admin.connect();
    const name = new URL(postgresUrl).pathname.slice(1);
    await admin.query(`alter database ${name} allow_connections false`);
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    await expect(registry.reload()).rejects.toMatchObject({ name: 'MetadataError' });
    expect(registry.rules().find('shop', 'second')?.version).toBe(1);

    const late = watch(createMetadata(postgresUrl, { onError: () => {} }), redisUrl);
    await late.ready;
    expect(late.snapshot()).toEqual(registry.snapshot());
    expect(late.rules().find('shop', 'first')?.mode).toBe('reject');

    await admin.query(`alter database ${name} allow_connections true`);
    await admin.end();
    await expect
      .poll(
        () =>
          add(metadata, 'third').then(
            (record) => record?.version,
            () => 0,
          ),
        { timeout: 120_000 },
      )
      .toBe(1);
    for (const one of [registry, late]) {
      await expect.poll(() => one.rules().find('shop', 'third')?.version, { timeout: 120_000 }).toBe(1);
    }
  });

  test('what is compiled stays compiled when another type changes', async () => {
    const { metadata, redisUrl } = await setUp();
    await add(metadata, 'steady');
    const registry = watch(metadata, redisUrl);
    await registry.ready;
    const before = registry.rules().find('shop', 'steady');
    await add(metadata, 'other');
    await expect.poll(() => registry.rules().find('shop', 'other')?.version).toBe(1);
    expect(registry.rules().find('shop', 'steady')).toBe(before);
  });
});
