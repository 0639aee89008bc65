/**
 * Dashboards in Postgres: tiles of questions, and the read-only links they are shared by. Of a link's token only the hash is
 * kept, as of a key.
 */
import { hash, randomBytes } from 'node:crypto';
import * as v from 'valibot';
import type { ProjectSettings } from '../access/access.js';
import { RequestError } from '../errors.js';
import type { Metadata, Run } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import { parseRequest, refuseField } from '../query/request.js';
import { nameSchema } from './funnels.js';
import { type Author, createId, isId, type Page } from './id.js';

const ADD = loadStatement('dashboard-add');
const CHANGE = loadStatement('dashboard-change');
const COUNT = loadStatement('dashboard-count');
const DELETE = loadStatement('dashboard-delete');
const GET = loadStatement('dashboard-get');
const LINKS = loadStatement('dashboard-links');
const LIST = loadStatement('dashboard-list');
const SHARE = loadStatement('dashboard-share');
const SHARED = loadStatement('dashboard-shared');

/** Dashboards of one project. */
const DASHBOARDS_MAX = 1_000;
/** Each tile is a question asked when the dashboard is opened. */
const TILES_MAX = 48;
const TILES_BYTES_MAX = 131_072;
const TITLE_LENGTH_MAX = 200;
const PATH_LENGTH_MAX = 2_000;
/** A tile takes up to twelve columns and so many rows. */
const COLUMNS = 12;
const ROWS_MAX = 20;
const DAYS_MAX = 3_660;
const TOKEN_BYTES = 24;

export interface DashboardTile {
  readonly title: string;
  /** How the page draws the answer. */
  readonly view: string;
  /** The route that is asked, with its query. */
  readonly path: string;
  /** The body of a POST; a tile without one is a GET. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** The range of the question moves: always the last so many days. */
  readonly last_days?: number;
  readonly width?: number;
  readonly height?: number;
}

export interface DashboardRecord {
  readonly id: string;
  readonly name: string;
  readonly tiles: readonly DashboardTile[];
  readonly shared: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A dashboard as it is behind its link. */
export interface SharedDashboard {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly tiles: readonly DashboardTile[];
  readonly settings: ProjectSettings;
}

const size = (max: number) => v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max)));

const schema = v.strictObject({
  name: nameSchema,
  tiles: v.optional(
    v.pipe(
      v.array(
        v.strictObject({
          title: v.pipe(v.string(), v.maxLength(TITLE_LENGTH_MAX)),
          view: v.pipe(v.string(), v.regex(/^[a-z]{1,20}$/, 'view names how the answer is drawn.')),
          path: v.pipe(
            v.string(),
            v.maxLength(PATH_LENGTH_MAX),
            // A shared dashboard asks these with nobody's key, so nothing but questions may be among them.
            v.regex(
              /^\/v1\/analytics(?:\/[\w-]+)+(?:\?[\w=&%.:+-]*)?$/,
              'path is a question below /v1/analytics/.',
            ),
          ),
          body: v.optional(v.record(v.string(), v.unknown())),
          last_days: size(DAYS_MAX),
          width: size(COLUMNS),
          height: size(ROWS_MAX),
        }),
      ),
      v.maxLength(TILES_MAX, `A dashboard has at most ${TILES_MAX} tiles.`),
    ),
    [],
  ),
});

function readDashboard(input: unknown): { name: string; tiles: string } {
  const { name, tiles } = parseRequest(schema, input);
  const json = JSON.stringify(tiles);
  if (Buffer.byteLength(json) <= TILES_BYTES_MAX) return { name, tiles: json };
  throw refuseField('tiles', `The tiles of a dashboard have at most ${TILES_BYTES_MAX} bytes of JSON.`);
}

/** Saves a dashboard: `{name, tiles}`. @throws RequestError 422, MetadataError */
export async function addDashboard(
  metadata: Metadata,
  { project, keyId }: Author,
  input: unknown,
): Promise<DashboardRecord> {
  const { name, tiles } = readDashboard(input);
  return metadata.transaction(async (run) => {
    const [count] = await run.query<{ dashboards: number }>(COUNT, [project]);
    if (count!.dashboards >= DASHBOARDS_MAX)
      throw new RequestError(
        422,
        'too_many_dashboards',
        `This project has ${DASHBOARDS_MAX} dashboards, which is the most: delete some that are not used.`,
      );
    const id = createId('db');
    await run.query(ADD, [id, project, name, tiles, keyId]);
    return getDashboard(run, project, id);
  });
}

/** @throws RequestError 404, MetadataError */
export async function getDashboard(run: Run, project: string, id: string): Promise<DashboardRecord> {
  const [record] = isId(id) ? await run.query<DashboardRecord>(GET, [project, id]) : [];
  if (record) return record;
  throw refuseUnknown();
}

/** A page of a project's dashboards in the order they were made. @throws MetadataError */
export const listDashboards = (
  run: Run,
  project: string,
  { limit, after }: Page,
): Promise<DashboardRecord[]> => run.query<DashboardRecord>(LIST, [project, limit, after]);

/** Replaces the name and the tiles. @throws RequestError 404, 422, MetadataError */
export async function changeDashboard(
  run: Run,
  project: string,
  id: string,
  input: unknown,
): Promise<DashboardRecord> {
  const { name, tiles } = readDashboard(input);
  const changed = isId(id) ? await run.query(CHANGE, [project, id, name, tiles]) : [];
  if (changed.length === 0) throw refuseUnknown();
  return getDashboard(run, project, id);
}

/** Deletes a dashboard and returns what it was. @throws RequestError 404, MetadataError */
export async function deleteDashboard(run: Run, project: string, id: string): Promise<DashboardRecord> {
  const record = await getDashboard(run, project, id);
  await run.query(DELETE, [project, id]);
  return record;
}

const hashToken = (token: string): string => hash('sha256', token, 'hex');

/** Makes the read-only link of a dashboard; a link it had before opens nothing any more. @throws RequestError 404, MetadataError */
export async function shareDashboard(run: Run, project: string, id: string): Promise<string> {
  await getDashboard(run, project, id);
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  await run.query(SHARE, [project, id, hashToken(token)]);
  return token;
}

/** Takes the link away. @throws RequestError 404, MetadataError */
export async function unshareDashboard(run: Run, project: string, id: string): Promise<void> {
  await getDashboard(run, project, id);
  await run.query(SHARE, [project, id, null]);
}

/** The dashboard a link opens. @throws RequestError 404, MetadataError */
export async function findShared(run: Run, token: string): Promise<SharedDashboard> {
  const [shared] = await run.query<SharedDashboard>(SHARED, [hashToken(token)]);
  if (shared) return shared;
  throw new RequestError(
    404,
    'link_not_found',
    'This link opens nothing: the dashboard is no longer shared, or was given a new link.',
  );
}

/** Dashboards that have a link, those that changed last first. @throws MetadataError */
export const listShared = (run: Run, limit: number): Promise<SharedDashboard[]> =>
  run.query<SharedDashboard>(LINKS, [limit]);

const refuseUnknown = (): RequestError =>
  new RequestError(
    404,
    'dashboard_not_found',
    'This project has no such dashboard; GET /v1/dashboards lists those it has.',
  );
