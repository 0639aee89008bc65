/** POST|GET|DELETE /v1/routes: where events go beside the table of events. */

import { parseRequest } from '../../query/request.js';
import { outboxOf, type Route, routeRequest, stateOf, streamOf, tableOf } from '../../routing/route.js';
import { addRoute, deleteRoute, listRoutes } from '../../routing/store.js';
import { partitionOf } from '../../stream/partition.js';
import type { AppDeps } from '../deps.js';
import { readJson } from '../json-body.js';
import { type App, requireScope } from '../route.js';

/** What became of a route's deliveries; a table's are its rows. */
interface Delivery {
  waiting: number;
  delivered: number;
  dropped: number;
  failures: number;
  error: string | null;
}

function showRoute(route: Route, partition: number) {
  const { id, name, events, kind, target, createdAt } = route;
  const places = {
    table: { table: target, clickhouse_table: tableOf(route) },
    stream: { stream: target, redis_key: streamOf(route, partition) },
    webhook: { webhook: target },
  };
  return { id, name, events, to: places[kind], keep: true, created_at: createdAt.toISOString() };
}

/** Null for a table, and while Redis does not answer. */
async function readDelivery(
  { redis, log }: AppDeps,
  route: Route,
  partition: number,
): Promise<Delivery | null> {
  if (route.kind === 'table') return null;
  const key = route.kind === 'stream' ? streamOf(route, partition) : outboxOf(route, partition);
  const fields = ['delivered', 'dropped', 'failures', 'error'];
  try {
    const [length, values] = await Promise.all([
      redis.command<number>(['XLEN', key]),
      redis.command<(string | null)[]>(['HMGET', stateOf(route, partition), ...fields]),
    ]);
    const [delivered, dropped, failures] = values.map(Number);
    return {
      waiting: length,
      delivered: delivered ?? 0,
      dropped: dropped ?? 0,
      failures: failures ?? 0,
      error: values[3] ?? null,
    };
  } catch (error) {
    log.debug({ err: error }, 'a route could not be looked at');
    return null;
  }
}

export function registerEventRouteRoutes(app: App, deps: AppDeps): void {
  const { metadata, redis } = deps;
  const findPartition = (project: string): number => partitionOf(project, deps.config.stream.partitions);

  app.post('/v1/routes', requireScope('define'), async (c) => {
    const request = parseRequest(routeRequest, await readJson(c));
    const route = await addRoute(metadata, c.var.access, request);
    c.header('Cache-Control', 'no-store');
    const secret = route.kind === 'webhook' ? { secret: route.secret } : {};
    return c.json({ ...showRoute(route, findPartition(route.project)), ...secret }, 201);
  });

  app.get('/v1/routes', requireScope('define'), async (c) => {
    const { project } = c.var.access;
    const partition = findPartition(project);
    const data = await Promise.all(
      (await listRoutes(metadata, project)).map(async (route) => ({
        ...showRoute(route, partition),
        delivery: await readDelivery(deps, route, partition),
      })),
    );
    return c.json({ data, next_cursor: null });
  });

  app.delete('/v1/routes/:id', requireScope('define'), async (c) => {
    const { project } = c.var.access;
    const partition = findPartition(project);
    const route = await deleteRoute(metadata, project, c.req.param('id'));
    // A table and a stream are their readers' and stay; what waits for a webhook has nowhere to go.
    if (route.kind === 'webhook')
      await redis.command(['DEL', outboxOf(route, partition), stateOf(route, partition)]);
    return c.json(showRoute(route, partition));
  });
}
