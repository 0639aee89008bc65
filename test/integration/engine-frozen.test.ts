/** An engine that is there and answers nothing: every question ends with 503 and says so, and is answered again when the engine is. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClickHouse } from '../../src/clickhouse/client.js';
import { migrateClickHouse } from '../../src/clickhouse/migrate.js';
import { composeProblem } from '../../src/http/problem.js';
import { DEFAULT_LIMITS, openQueryContext, type QueryContext } from '../../src/query/context.js';
import type { Printed } from '../../src/query/printed.js';
import { runStatement } from '../../src/query/run.js';
import { answerTrends } from '../../src/query/trends/answer.js';
import { type EngineProcess, startEngineProcess } from '../support/engine.js';
import { type Front, startFront } from '../support/front.js';

const QUESTION = { events: [{ event: 'viewed' }], from: '2024-03-01', to: '2024-04-01', grain: 'all' };
const DETAIL = /^ClickHouse did not answer within \d+ s: it is stopped, or has too much to do\./;

/** Less than a question takes to give up, and enough for a busy machine. */
const SAVED_MS = 40_000;

let engine: EngineProcess;
let front: Front;
let context: QueryContext;

beforeAll(async () => {
  engine = await startEngineProcess();
  const clickhouse = createClickHouse(engine.url);
  await clickhouse.createDatabase();
  await migrateClickHouse(clickhouse);
  front = await startFront('node', { CLICKHOUSE_URL: engine.url });
  context = {
    ...(await openQueryContext({ clickhouse, project: 'default' })),
    limits: { ...DEFAULT_LIMITS, timeoutMs: 1_000 },
  };
});

afterAll(async () => {
  engine?.process.kill('SIGCONT');
  await front?.stop();
  await context?.clickhouse.close();
  engine?.process.kill('SIGKILL');
  await engine?.exited;
  if (engine) rmSync(engine.folder, { recursive: true, force: true });
});

async function whileFrozen<T>(run: () => Promise<T>): Promise<T> {
  engine.process.kill('SIGSTOP');
  try {
    return await run();
  } finally {
    engine.process.kill('SIGCONT');
  }
}

const ask = async () => {
  const response = await fetch(`${front.url}/v1/analytics/trends`, {
    method: 'POST',
    headers: { authorization: `Bearer ${front.keys.read}`, 'cache-control': 'no-cache' },
    body: JSON.stringify(QUESTION),
  });
  const { code, detail } = (await response.json()) as { code?: string; detail?: string };
  return { status: response.status, code, detail, retry: response.headers.get('retry-after') };
};

test('a question that the engine leaves without an answer is 503', async () => {
  const failure = await whileFrozen(() => answerTrends(context, QUESTION).catch((error: unknown) => error));
  const { status, headers, body } = composeProblem(failure, 'r').reply;
  expect([status, JSON.parse(String(body))]).toMatchObject([
    503,
    { code: 'engine_unavailable', detail: expect.stringMatching(DETAIL) },
  ]);
  expect(headers['Retry-After']).toBeDefined();
  expect((await answerTrends(context, QUESTION)).rows).toHaveLength(1);
});

test('a statement that takes longer than allowed on an engine that answers others is refused', async () => {
  const endless = 'select count() from numbers_mt(1000000000000) where sleep(0.001) = 1' as Printed;
  await expect(runStatement(context, { sql: endless, params: {} })).rejects.toMatchObject({
    status: 422,
    code: 'query_over_limit',
  });
});

test('over HTTP too, and its asker is told when to come back', async () => {
  expect(await whileFrozen(ask)).toEqual({
    status: 503,
    code: 'engine_unavailable',
    detail: expect.stringMatching(DETAIL),
    retry: expect.any(String),
  });
  await expect.poll(async () => (await ask()).status).toBe(200);
});

test('a funnel is saved meanwhile, with nothing said of the event types it names', async () => {
  const save = async () => {
    const response = await fetch(`${front.url}/v1/analytics/funnels`, {
      method: 'POST',
      headers: { authorization: `Bearer ${front.keys.admin}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'meanwhile', steps: [{ event: 'a' }, { event: 'b' }], window: '1d' }),
      signal: AbortSignal.timeout(SAVED_MS),
    });
    return { status: response.status, body: await response.json() };
  };
  const { status, body } = await whileFrozen(save);
  expect([status, body]).toMatchObject([201, { name: 'meanwhile' }]);
  expect(body).not.toHaveProperty('warnings');
});
