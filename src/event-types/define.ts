/** What may be asked of the registry, in the words of a request: register, change, load a pack. Errors are for the asker. */
import { readFileSync } from 'node:fs';
import { RequestError, type RequestProblem } from '../errors.js';
import type { JsonObject, JsonValue } from '../event/json.js';
import type { Metadata } from '../metadata/metadata.js';
import { fromRoot } from '../paths.js';
import { findBreakingChanges, type Reason } from '../registry/compat/breaking-changes.js';
import { compileEventType, type EventTypeDefinition, readDefinition } from '../registry/event-type.js';
import { PACK_NAMES, type Pack, readPack } from '../registry/pack.js';
import { VALIDATION_MODES, type ValidationMode } from '../registry/rules.js';
import type { DefinitionProblem } from '../registry/schema/inspect.js';
import { readPointer } from '../registry/schema/pointer.js';
import type { KnownPlugins } from '../registry/validator.js';
import {
  type Author,
  addEventType,
  addEventTypes,
  changeEventType,
  type EventTypeRecord,
  toDefinition,
} from './store.js';
import type { Usage } from './usage.js';

/** A problem of a definition: its place dotted, as in every answer, and as a JSON pointer, which no property name can garble. */
interface DefinitionRequestProblem extends RequestProblem {
  pointer: string;
}

function refuseDefinition(problems: readonly DefinitionProblem[]): RequestError {
  const errors: DefinitionRequestProblem[] = problems.map(({ path, code, message }) => ({
    path: (readPointer(path) ?? []).join('.'),
    pointer: path,
    code,
    message,
  }));
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const detail = `The event type cannot be taken: ${first?.pointer || 'the body'}: ${first?.message}${more}.`;
  return new RequestError(422, 'invalid_event_type', detail, errors);
}

/** The validator plugins that workers have loaded, by name. Throws StreamError. */
export type ListPlugins = () => Promise<KnownPlugins>;

/** Reads and compiles a definition. Throws RequestError 422 with the place of each problem. */
async function requireDefinition(input: unknown, listPlugins: ListPlugins): Promise<EventTypeDefinition> {
  const read = readDefinition(input as JsonValue);
  if ('problems' in read) throw refuseDefinition(read.problems);
  const { validators = [] } = read.definition;
  const plugins = validators.some(({ check }) => check === 'plugin') ? await listPlugins() : undefined;
  const compiled = compileEventType(read.definition, { plugins });
  if ('errors' in compiled) throw refuseDefinition(compiled.errors);
  return read.definition;
}

/** Registers a new event type. Throws RequestError 422, 409 when there is one of this name, MetadataError. */
export async function registerEventType(
  metadata: Metadata,
  author: Author,
  input: unknown,
  listPlugins: ListPlugins,
): Promise<EventTypeRecord> {
  const definition = await requireDefinition(input, listPlugins);
  const record = await addEventType(metadata, author, definition);
  if (record !== undefined) return record;
  const { name } = definition;
  const detail = `There is an event type "${name}" already: PUT /v1/analytics/event-types/${encodeURIComponent(name)} makes a new version of it.`;
  throw new RequestError(409, 'event_type_exists', detail);
}

export interface Replacement {
  record: EventTypeRecord;
  changed: boolean;
  /** Why the new version may refuse what the old one took; empty unless it was forced. */
  reasons: Reason[];
}

/**
 * Gives an event type a new version. What the request leaves out (category, description, validators, mode, even the schema)
 * stays as it is; a change that changes nothing makes no version. Throws RequestError 409 `breaking_change` with the reasons
 * and what uses the type, 404, 422, MetadataError.
 */
export async function replaceEventType(
  metadata: Metadata,
  author: Author,
  name: string,
  input: unknown,
  options: {
    force: boolean;
    findUsage: (reasons: readonly Reason[]) => Promise<Usage>;
    listPlugins: ListPlugins;
  },
): Promise<Replacement> {
  const given = requireObject(input);
  if (given.name !== undefined && given.name !== name) {
    const message = `an event type keeps its name: this one is "${name}"`;
    throw refuseDefinition([{ path: '/name', code: 'invalid_definition', message }]);
  }
  let reasons: Reason[] = [];
  const { record, changed } = await changeEventType(metadata, author, name, async (current) => {
    const before = toDefinition(name, current);
    const definition = await requireDefinition(
      { ...JSON.parse(JSON.stringify(before)), ...given },
      options.listPlugins,
    );
    reasons = [];
    if (isSame(before, definition)) return undefined;
    const found = findBreakingChanges(before, definition);
    if (found.length > 0 && !options.force) {
      throw refuseBreak(name, found, await options.findUsage(found));
    }
    reasons = found;
    return { definition, forced: found.length > 0 };
  });
  return { record, changed, reasons };
}

function requireObject(input: unknown): JsonObject {
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as JsonObject;
  const message = 'the body is a JSON object with what is to change';
  throw refuseDefinition([{ path: '', code: 'invalid_definition', message }]);
}

/** Compared as written, the order of keys included: a schema is shown as it was given. */
const isSame = (a: EventTypeDefinition, b: EventTypeDefinition): boolean =>
  JSON.stringify([a.category ?? '', a.description ?? '', a.mode, a.schema, a.validators ?? []]) ===
  JSON.stringify([b.category ?? '', b.description ?? '', b.mode, b.schema, b.validators ?? []]);

function refuseBreak(name: string, reasons: readonly Reason[], usage: Usage): RequestError {
  const [first] = reasons;
  const more = reasons.length > 1 ? ` (and ${reasons.length - 1} more)` : '';
  const detail = `The new version of "${name}" would refuse events that the current one takes: ${first?.message}${more}. Send it with ?force=true if that is meant.`;
  const errors = reasons.map(({ path, code, message }) => ({ path, code, message }));
  return new RequestError(409, 'breaking_change', detail, errors, { members: { reasons, used_by: usage } });
}

export interface LoadedPack {
  pack: Pack;
  created: EventTypeRecord[];
  /** Names the project had already: left as they are. */
  skipped: string[];
}

/**
 * Registers a pack's event types. Throws RequestError 404 when there is no such pack, 422 for the mode or when the project has
 * too many types, MetadataError; all types are registered or none.
 */
export async function loadPack(
  metadata: Metadata,
  author: Author,
  name: string,
  mode: string,
): Promise<LoadedPack> {
  const pack = readPackFile(name, mode);
  const definitions = pack.eventTypes.map(({ definition }) => definition);
  const records = await addEventTypes(metadata, author, definitions);
  return {
    pack,
    created: records.filter((record) => record !== undefined),
    skipped: definitions.flatMap((one, i) => (records[i] === undefined ? [one.name] : [])),
  };
}

/** A pack as it ships. Throws RequestError 404, 422. */
export function readPackFile(name: string, mode: string = 'reject'): Pack {
  const known = PACK_NAMES.find((one) => one === name);
  if (known === undefined) {
    const detail = `There is no pack "${name.slice(0, 100)}"; there are ${PACK_NAMES.join(', ')}.`;
    throw new RequestError(404, 'pack_not_found', detail);
  }
  if (!isMode(mode)) {
    const detail = `mode is one of ${VALIDATION_MODES.join(', ')}.`;
    throw new RequestError(422, 'invalid_request', detail, [
      { path: 'mode', code: 'invalid_value', message: detail },
    ]);
  }
  const json: JsonValue = JSON.parse(readFileSync(fromRoot('packs', `${known}.json`), 'utf8')) as JsonValue;
  const read = readPack(json, mode);
  if ('problems' in read) throw new Error(`pack ${known}: ${read.problems[0]?.message}`);
  return read.pack;
}

const isMode = (mode: string): mode is ValidationMode =>
  (VALIDATION_MODES as readonly string[]).includes(mode);
