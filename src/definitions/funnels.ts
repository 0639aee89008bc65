/** Saved funnels in Postgres: what is saved is a definition that src/query/funnel can read, with every version it ever had. */
import * as v from 'valibot';
import { RequestError } from '../errors.js';
import type { Metadata, Run } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import { definitionSchema, readDefinition } from '../query/funnel/definition.js';
import { parseRequest, refuseField } from '../query/request.js';
import { type Author, createId, isId, type Page } from './id.js';

const ADD = loadStatement('funnel-add');
const ADD_VERSION = loadStatement('funnel-add-version');
const ADVANCE = loadStatement('funnel-advance');
const COUNT = loadStatement('funnel-count');
const DELETE = loadStatement('funnel-delete');
const GET = loadStatement('funnel-get');
const LIST = loadStatement('funnel-list');
const VERSIONS = loadStatement('funnel-versions');

/** Funnels of one project. Each is a row and its versions; the number bounds what a list costs in all. */
const FUNNELS_MAX = 1_000;
/** Bytes of a definition's JSON; a page of a list holds up to a thousand of them. */
const DEFINITION_BYTES_MAX = 65_536;
/** Versions shown of one funnel; older ones stay and can be asked for by their number. */
const VERSIONS_SHOWN_MAX = 100;
const NAME_LENGTH_MAX = 200;

/** A definition as it was written; `readDefinition` says what it means. */
export type SavedFunnelDefinition = Readonly<Record<string, unknown>>;

export interface FunnelRecord {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly definition: SavedFunnelDefinition;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface FunnelVersion {
  readonly version: number;
  readonly definition: SavedFunnelDefinition;
  /** Id of the key it was made with. */
  readonly createdBy: string;
  readonly createdAt: Date;
}

export const nameSchema = v.pipe(
  v.string('name is a string.'),
  v.minLength(1, 'name is not empty.'),
  v.maxLength(NAME_LENGTH_MAX, `name has at most ${NAME_LENGTH_MAX} characters.`),
  // Postgres stores no NUL in text.
  v.check((name) => !name.includes('\0'), 'name has no NUL character.'),
);

const newSchema = v.strictObject({ name: nameSchema, ...definitionSchema.entries });
const changeSchema = v.strictObject({ name: v.optional(nameSchema), ...definitionSchema.entries });

interface Written {
  readonly name: string | undefined;
  readonly definition: SavedFunnelDefinition;
}

/** Takes a request apart, after all that can be wrong with its funnel was looked for. @throws RequestError 422 */
function readFunnel(schema: typeof newSchema | typeof changeSchema, input: unknown): Written {
  const { name, ...raw } = parseRequest(schema, input);
  readDefinition(raw);
  const { name: _, ...definition } = input as Record<string, unknown>;
  if (Buffer.byteLength(JSON.stringify(definition)) > DEFINITION_BYTES_MAX)
    throw refuseField('', `A saved funnel has at most ${DEFINITION_BYTES_MAX} bytes of JSON.`);
  return { name, definition };
}

const addVersion = (
  run: Run,
  id: string,
  version: number,
  definition: SavedFunnelDefinition,
  keyId: string,
) => run.query(ADD_VERSION, [id, version, JSON.stringify(definition), keyId]);

/** Saves a funnel: `{name, steps, window, …}`. @throws RequestError 422, MetadataError */
export async function addFunnel(
  metadata: Metadata,
  { project, keyId }: Author,
  input: unknown,
): Promise<FunnelRecord> {
  const { name, definition } = readFunnel(newSchema, input);
  const id = createId('fn');
  return metadata.transaction(async (run) => {
    const [count] = await run.query<{ funnels: number }>(COUNT, [project]);
    if (count!.funnels >= FUNNELS_MAX)
      throw new RequestError(
        422,
        'too_many_funnels',
        `This project has ${FUNNELS_MAX} funnels, which is the most: delete some that are not used.`,
      );
    await run.query(ADD, [id, project, name]);
    await addVersion(run, id, 1, definition, keyId);
    return getFunnel(run, project, id);
  });
}

/** Gives a funnel a new definition, and a new name when there is one. @throws RequestError 404, 422, MetadataError */
export async function replaceFunnel(
  metadata: Metadata,
  { project, keyId }: Author,
  id: string,
  input: unknown,
): Promise<FunnelRecord> {
  if (!isId(id)) throw refuseUnknown();
  const { name, definition } = readFunnel(changeSchema, input);
  return metadata.transaction(async (run) => {
    const [moved] = await run.query<{ version: number }>(ADVANCE, [project, id, name ?? null]);
    if (!moved) throw refuseUnknown();
    await addVersion(run, id, moved.version, definition, keyId);
    return getFunnel(run, project, id);
  });
}

/** A funnel in its current version, or in `version`. @throws RequestError 404, MetadataError */
export async function getFunnel(
  run: Run,
  project: string,
  id: string,
  version?: number,
): Promise<FunnelRecord> {
  if (!isId(id)) throw refuseUnknown();
  const [record] = await run.query<FunnelRecord>(GET, [project, id, version ?? null]);
  if (record) return record;
  throw refuseUnknown();
}

/** The latest versions of a funnel, newest first. @throws MetadataError */
export const listFunnelVersions = (run: Run, id: string): Promise<FunnelVersion[]> =>
  run.query<FunnelVersion>(VERSIONS, [id, VERSIONS_SHOWN_MAX]);

/** A page of a project's funnels in the order they were made. @throws MetadataError */
export const listFunnels = (run: Run, project: string, { limit, after }: Page): Promise<FunnelRecord[]> =>
  run.query<FunnelRecord>(LIST, [project, limit, after]);

/** Deletes a funnel and returns what it was. @throws RequestError 404, MetadataError */
export async function deleteFunnel(run: Run, project: string, id: string): Promise<FunnelRecord> {
  const record = await getFunnel(run, project, id);
  const deleted = await run.query(DELETE, [project, id]);
  if (deleted.length === 0) throw refuseUnknown();
  return record;
}

const refuseUnknown = (): RequestError =>
  new RequestError(
    404,
    'funnel_not_found',
    'This project has no such funnel, or no such version of it; GET /v1/analytics/funnels lists those it has.',
  );
