/** Every question can be explained, and is refused over the limit of its project with the same explanation, before anything is read. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PATHS } from '../../src/http/openapi/document.js';
import { type Front, startFront } from '../support/front.js';
import { runClickHouse } from '../support/stack.js';

const ANALYTICS = '/v1/analytics';
const RANGE = { from: '2024-03-01', to: '2024-04-01' };
const FUNNEL = { steps: [{ event: 'viewed' }, { event: 'bought' }], window: '1d' };
const EXPERIMENT = {
  exposure: { event: 'viewed', variant: 'variant' },
  goals: [{ event: 'bought' }, { funnel: { steps: [{ event: 'bought' }] } }],
};
const CHURN = { event: 'viewed', horizon: '7d', cut: '2024-03-20' };
const LTV = { event: 'bought', value: 'price', ...RANGE, calibration_to: '2024-03-15' };
/** Questions in the body of a POST. */
const POSTED: Readonly<Record<string, object>> = {
  '/trends': { events: [{ event: 'viewed' }], grain: 'day', ...RANGE },
  '/retention': { start: { event: 'viewed' }, return: { event: 'bought' }, ...RANGE },
  '/stickiness': { event: 'viewed', ...RANGE },
  '/lifecycle': { event: 'viewed', grain: 'day', ...RANGE },
  '/paths': RANGE,
  '/revenue': { event: 'bought', value: 'price', ...RANGE },
  '/sessions': RANGE,
  '/predictions/churn': CHURN,
  '/predictions/ltv': LTV,
  '/metrics/calculate': { definition: 'metric "m" { formula = "count(viewed)" }', grain: 'day', ...RANGE },
  '/funnels/analyze': { ...FUNNEL, ...RANGE },
  '/funnels/explain': { ...FUNNEL, ...RANGE, user_id: 'u1' },
  '/funnels/paths': { ...FUNNEL, ...RANGE, step: 1 },
  '/funnels/factors': { ...FUNNEL, ...RANGE, properties: ['variant'] },
  '/funnels/users': { ...FUNNEL, ...RANGE, step: 1, state: 'reached' },
  '/experiments': { ...EXPERIMENT, ...RANGE },
  '/cohorts/preview': { criteria: { did: { event: 'viewed' } } },
};
/** Questions in the URL of a GET about something saved. */
const ASKED: Readonly<Record<string, Record<string, string>>> = {
  '/funnels/{id}/analysis': RANGE,
  '/funnels/{id}/conversion-rate': RANGE,
  '/funnels/{id}/dropoffs': RANGE,
  '/funnels/{id}/users': { ...RANGE, step: '1' },
  '/funnels/{id}/explain': { ...RANGE, user_id: 'u1' },
  '/funnels/{id}/paths': { ...RANGE, step: '1' },
  '/funnels/{id}/factors': { ...RANGE, property: 'variant' },
  '/experiments/saved/{id}/analysis': RANGE,
  '/cohorts/{id}': {},
  '/cohorts/{id}/users': {},
  '/cohorts/{id}/retention': { ...RANGE, start: 'viewed' },
  '/cohorts/{id}/revenue': { ...RANGE, event: 'bought', value: 'price' },
  '/cohorts/{id}/patterns': RANGE,
  '/cohorts/{id}/predictions': {},
};
const COMPARE = '/cohorts/compare';
const METRIC = { definition: 'metric "m" { formula = "count(bought)" }' };

interface Body {
  code?: string;
  detail?: string;
  plan: object;
  sql: string[];
  params: object[];
  estimate: { rows: number };
  limit: { rows: number; memory_bytes: number; seconds: number };
  alternatives: object[];
}

describe.each(['uws', 'node'] as const)('%s', (transport) => {
  let front: Front;
  const ids: Record<string, string> = {};
  let cohorts: string[] = [];
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await front?.stop();
  };

  async function call(method: string, path: string, body?: object): Promise<{ status: number; body: Body }> {
    const response = await fetch(front.url + path, {
      method,
      headers: {
        authorization: `Bearer ${front.keys.admin}`,
        'content-type': 'application/json',
        'cache-control': 'no-cache',
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Body };
  }

  async function save(path: string, body: object): Promise<string> {
    const saved = await call('POST', ANALYTICS + path, body);
    expect(saved.status, JSON.stringify(saved.body)).toBe(201);
    return (saved.body as Body & { id: string }).id;
  }

  /** All questions, each by its route and what makes it another one. */
  const listQuestions = () => [
    ...Object.entries(POSTED).map(([path, body]) => ({ path, body })),
    ...[{ event: 'bought' }, METRIC].map((compared) => ({
      path: COMPARE,
      body: { cohort_ids: cohorts, ...compared, ...RANGE },
    })),
    ...Object.entries(ASKED).map(([path, query]) => ({ path, query })),
  ];

  const ask = (question: ReturnType<typeof listQuestions>[number], explain: boolean) => {
    const query = new URLSearchParams('query' in question ? question.query : {});
    if (explain) query.set('explain', '1');
    const path = question.path.replace('{id}', ids[question.path.split('/')[1]!]!);
    const url = `${ANALYTICS}${path}?${query}`;
    return 'body' in question ? call('POST', url, question.body) : call('GET', url);
  };

  beforeAll(async () => {
    front = await startFront(transport);
    await runClickHouse(
      front.config.clickhouseUrl!,
      `insert into events (project, event, timestamp, event_id, user_id, session_id, received_at, properties)
       select 'default', if(number % 3 = 0, 'bought', 'viewed'), toDateTime64('2024-03-01 00:00:00', 3, 'UTC') + toIntervalMinute(2 * number),
         toString(number), concat('u', toString(number % 500)), 's', now64(3), '{"variant": "control", "price": 2}'
       from numbers(20000)`,
    );
    ids.funnels = await save('/funnels', { name: 'f', ...FUNNEL });
    ids.experiments = await save('/experiments/saved', { name: 'e', ...EXPERIMENT });
    for (const event of ['viewed', 'bought'])
      cohorts.push(await save('/cohorts', { name: event, criteria: { did: { event } } }));
    ids.cohorts = cohorts[0]!;
  });

  afterAll(async () => {
    cohorts = [];
    await stop();
  });

  test('the questions below are all that are described with explain', () => {
    const described = Object.entries(PATHS).flatMap(([path, methods]) =>
      Object.values(methods).some(({ parameters }) => parameters?.some(({ name }) => name === 'explain'))
        ? [path]
        : [],
    );
    const asked = new Set(listQuestions().map(({ path }) => ANALYTICS + path));
    expect([...asked].sort()).toEqual(described.sort());
  });

  test('each is explained: plan, statements, values, estimate and limit, and nothing of an answer', async () => {
    const all: Record<string, object> = {};
    const expected: Record<string, object> = {};
    for (const question of listQuestions()) {
      const { status, body } = await ask(question, true);
      all[question.path] = { status, keys: Object.keys(body).sort(), reads: body.estimate?.rows > 0 };
      expected[question.path] = { status: 200, keys: [...EXPLAINED].sort(), reads: true };
      expect(body.params?.length, question.path).toBe(body.sql?.length);
    }
    expect(all).toEqual(expected);
  });

  /** Routes of the questions that were answered, with the rows their explanations expect them to read. */
  const answered: string[] = [];
  test('each is answered, where there is something to foretell', async () => {
    for (const question of listQuestions()) {
      const { body } = await ask(question, true);
      const { status, body: answer } = await ask(question, false);
      if (answer.code === 'one_outcome') continue;
      expect([question.path, status, answer.code]).toEqual([question.path, 200, undefined]);
      const kind = question.path === '/funnels/{id}/users' ? '/funnels/users' : question.path;
      answered.push(`${ANALYTICS}${kind.replace('{id}', ':id')} ${body.estimate.rows}`);
    }
  });

  test('each is refused over the limit with the same members', async () => {
    const settings = { quotas: { max_rows_to_read: 1 } };
    expect((await call('PATCH', '/v1/projects/default', { settings })).status).toBe(200);
    await expect
      .poll(async () => (await ask({ path: '/trends', body: POSTED['/trends']! }, true)).body.limit.rows, {
        timeout: 120_000,
      })
      .toBe(1);
    for (const question of listQuestions()) {
      const { status, body } = await ask(question, false);
      expect([question.path, status, body.code]).toEqual([question.path, 422, 'query_over_limit']);
      expect(Object.keys(body), question.path).toEqual(expect.arrayContaining(EXPLAINED));
      // It was not begun.
      expect(body.detail, question.path).toMatch(/^This question would read \d+ rows; 1 are allowed\./);
      expect(body.estimate.rows, question.path).toBeGreaterThan(1);
      expect(body.limit, question.path).toMatchObject({ rows: 1 });
    }
  });

  test('what is looked up to plan a question is not held against its limit', async () => {
    const definition = 'metric "m" { formula = "count(never_seen)" }';
    const checked = await call('POST', `${ANALYTICS}/metrics/check`, { definition });
    expect([checked.status, checked.body.code]).toEqual([200, undefined]);
    const seen = await call('GET', `${ANALYTICS}/properties/seen?event=viewed`);
    expect([seen.status, seen.body.code]).toEqual([200, undefined]);
  });

  test('what is kept of the questions that ran, to tell how long they take, is what their explanations expected', async () => {
    await stop();
    const postgres = new pg.Client({ connectionString: front.config.databaseUrl });
    await postgres.connect();
    const { rows } = await postgres.query<{ kind: string; estimated_rows: string }>(
      'select kind, estimated_rows from query_samples',
    );
    await postgres.end();
    expect(rows.map((row) => `${row.kind} ${row.estimated_rows}`).sort()).toEqual(answered.sort());
  });
});

const EXPLAINED = [
  'plan',
  'sql',
  'params',
  'estimate',
  'limit',
  'expected_ms',
  'range_ms',
  'samples',
  'confidence',
  'alternatives',
];
