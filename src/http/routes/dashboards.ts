/** Dashboards: made, listed, shown, changed, deleted, and shared by a read-only link. */
import type { Access } from '../../access/access.js';
import { movePath, moveRange } from '../../dashboard/moving-range.js';
import {
  addDashboard,
  changeDashboard,
  type DashboardRecord,
  type DashboardTile,
  deleteDashboard,
  findShared,
  getDashboard,
  listDashboards,
  type SharedDashboard,
  shareDashboard,
  unshareDashboard,
} from '../../definitions/dashboards.js';
import { RequestError } from '../../errors.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { readJson } from '../json-body.js';
import { composePage, readPage } from '../page.js';
import { type App, requireScope } from '../route.js';

const PATH = '/v1/dashboards';
/** How old an answer behind a link may be. */
export const SHARED_STALE_S = 900;

const showDashboard = ({ id, name, tiles, shared, createdAt, updatedAt }: DashboardRecord) => ({
  id,
  name,
  tiles,
  shared,
  created_at: createdAt.toISOString(),
  updated_at: updatedAt.toISOString(),
});

export function registerDashboardsRoutes(app: App, { metadata }: AppDeps): void {
  app.post(PATH, requireScope('define'), async (c) => {
    const { project, keyId } = c.var.access;
    return c.json(showDashboard(await addDashboard(metadata, { project, keyId }, await readJson(c))), 201);
  });

  app.get(PATH, requireScope('read'), async (c) => {
    const { limit, after } = readPage(c);
    const rows = await listDashboards(metadata, c.var.access.project, { limit: limit + 1, after });
    return c.json(composePage(c, rows, limit, showDashboard));
  });

  app.get(`${PATH}/:id`, requireScope('read'), async (c) =>
    c.json(showDashboard(await getDashboard(metadata, c.var.access.project, c.req.param('id')))),
  );

  app.put(`${PATH}/:id`, requireScope('define'), async (c) => {
    const { project } = c.var.access;
    return c.json(
      showDashboard(await changeDashboard(metadata, project, c.req.param('id'), await readJson(c))),
    );
  });

  app.delete(`${PATH}/:id`, requireScope('define'), async (c) =>
    c.json(showDashboard(await deleteDashboard(metadata, c.var.access.project, c.req.param('id')))),
  );

  app.post(`${PATH}/:id/share`, requireScope('define'), async (c) => {
    const token = await shareDashboard(metadata, c.var.access.project, c.req.param('id'));
    return c.json({ token, path: `/shared/${token}` }, 201);
  });

  app.delete(`${PATH}/:id/share`, requireScope('define'), async (c) => {
    await unshareDashboard(metadata, c.var.access.project, c.req.param('id'));
    return c.body(null, 204);
  });
}

/** What a link may do: ask the questions of its dashboard. Its requests are counted together. */
export const grantAccess = ({ id, project, settings }: SharedDashboard): Access => ({
  project,
  keyId: `shared:${id}`,
  scopes: new Set(['read']),
  limits: {},
  settings,
});

function findTile(shared: SharedDashboard, index: string): DashboardTile {
  const tile = /^\d{1,3}$/.test(index) ? shared.tiles[Number(index)] : undefined;
  if (tile) return tile;
  throw new RequestError(404, 'tile_not_found', `This dashboard has ${shared.tiles.length} tiles.`);
}

/** A tile's question as a request; its headers tell how old an answer may be. */
export function composeTileRequest(
  tile: DashboardTile,
  base: string,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): Request {
  const { body, last_days: days } = tile;
  const asked = body === undefined || days === undefined ? body : moveRange(body, days, Date.now());
  const path = body === undefined && days !== undefined ? movePath(tile.path, days, Date.now()) : tile.path;
  return new Request(new URL(path, base), {
    signal,
    headers: { ...headers, 'content-type': 'application/json' },
    ...(asked !== undefined && { method: 'POST', body: JSON.stringify(asked) }),
  });
}

/**
 * Asks a tile's question as the link: through the same route as everybody, with the link's access instead of a key's. Behind a link
 * are many readers and nobody who waits for the newest event: an answer since the last refresh will do.
 */
async function askTile(
  app: App,
  c: AppContext,
  shared: SharedDashboard,
  tile: DashboardTile,
): Promise<Response> {
  const headers = { 'cache-control': `max-stale=${SHARED_STALE_S}` };
  const request = composeTileRequest(tile, c.req.url, c.req.raw.signal, headers);
  return app.request(request, undefined, { ...c.env, granted: grantAccess(shared) });
}

/** The routes of links; they come before the check for a key. */
export function registerSharedRoutes(app: App, { metadata }: AppDeps): void {
  app.get('/v1/shared/:token', async (c) => {
    const { name, tiles } = await findShared(metadata, c.req.param('token'));
    return c.json({ name, tiles });
  });
  app.get('/v1/shared/:token/tiles/:index', async (c) => {
    const shared = await findShared(metadata, c.req.param('token'));
    return askTile(app, c, shared, findTile(shared, c.req.param('index')));
  });
}
