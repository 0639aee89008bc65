/** Metrics that users define, over HTTP: made, changed, asked, removed; and what is said about mistakes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OracleEvent } from '../oracle/condition.js';
import { createStore } from '../oracle/store.js';
import { runCommand } from '../support/command.js';
import { type Front, startFront } from '../support/front.js';

const PATH = '/v1/analytics/metrics/custom';
const CALCULATE = '/v1/analytics/metrics/calculate';
const DAY = 86_400_000;
const FIRST = Date.UTC(2024, 0, 1);

const MISSION = `metric "conversion_rate" {
  formula = "count(checkout_completed) / count(checkout_started) * 100"
  dimensions = ["product_category", "user_segment"]
  time_window = "1d"
  cache_ttl = "5m"
}`;

let front: Front;

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function send(method: string, path: string, body?: string, type = 'application/json'): Promise<Reply> {
  const response = await fetch(front.url + path, {
    method,
    headers: { Authorization: `Bearer ${front.keys.admin}`, 'Content-Type': type },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
}

const ask = (method: string, path: string, body?: unknown): Promise<Reply> =>
  send(method, path, body === undefined ? undefined : JSON.stringify(body));
const define = (text: string): Promise<Reply> => send('POST', PATH, text, 'text/plain');

const at = (user: string, event: string, day: number, category: string, segment: string): OracleEvent => ({
  user,
  event,
  t: FIRST + day * DAY,
  properties: { product_category: category, user_segment: segment, revenue: 10 },
});

beforeAll(async () => {
  front = await startFront('node');
  const store = await createStore(front.config.clickhouseUrl);
  const events = [
    at('ada', 'checkout_started', 0, 'toys', 'new'),
    at('ada', 'checkout_completed', 0, 'toys', 'new'),
    at('bob', 'checkout_started', 0, 'toys', 'new'),
    at('bob', 'checkout_started', 1, 'books', 'old'),
    at('cat', 'checkout_started', 1, 'books', 'old'),
    at('cat', 'checkout_completed', 1, 'books', 'old'),
    at('dan', 'checkout_started', 1, 'books', 'old'),
    at('eve', 'checkout_started', 1, 'books', 'old'),
  ];
  // Received before any rollup is made, as everything stored by then is.
  await store.insert('default', events, Date.now() - 60_000);
  await store.close();
});
afterAll(() => front?.stop());

test('a conversion rate is defined once and asked by its name', async () => {
  const made = await ask('POST', PATH, { definition: MISSION });
  expect(made).toMatchObject({
    status: 201,
    body: {
      id: expect.stringMatching(/^mt_/),
      name: 'conversion_rate',
      version: 1,
      kind: 'ratio',
      dimensions: ['product_category', 'user_segment'],
      rollup: { state: expect.stringMatching(/^(creating|backfilling|ready)$/) },
    },
  });
  for (const metric of ['conversion_rate', made.body.id]) {
    const answer = await ask('POST', CALCULATE, { metric, from: '2024-01-01', to: '2024-01-03' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      columns: ['time', 'product_category', 'user_segment', 'value', 'complete'],
      rows: [
        ['2024-01-01T00:00:00.000Z', 'books', 'old', null, true],
        ['2024-01-01T00:00:00.000Z', 'toys', 'new', 50, true],
        ['2024-01-02T00:00:00.000Z', 'books', 'old', 25, true],
        ['2024-01-02T00:00:00.000Z', 'toys', 'new', null, true],
      ],
      totals: { value: expect.closeTo(100 / 3) },
      meta: { cache: 'miss', rows_read: expect.any(Number), complete_through: expect.any(String) },
    });
    expect((answer.body.meta as { source: string }).source).toMatch(/^(raw$|rollup:)/);
  }
});

test('several metrics in one text are made together, also when one refers to another', async () => {
  const made = await define(`# What comes in.
metric "revenue" { formula = "sum(checkout_completed.revenue)" unit = "EUR" }

# What a buyer brings.
metric "revenue_a_buyer" { formula = "revenue / uniq(checkout_completed)" }`);
  expect(made).toMatchObject({
    status: 201,
    body: { data: [{ name: 'revenue' }, { name: 'revenue_a_buyer' }] },
  });
  const [first, second] = made.body.data as { definition: string }[];
  expect(first!.definition).toMatch(/^# What comes in\.\nmetric "revenue"/);
  expect(second!.definition).toMatch(/^# What a buyer brings\.\nmetric "revenue_a_buyer"/);
  const answer = await ask('POST', CALCULATE, {
    metric: 'revenue_a_buyer',
    from: '2024-01-01',
    to: '2024-01-03',
    grain: 'all',
  });
  expect(answer.body).toMatchObject({ totals: { value: 10 } });
});

test('every mistake is told with its place and a way out', async () => {
  const refused = await define(`metric "broken" {
  formula = "count(checkout_complete) / sum(checkout_started.product_category)"
  colour = "red"
}`);
  expect(refused).toMatchObject({ status: 422, body: { code: 'invalid_definition' } });
  const errors = refused.body.errors as Record<string, unknown>[];
  expect(errors).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        code: 'wrong_type',
        line: 2,
        column: expect.any(Number),
        length: expect.any(Number),
      }),
      expect.objectContaining({ code: 'unknown_field', line: 3, column: 3, length: 6 }),
    ]),
  );
  const checked = await send(
    'POST',
    '/v1/analytics/metrics/check',
    'metric "m" {formula="count( checkout_complete )"}',
    'text/plain',
  );
  expect(checked).toMatchObject({
    status: 200,
    body: {
      valid: false,
      formatted: 'metric "m" {\n  formula = "count(checkout_complete)"\n}\n',
      problems: [
        {
          code: 'unknown_event',
          severity: 'error',
          line: 1,
          hint: expect.stringContaining('checkout_completed'),
        },
      ],
      metrics: [],
    },
  });
  expect(checked.body.rendered).toContain('^^^^');
  const right = await send('POST', '/v1/analytics/metrics/check', MISSION, 'text/plain');
  expect(right.body).toMatchObject({
    valid: true,
    problems: [],
    metrics: [{ name: 'conversion_rate', kind: 'ratio', rollup: { possible: true } }],
  });
});

test('an editor is told the words of the language and the names of the project', async () => {
  const { body } = await ask('GET', '/v1/analytics/metrics/vocabulary');
  expect(body.functions).toEqual(
    expect.arrayContaining([expect.objectContaining({ name: 'uniq', kind: 'aggregate' })]),
  );
  expect(body.events).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        name: 'checkout_started',
        properties: expect.arrayContaining([expect.objectContaining({ name: 'revenue', types: ['number'] })]),
      }),
    ]),
  );
  const one = await ask('GET', '/v1/analytics/metrics/vocabulary?event=checkout_completed');
  expect((one.body.events as { name: string }[]).map(({ name }) => name)).toEqual(['checkout_completed']);
});

test('a metric has versions, and its name stands for the newest', async () => {
  const made = await define('metric "starts" { formula = "count(checkout_started)" }');
  const path = `${PATH}/${made.body.id}`;
  const text = 'metric "starts" { formula = "uniq(checkout_started)" }';
  expect(await send('PUT', path, text, 'text/plain')).toMatchObject({ status: 200, body: { version: 2 } });
  const shown = await ask('GET', path);
  expect(shown.body).toMatchObject({
    version: 2,
    definition: text,
    versions: [{ version: 2 }, { version: 1 }],
  });
  const question = { metric: 'starts', from: '2024-01-01', to: '2024-01-03', grain: 'all' };
  expect((await ask('POST', CALCULATE, question)).body).toMatchObject({ totals: { value: 5 } });
  expect(await define(text)).toMatchObject({ status: 409, body: { code: 'metric_exists' } });
  const two = await send('PUT', path, `${text}\nmetric "b" { formula = "1" }`, 'text/plain');
  expect(two).toMatchObject({ status: 422, body: { errors: [{ code: 'one_metric' }] } });
});

test('what others use is not taken from under them, unless forced', async () => {
  const made = await define(
    'metric "base" { formula = "count(checkout_started)" }\nmetric "half" { formula = "base / 2" }',
  );
  const [base] = made.body.data as { id: string }[];
  const path = `${PATH}/${base!.id}`;
  expect(await ask('DELETE', path)).toMatchObject({
    status: 409,
    body: { code: 'metric_in_use', errors: [{ path: 'metric "half"' }] },
  });
  const text = 'metric "base" { formula = "last(checkout_started.product_category)" }';
  expect(await send('PUT', path, text, 'text/plain')).toMatchObject({
    status: 409,
    body: { errors: [{ path: 'half' }] },
  });
  expect(await ask('DELETE', `${path}?force=1`)).toMatchObject({ status: 200, body: { name: 'base' } });
  const broken = await ask('POST', CALCULATE, { metric: 'half', from: '2024-01-01', to: '2024-01-03' });
  expect(broken).toMatchObject({ status: 422, body: { code: 'invalid_definition' } });
  expect(await ask('GET', path)).toMatchObject({ status: 404, body: { code: 'unknown_metric' } });
});

test('applying a file twice changes nothing the second time', async () => {
  const file =
    'metric "one" { formula = "count(checkout_started)" }\n\nmetric "two" { formula = "one * 2" }\n';
  const apply = (text: string, query = ''): Promise<Reply> => send('PUT', PATH + query, text, 'text/plain');
  const nothing = { created: [], changed: [], unchanged: [], deleted: [] };
  expect((await apply(file, '?dry_run=1')).body).toEqual({ ...nothing, created: ['one', 'two'] });
  expect((await apply(file)).body).toEqual({ ...nothing, created: ['one', 'two'] });
  expect((await apply(file)).body).toEqual({ ...nothing, unchanged: ['one', 'two'] });
  expect((await apply(file.replace('* 2', '* 3'))).body).toEqual({
    ...nothing,
    changed: ['two'],
    unchanged: ['one'],
  });
  const pruned = await apply(file.slice(0, file.indexOf('\n')), '?prune=1&dry_run=1');
  expect(pruned.body).toMatchObject({ created: [], deleted: expect.arrayContaining(['two']) });
});

test('explaining a question says what would run and whether a rollup answers', async () => {
  const { status, body } = await ask('POST', `${CALCULATE}?explain=1`, {
    definition: MISSION,
    from: '2024-01-01',
    to: '2024-01-03',
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    plan: { source: expect.stringMatching(/^(raw$|rollup:conversion_rate_)/) },
    sql: expect.any(Array),
    estimate: { rows: expect.any(Number) },
  });
});

test('lists go page by page, and nobody else sees them', async () => {
  const { body } = await ask('GET', `${PATH}?limit=1`);
  expect(body.data).toHaveLength(1);
  expect(body.next_cursor).toEqual(expect.any(String));
  const response = await fetch(front.url + PATH, {
    method: 'POST',
    headers: { Authorization: `Bearer ${front.keys.read}`, 'Content-Type': 'text/plain' },
    body: MISSION,
  });
  expect(response.status).toBe(403);
});

test('a schedule is set, shown and removed', async () => {
  await define('metric "scheduled" { formula = "count(checkout_started)" }');
  const path = '/v1/analytics/metrics/scheduled/schedule';
  const set = await ask('PUT', path, { cron: '30 6 * * 1-5', timezone: 'Europe/Berlin' });
  expect(set).toMatchObject({ status: 200, body: { metric: { name: 'scheduled' }, cron: '30 6 * * 1-5' } });
  expect((await ask('GET', path)).body).toEqual(set.body);
  expect(await ask('PUT', path, { cron: 'often' })).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'cron' }] },
  });
  expect((await ask('DELETE', path)).status).toBe(200);
  expect(await ask('GET', path)).toMatchObject({ status: 404, body: { code: 'schedule_not_found' } });
  const results = await ask('GET', '/v1/analytics/metrics/scheduled/results?from=2024-01-01');
  expect(results).toMatchObject({ status: 200, body: { data: [], next_cursor: null } });
});

test('the command line applies a file, shows mistakes under their place, and formats', async () => {
  const env = { WEIR_URL: front.url, WEIR_KEY: front.keys.admin, WEIR_DATA: '/nonexistent' };
  const folder = mkdtempSync(join(tmpdir(), 'weir-metrics-'));
  const file = join(folder, 'shop.metrics');
  const run = async (text: string, ...args: string[]) => {
    writeFileSync(file, text);
    return runCommand(['metrics', ...args], { env });
  };
  const text = 'metric "from_a_file" {formula="count( checkout_started )"}';
  expect(await run(text, 'apply', file, '--dry-run')).toMatchObject({
    code: 0,
    stdout: 'would be created: from_a_file\n0 unchanged\n',
  });
  expect(await run(text, 'apply', file)).toMatchObject({ stdout: 'created: from_a_file\n0 unchanged\n' });
  expect(await run(text, 'apply', file)).toMatchObject({ stdout: '1 unchanged\n' });
  expect((await run(text, 'format', file)).stdout).toBe(
    'metric "from_a_file" {\n  formula = "count(checkout_started)"\n}\n',
  );
  expect((await run('', 'list')).stdout).toMatch(/from_a_file +1 +aggregate/);
  const wrong = await run(text.replace('count', 'cuont'), 'check', file);
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toContain('^^^^^');
  expect(wrong.stderr).toContain('did you mean');
  rmSync(folder, { recursive: true });
});

test('a metric that an alert watches is not deleted, unless it is forced', async () => {
  const made = await define('metric "watched" { formula = "count(checkout_started)" }');
  const { id } = made.body as { id: string };
  const rule = { name: 'too few', metric: 'watched', condition: { below: 1, window: '1h' } };
  const alert = await ask('POST', '/v1/alerts', rule);
  expect(alert.status, JSON.stringify(alert.body)).toBe(201);
  expect(await ask('DELETE', `${PATH}/${id}`)).toMatchObject({
    status: 409,
    body: { code: 'metric_in_use', errors: [{ path: 'alert "too few"' }] },
  });
  expect((await ask('DELETE', `${PATH}/${id}?force=1`)).status).toBe(200);
});

test('a saved metric is answered after a similar name arrived, and warns of it', async () => {
  const text = 'metric "plays" { formula = "count(video_play where lenght > 3)" }';
  const made = await define(text);
  expect(made.status).toBe(201);
  expect(made.body.warnings).toMatchObject([
    { code: 'unknown_event', message: expect.stringContaining('has not been seen yet') },
  ]);

  const store = await createStore(front.config.clickhouseUrl);
  await store.insert('default', [{ user: 'ada', event: 'video_play', t: FIRST, properties: { length: 5 } }]);
  await store.close();
  const range = { from: '2024-01-01', to: '2024-01-02', grain: 'all' };
  const saved = await ask('POST', CALCULATE, { metric: 'plays', ...range });
  expect(saved).toMatchObject({
    status: 200,
    body: {
      rows: [[expect.any(String), 0, true]],
      meta: {
        warnings: [
          {
            code: 'unknown_property',
            severity: 'warning',
            message: 'video_play has no property "lenght"',
            hint: expect.stringContaining('did you mean "length"?'),
          },
        ],
      },
    },
  });
  const written = await ask('POST', CALCULATE, { definition: text, ...range });
  expect(written).toMatchObject({ status: 422, body: { errors: [{ code: 'unknown_property' }] } });
});
