/**
 * Event types: registered, listed, shown, versioned, switched off; packs of ready ones; what traffic says of them. And
 * GET|POST /v1/analytics/events/validate, which says what would become of an event without taking it.
 */
import type { Scope } from '../../access/key.js';
import { RequestError } from '../../errors.js';
import { EVENT_NAME_LENGTH_MAX } from '../../event/limits.js';
import { loadPack, readPackFile, registerEventType, replaceEventType } from '../../event-types/define.js';
import {
  deactivateEventType,
  type EventTypeRecord,
  type EventTypeVersion,
  findEventType,
  getEventType,
  listEventTypes,
  listVersions,
} from '../../event-types/store.js';
import { countSeen, findDrift, type Seen, suggestFromTraffic } from '../../event-types/traffic.js';
import { fieldOfReason, findUsage, type Usage } from '../../event-types/usage.js';
import { validateBody } from '../../event-types/validate-event.js';
import { listValidatorNames } from '../../plugins/report.js';
import { PACK_NAMES } from '../../registry/pack.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { readContentType } from '../ingest/body.js';
import { readJson } from '../json-body.js';
import { composePage, readPage } from '../page.js';
import { readText, refuseParameter } from '../query-string.js';
import { type App, requireScope } from '../route.js';

const PATH = '/v1/analytics/event-types';
const CATEGORY_LENGTH_MAX = 100;

const showContent = ({
  category,
  description,
  mode,
  schema,
  validators,
}: EventTypeRecord | EventTypeVersion) => ({
  category: category === '' ? null : category,
  description: description === '' ? null : description,
  mode,
  schema,
  validators,
});

const showEventType = (record: EventTypeRecord) => ({
  id: record.id,
  name: record.name,
  version: record.version,
  active: record.active,
  ...showContent(record),
  created_at: record.createdAt.toISOString(),
  updated_at: record.updatedAt.toISOString(),
});

const showVersion = (version: EventTypeVersion) => ({
  version: version.version,
  ...showContent(version),
  forced: version.forced,
  created_by: version.createdBy,
  created_at: version.createdAt.toISOString(),
});

/** Definitions are read by who asks questions and by who makes them. */
function requireAnyScope(c: AppContext, ...scopes: Scope[]): void {
  const { access } = c.var;
  if (scopes.some((scope) => access.scopes.has(scope))) return;
  const has = [...access.scopes].join(', ');
  const needs = scopes.join(' or ');
  throw new RequestError(403, 'missing_scope', `This key has the scope ${has}, and this needs ${needs}.`);
}

const authorOf = (c: AppContext) => ({ project: c.var.access.project, keyId: c.var.access.keyId });

/** A switch in the URL: `?force=true`, `?force=1`, `?force`. */
function readFlag(c: AppContext, name: string): boolean {
  const value = c.req.query(name);
  if (value === undefined || value === 'false' || value === '0') return false;
  if (value === '' || value === 'true' || value === '1') return true;
  throw refuseParameter(name, `${name} is true or false.`);
}

/** The counts, or null while the store does not answer: the definition is there all the same. */
async function trySeen(deps: AppDeps, project: string, event: string): Promise<Seen | null> {
  return countSeen(deps.clickhouse, { project, event }).catch((error: Error) => {
    deps.log.debug({ err: error }, 'an event type could not be counted');
    return null;
  });
}

export function registerEventTypeRoutes(app: App, deps: AppDeps): void {
  const { metadata, clickhouse, registry } = deps;
  const listPlugins = () => listValidatorNames(deps.redis);
  const usageOf = (project: string, event: string, fields: string[] = []): Promise<Usage> =>
    findUsage(deps.usageSources, project, event, fields);

  app.post(PATH, requireScope('define'), async (c) => {
    const record = await registerEventType(metadata, authorOf(c), await readJson(c), listPlugins);
    await registry.reload();
    return c.json(showEventType(record), 201);
  });

  app.get(PATH, async (c) => {
    requireAnyScope(c, 'read', 'define');
    const { limit, after } = readPage(c);
    const category = readText(c, 'category', CATEGORY_LENGTH_MAX) ?? '';
    const records = await listEventTypes(metadata, c.var.access.project, {
      limit: limit + 1,
      after,
      category,
      inactive: readFlag(c, 'inactive'),
    });
    const rows = records.map((record) => ({ id: record.name, record }));
    return c.json(composePage(c, rows, limit, ({ record }) => showEventType(record)));
  });

  registerPackRoutes(app, deps);

  app.get(`${PATH}/:name`, async (c) => {
    requireAnyScope(c, 'read', 'define');
    const { project } = c.var.access;
    const record = await getEventType(metadata, project, c.req.param('name'));
    const [versions, seen, used_by] = await Promise.all([
      listVersions(metadata, record.id),
      trySeen(deps, project, record.name),
      usageOf(project, record.name),
    ]);
    return c.json({ ...showEventType(record), versions: versions.map(showVersion), seen, used_by });
  });

  app.put(`${PATH}/:name`, requireScope('define'), async (c) => {
    const { project } = c.var.access;
    const name = c.req.param('name');
    const { record, changed, reasons } = await replaceEventType(
      metadata,
      authorOf(c),
      name,
      await readJson(c),
      {
        force: readFlag(c, 'force'),
        listPlugins,
        findUsage: (found) =>
          usageOf(
            project,
            name,
            found.flatMap(({ path }) => fieldOfReason(path) ?? []),
          ),
      },
    );
    if (changed) await registry.reload();
    const used_by = await usageOf(
      project,
      name,
      reasons.flatMap(({ path }) => fieldOfReason(path) ?? []),
    );
    return c.json({ ...showEventType(record), changed, reasons, used_by });
  });

  app.delete(`${PATH}/:name`, requireScope('define'), async (c) => {
    const { project } = c.var.access;
    const record = await deactivateEventType(metadata, project, c.req.param('name'));
    await registry.reload();
    return c.json({ ...showEventType(record), used_by: await usageOf(project, record.name) });
  });

  app.get(`${PATH}/:name/drift`, requireScope('read'), async (c) => {
    const { project } = c.var.access;
    const { name, version, schema } = await getEventType(metadata, project, c.req.param('name'));
    const { stored, rejected } = await findDrift(clickhouse, { project, event: name }, schema);
    return c.json({ name, version, stored: showDrift(stored), rejected: showDrift(rejected) });
  });

  app.get(`${PATH}/:name/suggestion`, requireScope('read'), async (c) => {
    const { project } = c.var.access;
    const event = c.req.param('name').slice(0, EVENT_NAME_LENGTH_MAX);
    const suggestion = await suggestFromTraffic(
      clickhouse,
      { project, event },
      { requiredShare: readShare(c) },
    );
    if (suggestion === undefined) {
      const detail = `No event called "${event}" is stored, so there is nothing to make a schema of.`;
      throw new RequestError(404, 'event_not_seen', detail);
    }
    const registered = (await findEventType(metadata, project, event))?.active ?? false;
    return c.json({ name: event, registered, ...suggestion });
  });

  registerValidateRoutes(app, deps);
}

function registerPackRoutes(app: App, { metadata, registry }: AppDeps): void {
  app.get('/v1/analytics/event-type-packs', (c) => {
    requireAnyScope(c, 'read', 'define');
    const data = PACK_NAMES.map((name) => {
      const { title, description, eventTypes } = readPackFile(name);
      return { name, title, description, event_types: eventTypes.map(({ definition }) => definition.name) };
    });
    return c.json({ data, next_cursor: null });
  });

  app.post(`${PATH}/packs/:pack`, requireScope('define'), async (c) => {
    const mode = readText(c, 'mode', CATEGORY_LENGTH_MAX) ?? 'reject';
    const { pack, created, skipped } = await loadPack(metadata, authorOf(c), c.req.param('pack'), mode);
    await registry.reload();
    return c.json(
      { pack: pack.name, title: pack.title, created: created.map(showEventType), skipped },
      created.length > 0 ? 201 : 200,
    );
  });
}

function registerValidateRoutes(app: App, { registry }: AppDeps): void {
  const path = '/v1/analytics/events/validate';
  const answer = (c: AppContext, bytes: Uint8Array): Response => {
    const verdicts = validateBody(bytes, registry.rules(), c.var.access.project);
    const [first] = verdicts;
    if (verdicts.length === 1) return c.json(first);
    const errors = verdicts.flatMap((verdict, index) => verdict.errors.map((error) => ({ index, ...error })));
    return c.json({ valid: errors.length === 0, errors, events: verdicts });
  };

  app.get(path, (c) => {
    const event = c.req.query('event');
    if (event === undefined) throw refuseParameter('event', 'event is the event as JSON, percent-encoded.');
    return answer(c, Buffer.from(event));
  });

  app.post(path, async (c) => {
    readContentType(c.req.header('content-type'));
    return answer(c, new Uint8Array(await c.req.arrayBuffer()));
  });
}

/** `?required_share=0.99`: in how many of the events a property must be to be required. */
function readShare(c: AppContext): number {
  const text = c.req.query('required_share');
  if (text === undefined || text === '') return 1;
  const share = Number(text);
  if (share > 0 && share <= 1) return share;
  throw refuseParameter('required_share', 'required_share is a number above 0, at most 1.');
}

const showDrift = ({
  sampled,
  newFields,
  vanishedFields,
  typeChanges,
}: Awaited<ReturnType<typeof findDrift>>['stored']) => ({
  sampled,
  new_fields: newFields,
  vanished_fields: vanishedFields,
  type_changes: typeChanges,
});
