/** The demo from nothing, on a short history: everything it defines has an answer, and starting it again adds nothing. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { moveRange } from '../../src/dashboard/moving-range.js';
import { DASHBOARDS } from '../../src/demo/defined/boards.js';
import { METRICS } from '../../src/demo/defined/metrics.js';
import { ALERTS, COHORTS, EXPERIMENTS, FUNNELS } from '../../src/demo/defined/questions.js';
import { type CommandResult, runCommand } from '../support/command.js';
import { startWeir, type Weir } from '../support/stack.js';

const DAY_MS = 86_400_000;
/** Long enough for trials to end and be paid, and for buyers to come again. */
const DAYS = 35;
const TIMEOUT_MS = 300_000;

let weir: Weir;
let first: CommandResult;

const runDemo = (...args: string[]): Promise<CommandResult> =>
  runCommand(['demo', '--no-live', ...args], {
    env: { WEIR_DATA: weir.dataFolder, WEIR_URL: weir.url, WEIR_KEY: weir.keys.admin },
  });

async function ask<T>(path: string, body?: object): Promise<T> {
  const response = await fetch(weir.url + path, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${weir.keys.admin}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const answer = await response.json();
  expect([path, response.status, response.ok ? '' : answer]).toEqual([path, response.status, '']);
  return answer as T;
}

interface Listed {
  data: { id: string; name: string }[];
}

const listNamed = async (path: string): Promise<Listed['data']> => (await ask<Listed>(path)).data;

beforeAll(async () => {
  weir = await startWeir();
  first = await runDemo('--days', String(DAYS));
}, TIMEOUT_MS);

afterAll(() => weir.stop());

it('fills a fresh instance and says where to look', () => {
  expect(first.stderr).toBe('');
  expect(first.code).toBe(0);
  expect(first.stdout).toContain(`${weir.url}/dashboards`);
});

it('has an answer for every tile of its dashboards', async () => {
  const boards = await ask<{ data: { name: string; tiles: (typeof DASHBOARDS)[number]['tiles'] }[] }>(
    '/v1/dashboards',
  );
  expect(boards.data.map(({ name }) => name)).toEqual(DASHBOARDS.map(({ name }) => name));
  for (const { title, path, body, last_days } of boards.data.flatMap(({ tiles }) => tiles)) {
    const answer = await ask<Record<string, unknown[]> & { totals?: { value: number | null } }>(
      path,
      moveRange({ ...body }, last_days, Date.now()),
    );
    const found = answer.rows ?? answer.steps ?? answer.periods ?? answer.links;
    expect([title, found!.length > 0]).toEqual([title, true]);
    if (answer.totals) expect([title, answer.totals.value]).not.toEqual([title, null]);
  }
});

it('has people in its funnels, cohorts and experiment, and its metrics and alerts', async () => {
  const range = `from=${new Date(Date.now() - DAYS * DAY_MS).toISOString()}&to=${new Date().toISOString()}`;
  const funnels = await listNamed('/v1/analytics/funnels');
  expect(funnels.map(({ name }) => name)).toEqual(FUNNELS.map(({ name }) => name));
  for (const { id, name } of funnels) {
    const path = `/v1/analytics/funnels/${id}/analysis?${range}`;
    const { steps } = await ask<{ steps: { count: number }[] }>(path);
    expect([name, steps.every(({ count }) => count > 0)]).toEqual([name, true]);
  }
  const cohorts = await listNamed('/v1/analytics/cohorts');
  expect(cohorts.map(({ name }) => name)).toEqual(COHORTS.map(({ name }) => name));
  for (const { id, name } of cohorts) {
    const { size } = await ask<{ size: number }>(`/v1/analytics/cohorts/${id}`);
    expect([name, size > 0]).toEqual([name, true]);
  }
  const experiments = await listNamed('/v1/analytics/experiments/saved');
  expect(experiments.map(({ name }) => name)).toEqual(EXPERIMENTS.map(({ name }) => name));
  const metrics = await listNamed('/v1/analytics/metrics/custom');
  expect(metrics.map(({ name }) => name).sort()).toEqual(Object.keys(METRICS).sort());
  const alerts = (await listNamed('/v1/alerts')).map(({ name }) => name);
  for (const { name } of ALERTS) expect(alerts).toContain(name);
});

it('has rejected events of several reasons, drift, bots and people who signed in', async () => {
  const rejected = await ask<{ data: { code: string }[] }>('/v1/rejected-events?limit=1000');
  const codes = new Set(rejected.data.map(({ code }) => code));
  expect([...codes].sort()).toEqual(['missing_user', 'schema_violation', 'timestamp_out_of_range']);
  const { rows } = await ask<{ rows: [number | string][] }>('/v1/query', {
    sql: "select count() from events where context.bot = true and event = 'page_viewed'",
  });
  expect(Number(rows[0]![0])).toBeGreaterThan(100);
  const { data } = await ask<{ data: { user_id?: string }[] }>('/v1/users?limit=200');
  const known = data.find(({ user_id }) => user_id !== undefined);
  const person = await ask<{ anonymous_ids: string[]; properties: object }>(`/v1/users/${known!.user_id}`);
  expect(person.anonymous_ids.length).toBeGreaterThan(0);
  expect(person.properties).toHaveProperty('plan');
});

it('stores and defines nothing twice when it is started again', { timeout: TIMEOUT_MS }, async () => {
  const books = () =>
    ask<{ accepted: number; stored: number; rejected: number; duplicates: number }>('/v1/integrity');
  const before = await books();
  const again = await runDemo();
  expect([again.code, again.stderr]).toEqual([0, '']);
  const after = await books();
  expect(after.rejected).toBe(before.rejected);
  expect(after.duplicates).toBe(0);
  // Only what happened in between is added.
  const { rows } = await ask<{ rows: [number | string, number | string][] }>('/v1/query', {
    sql: 'select count(), uniqExact(event_id) from events',
  });
  expect(Number(rows[0]![0])).toBe(Number(rows[0]![1]));
  expect(Number(rows[0]![0])).toBe(after.stored);
  expect(after.stored - before.stored).toBeLessThan(100);
  expect((await listNamed('/v1/dashboards')).length).toBe(DASHBOARDS.length);
  expect((await listNamed('/v1/analytics/funnels')).length).toBe(FUNNELS.length);
});
