/** Dashboards over HTTP: saved, changed, deleted, and opened by a link that can do nothing else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Front, startFront } from '../support/front.js';

let front: Front;

beforeAll(async () => {
  front = await startFront('node');
});

afterAll(() => front.stop());

interface Asked {
  method?: string;
  body?: unknown;
  key?: string | null;
}

async function ask(path: string, { method, body, key = front.keys.admin }: Asked = {}) {
  const response = await fetch(front.url + path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      'content-type': 'application/json',
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

const TREND = {
  title: 'Orders',
  view: 'trend',
  path: '/v1/analytics/trends',
  body: { events: [{ event: 'order_placed' }], from: '2026-01-01', to: '2026-01-03', grain: 'day' },
  width: 6,
};
const SEEN = { title: 'Types', view: 'table', path: '/v1/analytics/events/seen' };

const makeBoard = async (): Promise<string> =>
  (await ask('/v1/dashboards', { body: { name: 'Shop', tiles: [TREND, SEEN] } })).body.id;

it('is saved, listed, changed and deleted', async () => {
  const made = await ask('/v1/dashboards', { body: { name: 'Shop', tiles: [TREND] } });
  expect(made).toMatchObject({ status: 201, body: { name: 'Shop', tiles: [TREND], shared: false } });
  const { id } = made.body;
  expect((await ask('/v1/dashboards')).body.data.map((one: { id: string }) => one.id)).toContain(id);
  const changed = await ask(`/v1/dashboards/${id}`, { method: 'PUT', body: { name: 'Shop 2', tiles: [] } });
  expect(changed).toMatchObject({ status: 200, body: { name: 'Shop 2', tiles: [] } });
  expect((await ask(`/v1/dashboards/${id}`, { method: 'DELETE' })).status).toBe(200);
  expect(await ask(`/v1/dashboards/${id}`)).toMatchObject({
    status: 404,
    body: { code: 'dashboard_not_found' },
  });
});

it('refuses tiles that are not questions, too many of them, and keys that may only read', async () => {
  const refuse = async (tile: object) =>
    (await ask('/v1/dashboards', { body: { name: 'x', tiles: [tile] } })).body;
  for (const path of ['/v1/keys', '/v1/analytics/../keys?x', 'https://example.com/v1/analytics/trends'])
    expect(await refuse({ ...TREND, path })).toMatchObject({
      status: 422,
      errors: [{ path: 'tiles[0].path' }],
    });
  const tiles = Array.from({ length: 49 }, () => SEEN);
  expect((await ask('/v1/dashboards', { body: { name: 'x', tiles } })).status).toBe(422);
  const read = await ask('/v1/dashboards', { body: { name: 'x' }, key: front.keys.read });
  expect(read).toMatchObject({ status: 403, body: { code: 'missing_scope' } });
});

describe('a link', () => {
  it('opens the dashboard and its answers without a key, and nothing else', async () => {
    const id = await makeBoard();
    const { token, path } = (await ask(`/v1/dashboards/${id}/share`, { method: 'POST' })).body;
    expect(path).toBe(`/shared/${token}`);
    const link = `/v1/shared/${token}`;
    expect(await ask(link, { key: null })).toEqual({
      status: 200,
      body: { name: 'Shop', tiles: [TREND, SEEN] },
    });
    const trend = await ask(`${link}/tiles/0`, { key: null });
    expect(trend).toMatchObject({ status: 200, body: { columns: ['time', 'event', 'value', 'complete'] } });
    expect(await ask(`${link}/tiles/1`, { key: null })).toMatchObject({ status: 200, body: { data: [] } });
    expect((await ask(`${link}/tiles/2`, { key: null })).body.code).toBe('tile_not_found');
    expect((await ask('/v1/analytics/events/seen', { key: token })).status).toBe(401);
  });

  it('moves the range of a tile along with the days', async () => {
    const { id } = (await ask('/v1/dashboards', { body: { name: 'x', tiles: [{ ...TREND, last_days: 3 }] } }))
      .body;
    const { token } = (await ask(`/v1/dashboards/${id}/share`, { method: 'POST' })).body;
    const before = new Date().toISOString().slice(0, 10);
    const { body } = await ask(`/v1/shared/${token}/tiles/0`, { key: null });
    const after = new Date().toISOString().slice(0, 10);
    const days = body.rows.map(([time]: [string]) => time.slice(0, 10));
    expect(days).toHaveLength(3);
    expect([before, after]).toContain(days.at(-1));
  });

  it('opens nothing once it is taken away or made anew', async () => {
    const id = await makeBoard();
    const first = (await ask(`/v1/dashboards/${id}/share`, { method: 'POST' })).body.token;
    const second = (await ask(`/v1/dashboards/${id}/share`, { method: 'POST' })).body.token;
    expect((await ask(`/v1/shared/${first}`, { key: null })).body.code).toBe('link_not_found');
    expect((await ask(`/v1/shared/${second}`, { key: null })).status).toBe(200);
    expect((await ask(`/v1/dashboards/${id}/share`, { method: 'DELETE' })).status).toBe(204);
    expect((await ask(`/v1/shared/${second}/tiles/0`, { key: null })).body.code).toBe('link_not_found');
  });

  it('cannot define or administer, even when a tile asks for it', async () => {
    const tile = { title: 'x', view: 'table', path: '/v1/analytics/event-types', body: { name: 'made_up' } };
    const { id } = (await ask('/v1/dashboards', { body: { name: 'x', tiles: [tile] } })).body;
    const { token } = (await ask(`/v1/dashboards/${id}/share`, { method: 'POST' })).body;
    expect(await ask(`/v1/shared/${token}/tiles/0`, { key: null })).toMatchObject({
      status: 403,
      body: { code: 'missing_scope' },
    });
  });
});
