/** Routes in Postgres, and those in force in this process's memory. */

import type * as v from 'valibot';
import { type Author, createId } from '../definitions/id.js';
import { RequestError } from '../errors.js';
import { createLiveList, type LiveList } from '../metadata/live-list.js';
import type { Metadata, Run } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import type { Redis } from '../redis/client.js';
import { createCopy } from '../redis/copy.js';
import { createSecret } from '../webhook/signature.js';
import { ROUTES_MAX, type Route, type RouteKind, type routeRequest } from './route.js';

const ADD = loadStatement('routes-add');
const LIST = loadStatement('routes-list');
const DELETE = loadStatement('routes-delete');
const CHANNEL = 'weir_routes';
const COPY_KEY = 'weir:routes';
/** Routes of the whole instance; about 500 bytes each. */
const ALL_ROUTES_MAX = 20_000;

export type RouteRequest = v.InferOutput<typeof routeRequest>;

function readTarget(to: RouteRequest['to']): { kind: RouteKind; target: string; secret: string } {
  if ('table' in to) return { kind: 'table', target: to.table, secret: '' };
  if ('stream' in to) return { kind: 'stream', target: to.stream, secret: '' };
  return { kind: 'webhook', target: to.webhook, secret: to.secret ?? createSecret() };
}

/** Adds a route. Throws RequestError 409 when there is one of this name or there are ROUTES_MAX, MetadataError. */
export async function addRoute(run: Run, { project, keyId }: Author, request: RouteRequest): Promise<Route> {
  const { kind, target, secret } = readTarget(request.to);
  const id = createId('rt');
  const name = request.name ?? (kind === 'webhook' ? id : `${kind}_${target}`);
  const events = [...new Set(request.events)];
  const values = [id, project, name, events, kind, target, secret, keyId, ROUTES_MAX];
  const [route] = await run.query<Route>(ADD, values);
  if (route) return route;
  const detail = `There is a route called "${name}" already, or there are ${ROUTES_MAX}: DELETE one first.`;
  throw new RequestError(409, 'route_exists', detail);
}

/** A project's routes by id. Throws MetadataError. */
export const listRoutes = (run: Run, project: string): Promise<Route[]> =>
  run.query<Route>(LIST, [project, ROUTES_MAX]);

/** Deletes a route. Throws RequestError 404, MetadataError. */
export async function deleteRoute(run: Run, project: string, id: string): Promise<Route> {
  const [route] = await run.query<Route>(DELETE, [project, id]);
  if (route) return route;
  throw new RequestError(
    404,
    'route_not_found',
    `The project has no route ${id.slice(0, 100)}; GET /v1/routes lists those it has.`,
  );
}

export interface LiveRoutes extends LiveList {
  /** Every project's routes. */
  all(): readonly Route[];
  /** A project's. */
  of(project: string): readonly Route[];
}

export interface LiveRoutesOptions {
  metadata: Metadata;
  redis: Redis;
  onChange?: (routes: readonly Route[]) => void;
  onError?: (error: Error) => void;
}

/** Loads the routes in the background and keeps them current until closed. */
export function createLiveRoutes({ metadata, redis, onChange, onError }: LiveRoutesOptions): LiveRoutes {
  let routes: readonly Route[] = [];
  let byProject = new Map<string, Route[]>();
  const live = createLiveList({
    metadata,
    channel: CHANNEL,
    copy: createCopy(redis, COPY_KEY),
    onError,
    read: () => metadata.query<Route>(LIST, ['', ALL_ROUTES_MAX]),
    apply(rows) {
      routes = rows;
      byProject = new Map();
      for (const route of rows)
        byProject.set(route.project, [...(byProject.get(route.project) ?? []), route]);
      onChange?.(rows);
    },
  });
  return { ...live, all: () => routes, of: (project) => byProject.get(project) ?? [] };
}
