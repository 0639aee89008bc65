/** Keys and projects as they are administered: made, listed, revoked, changed. */
import { RequestError } from '../errors.js';
import type { Metadata, Run } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import type { KeyLimits, ProjectSettings } from './access.js';
import { generateKey, generateKeyId, hashKey, type Scope, showKey } from './key.js';

const ADD_KEY = loadStatement('keys-add');
const LIST_KEYS = loadStatement('keys-list');
const REVOKE_KEY = loadStatement('keys-revoke');
const FIND_KEY = loadStatement('keys-find-by-hash');
const ADD_PROJECT = loadStatement('projects-add');
const LIST_PROJECTS = loadStatement('projects-list');
const CHANGE_PROJECT = loadStatement('projects-change');

export interface KeyRecord {
  id: string;
  project: string;
  name: string;
  /** The first characters of the key. */
  prefix: string;
  scopes: Scope[];
  limits: KeyLimits;
  createdAt: Date;
  revokedAt: Date | null;
}

export interface ProjectRecord {
  id: string;
  name: string;
  settings: ProjectSettings;
  createdAt: Date;
  updatedAt: Date;
}

export interface Page {
  limit: number;
  /** The id after which to go on; '' from the start. */
  after: string;
}

export interface NewKey {
  project: string;
  name: string;
  scopes: readonly Scope[];
  /** Absent: none of its own. */
  limits?: KeyLimits;
  /** Absent: generated. */
  key?: string;
}

/**
 * Adds a key; its text is in `key`, this once. `added` is false when this very key existed, and `record` is what it then
 * is: perhaps of another project, perhaps revoked. Throws MetadataError.
 */
export async function addKey(
  run: Run,
  { project, name, scopes, limits = {}, key = generateKey(scopes) }: NewKey,
): Promise<{ key: string; record: KeyRecord; added: boolean }> {
  const hash = Buffer.from(hashKey(key), 'hex');
  const values = [generateKeyId(), project, name, showKey(key), hash, scopes, JSON.stringify(limits)];
  const [added] = await run.query<KeyRecord>(ADD_KEY, values);
  const record = added ?? (await run.query<KeyRecord>(FIND_KEY, [hash]))[0]!;
  return { key, record, added: added !== undefined };
}

/** A project's keys, revoked ones included, by id. Throws MetadataError. */
export const listKeys = (run: Run, project: string, page: Page): Promise<KeyRecord[]> =>
  run.query<KeyRecord>(LIST_KEYS, [project, page.limit, page.after]);

/** Revokes a key; a second time changes nothing. Throws RequestError 404, MetadataError. */
export async function revokeKey(run: Run, project: string, id: string): Promise<KeyRecord> {
  const [record] = await run.query<KeyRecord>(REVOKE_KEY, [id, project]);
  if (!record)
    throw new RequestError(
      404,
      'key_not_found',
      `Project ${project} has no key ${id}; GET /v1/keys lists those it has.`,
    );
  return record;
}

/** Projects by id; only one when `only` is not ''. Throws MetadataError. */
export const listProjects = (run: Run, only: string, page: Page): Promise<ProjectRecord[]> =>
  run.query<ProjectRecord>(LIST_PROJECTS, [only, page.limit, page.after]);

/** Adds a project with its first admin key, shown once. Throws RequestError 409 when the id is taken, MetadataError. */
export async function addProject(
  metadata: Metadata,
  { id, name, settings }: { id: string; name: string; settings: ProjectSettings },
): Promise<{ project: ProjectRecord; key: string }> {
  return metadata.transaction(async (run) => {
    const [project] = await run.query<ProjectRecord>(ADD_PROJECT, [id, name, JSON.stringify(settings)]);
    if (!project) throw new RequestError(409, 'project_exists', `There is a project called ${id} already.`);
    const { key } = await addKey(run, {
      project: id,
      name: 'first admin key',
      scopes: ['write', 'read', 'define', 'admin'],
    });
    return { project, key };
  });
}

/** Changes name and settings; a setting given as null is removed. Throws RequestError 404, MetadataError. */
export async function changeProject(
  run: Run,
  id: string,
  change: { name?: string | undefined; settings?: object | undefined },
): Promise<ProjectRecord> {
  const [project] = await run.query<ProjectRecord>(CHANGE_PROJECT, [
    id,
    change.name ?? null,
    JSON.stringify(change.settings ?? {}),
  ]);
  if (!project)
    throw new RequestError(
      404,
      'project_not_found',
      `There is no project called ${id}; GET /v1/projects lists those there are.`,
    );
  return project;
}
