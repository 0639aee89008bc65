/**
 * Event types in Postgres. A change is optimistic: it is thought through on what was read (comparing two schemas can take
 * half a second) and written only if nobody changed the type meanwhile; otherwise it begins again.
 */
import { randomBytes } from 'node:crypto';
import { RequestError } from '../errors.js';
import type { JsonObject } from '../event/json.js';
import type { Metadata, Run } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import type { EventTypeDefinition } from '../registry/event-type.js';
import type { RegistrySnapshot } from '../registry/rule-set.js';
import type { ValidationMode } from '../registry/rules.js';
import type { ValidatorDefinition } from '../registry/validator.js';

const SNAPSHOT = loadStatement('event-types-snapshot');
const ADD = loadStatement('event-types-add');
const ADD_VERSION = loadStatement('event-types-add-version');
const MOVE = loadStatement('event-types-move');
const GET = loadStatement('event-types-get');
const LIST = loadStatement('event-types-list');
const VERSIONS = loadStatement('event-types-versions');
const SIZE = loadStatement('event-types-size');

/** Active event types of one project. All of them are in the memory of every front and every worker thread. */
const EVENT_TYPES_MAX = 1_000;
/** Bytes of their schemas together. */
const SCHEMA_BYTES_TOTAL_MAX = 8 * 1024 * 1024;
/** Versions that are shown of one type; older ones stay stored. */
const VERSIONS_SHOWN_MAX = 100;
/** Times a change begins again because somebody else was quicker. */
const ATTEMPTS_MAX = 5;

/** A version's content, as it is stored. */
export interface EventTypeContent {
  category: string;
  description: string;
  mode: ValidationMode;
  schema: JsonObject;
  validators: ValidatorDefinition[];
}

/** An event type in its current version. */
export interface EventTypeRecord extends EventTypeContent {
  id: string;
  name: string;
  version: number;
  active: boolean;
  createdAt: Date;
  updatedAt: Date;
}

export interface EventTypeVersion extends EventTypeContent {
  version: number;
  forced: boolean;
  /** Id of the key it was made with. */
  createdBy: string;
  createdAt: Date;
}

/** Who changes what. */
export interface Author {
  project: string;
  keyId: string;
}

/** The definition a record or version stands for. */
export const toDefinition = (name: string, content: EventTypeContent): EventTypeDefinition => ({
  name,
  category: content.category,
  description: content.description,
  schema: content.schema,
  validators: content.validators,
  mode: content.mode,
});

/** All that judges events, at one revision. Throws MetadataError. */
export async function readSnapshot(run: Run): Promise<RegistrySnapshot> {
  const [row] = await run.query<RegistrySnapshot>(SNAPSHOT);
  return row!;
}

/** An event type, active or not. Throws RequestError 404, MetadataError. */
export async function getEventType(run: Run, project: string, name: string): Promise<EventTypeRecord> {
  const record = await findEventType(run, project, name);
  if (record === undefined) throw refuseUnknown(name);
  return record;
}

export async function findEventType(
  run: Run,
  project: string,
  name: string,
): Promise<EventTypeRecord | undefined> {
  return (await run.query<EventTypeRecord>(GET, [project, name]))[0];
}

const refuseUnknown = (name: string): RequestError =>
  new RequestError(
    404,
    'event_type_not_found',
    `This project has no event type "${name}"; GET /v1/analytics/event-types lists those it has.`,
  );

/** Event types by name, after a name. Throws MetadataError. */
export const listEventTypes = (
  run: Run,
  project: string,
  page: { limit: number; after: string; category: string; inactive: boolean },
): Promise<EventTypeRecord[]> =>
  run.query<EventTypeRecord>(LIST, [project, page.limit, page.after, page.category, page.inactive]);

/** The latest VERSIONS_SHOWN_MAX versions of a type, newest first. Throws MetadataError. */
export const listVersions = (run: Run, id: string): Promise<EventTypeVersion[]> =>
  run.query<EventTypeVersion>(VERSIONS, [id, VERSIONS_SHOWN_MAX]);

async function addVersion(
  run: Run,
  id: string,
  version: number,
  definition: EventTypeDefinition,
  forced: boolean,
  keyId: string,
): Promise<void> {
  await run.query(ADD_VERSION, [
    id,
    version,
    definition.category ?? '',
    definition.description ?? '',
    definition.mode,
    JSON.stringify(definition.schema),
    JSON.stringify(definition.validators ?? []),
    forced,
    keyId,
  ]);
}

/**
 * Registers an event type; one that was switched off comes back as a new version. Undefined when there is an active one of
 * this name. Throws RequestError 422 when the project has too many, MetadataError.
 */
export const addEventType = (
  metadata: Metadata,
  author: Author,
  definition: EventTypeDefinition,
): Promise<EventTypeRecord | undefined> =>
  metadata.transaction((run) => insertEventType(run, author, definition));

/** Registers several at once, all or none: one revision. Those the project has already are undefined. Throws the same. */
export const addEventTypes = (
  metadata: Metadata,
  author: Author,
  definitions: readonly EventTypeDefinition[],
): Promise<(EventTypeRecord | undefined)[]> =>
  metadata.transaction(async (run) => {
    const records: (EventTypeRecord | undefined)[] = [];
    for (const definition of definitions) records.push(await insertEventType(run, author, definition));
    return records;
  });

async function insertEventType(
  run: Run,
  { project, keyId }: Author,
  definition: EventTypeDefinition,
): Promise<EventTypeRecord | undefined> {
  const { name } = definition;
  const before = await findEventType(run, project, name);
  if (before?.active) return undefined;
  await requireRoom(run, project, { types: 1, bytes: sizeOf(definition) });
  if (before !== undefined) {
    const version = before.version + 1;
    const moved = await run.query(MOVE, [before.id, before.version, false, version, true]);
    if (moved.length === 0) return undefined;
    await addVersion(run, before.id, version, definition, false, keyId);
  } else {
    const id = `et_${randomBytes(9).toString('hex')}`;
    const [added] = await run.query<{ id: string }>(ADD, [id, project, name]);
    if (added === undefined) return undefined;
    await addVersion(run, id, 1, definition, false, keyId);
  }
  return getEventType(run, project, name);
}

/** What a project's registry would grow by. */
interface Growth {
  types: 0 | 1;
  bytes: number;
}

const sizeOf = ({ schema }: Pick<EventTypeContent, 'schema'>): number =>
  Buffer.byteLength(JSON.stringify(schema));

/** Throws RequestError 422 when the project's registry would be too large. */
async function requireRoom(run: Run, project: string, growth: Growth): Promise<void> {
  const [size] = await run.query<{ types: number; bytes: number }>(SIZE, [project]);
  const { types, bytes } = size!;
  if (growth.types > 0 && types >= EVENT_TYPES_MAX) {
    const message = `This project has ${types} active event types, which is the most: delete some that are not used.`;
    throw new RequestError(422, 'too_many_event_types', message);
  }
  if (growth.bytes > 0 && bytes + growth.bytes > SCHEMA_BYTES_TOTAL_MAX) {
    const message = `The schemas of this project would come to more than ${SCHEMA_BYTES_TOTAL_MAX} bytes.`;
    throw new RequestError(422, 'schemas_too_large', message);
  }
}

/** What a change wants: a new version (perhaps forced), or none because nothing would be different. */
export type Change = { definition: EventTypeDefinition; forced: boolean } | undefined;

/**
 * Gives an active event type a new version. `decide` sees the current one and may throw; it may be called again when
 * somebody else was quicker. Throws RequestError 404 and 409, what `decide` throws, MetadataError.
 */
export async function changeEventType(
  metadata: Metadata,
  { project, keyId }: Author,
  name: string,
  decide: (current: EventTypeRecord) => Promise<Change> | Change,
): Promise<{ record: EventTypeRecord; changed: boolean }> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const current = await getEventType(metadata, project, name);
    if (!current.active) throw refuseInactive(name);
    const change = await decide(current);
    if (change === undefined) return { record: current, changed: false };
    const version = current.version + 1;
    const record = await metadata.transaction(async (run) => {
      const moved = await run.query(MOVE, [current.id, current.version, true, version, true]);
      if (moved.length === 0) return undefined;
      await requireRoom(run, project, { types: 0, bytes: sizeOf(change.definition) - sizeOf(current) });
      await addVersion(run, current.id, version, change.definition, change.forced, keyId);
      return getEventType(run, project, name);
    });
    if (record !== undefined) return { record, changed: true };
  }
  const message = `"${name}" is being changed by somebody else at this moment: look at it again, then repeat.`;
  throw new RequestError(409, 'event_type_changed', message);
}

const refuseInactive = (name: string): RequestError =>
  new RequestError(
    409,
    'event_type_inactive',
    `"${name}" was switched off: register it again with POST, which makes a new version of it.`,
  );

/** Switches an event type off: its events are judged as those of an unregistered one. A second time changes nothing. */
export async function deactivateEventType(
  metadata: Metadata,
  project: string,
  name: string,
): Promise<EventTypeRecord> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const { id, version, active } = await getEventType(metadata, project, name);
    if (active) await metadata.query(MOVE, [id, version, true, version, false]);
    const record = await getEventType(metadata, project, name);
    if (!record.active) return record;
  }
  throw new RequestError(409, 'event_type_changed', `"${name}" is being changed by somebody else.`);
}
