/** POST|GET|PATCH /v1/projects. Only an admin key of the project `default` makes projects or sees others than its own. */
import * as v from 'valibot';
import { FIRST_PROJECT, type ProjectSettings } from '../../access/access.js';
import { addProject, changeProject, listProjects, type ProjectRecord } from '../../access/keys.js';
import { RequestError } from '../../errors.js';
import { DEFAULT_LIMITS } from '../../query/context.js';
import { parseRequest } from '../../query/request.js';
import type { AppDeps } from '../deps.js';
import { readJson } from '../json-body.js';
import { composePage, readPage } from '../page.js';
import { type App, requireScope } from '../route.js';
import { chooseProject, wholeNumber } from './keys.js';

const RETENTION_DAYS_MAX = 36_500;
const PII_PROPERTIES_MAX = 200;
const REQUESTS_PER_SECOND_MAX = 1_000_000;

/** A setting given as null goes back to its default. */
const setting = <T extends v.GenericSchema>(schema: T) => v.optional(v.nullable(schema));

const Settings = v.strictObject({
  retention_days: setting(wholeNumber(RETENTION_DAYS_MAX, 'retention_days')),
  strict: setting(v.boolean('strict is true or false.')),
  pii_properties: setting(
    v.pipe(
      v.array(
        v.pipe(v.string('A property is a string.'), v.minLength(1), v.maxLength(400)),
        'pii_properties is an array.',
      ),
      v.maxLength(PII_PROPERTIES_MAX, `At most ${PII_PROPERTIES_MAX} properties.`),
    ),
  ),
  quotas: setting(
    v.strictObject({
      ingest_per_second: v.optional(wholeNumber(REQUESTS_PER_SECOND_MAX, 'ingest_per_second')),
      queries_per_second: v.optional(wholeNumber(REQUESTS_PER_SECOND_MAX, 'queries_per_second')),
      max_rows_to_read: v.optional(wholeNumber(DEFAULT_LIMITS.maxRowsToRead, 'max_rows_to_read')),
    }),
  ),
});

const name = v.pipe(
  v.string('name is a string.'),
  v.minLength(1, 'name is not empty.'),
  v.maxLength(200, 'name has at most 200 characters.'),
);

const NewProject = v.strictObject({
  id: v.pipe(
    v.string('id is a string.'),
    v.regex(
      /^[a-z0-9][a-z0-9_-]{0,62}$/,
      'id has 1 to 63 lower-case letters, digits, _ and -, and begins with a letter or digit.',
    ),
  ),
  name: v.optional(name),
  settings: v.optional(Settings, {}),
});

const ChangedProject = v.strictObject({ name: v.optional(name), settings: v.optional(Settings) });

const showProject = ({ id, name, settings, createdAt, updatedAt }: ProjectRecord) => ({
  id,
  name,
  settings,
  created_at: createdAt.toISOString(),
  updated_at: updatedAt.toISOString(),
});

/** Settings to store: those given as null are left out. */
function withoutNulls(settings: v.InferOutput<typeof Settings>): ProjectSettings {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== null && value !== undefined),
  );
}

export function registerProjectRoutes(app: App, { metadata, keyRing }: AppDeps): void {
  app.post('/v1/projects', requireScope('admin'), async (c) => {
    if (c.var.access.project !== FIRST_PROJECT) {
      throw new RequestError(
        403,
        'other_project',
        `Projects are made with an admin key of the project ${FIRST_PROJECT}.`,
      );
    }
    const { id, name: given, settings } = parseRequest(NewProject, await readJson(c));
    const { project, key } = await addProject(metadata, {
      id,
      name: given ?? id,
      settings: withoutNulls(settings),
    });
    await keyRing.reload();
    c.header('Cache-Control', 'no-store');
    return c.json({ ...showProject(project), admin_key: key }, 201);
  });

  app.get('/v1/projects', requireScope('admin'), async (c) => {
    const { limit, after } = readPage(c);
    const { project } = c.var.access;
    const rows = await listProjects(metadata, project === FIRST_PROJECT ? '' : project, {
      limit: limit + 1,
      after,
    });
    return c.json(composePage(c, rows, limit, showProject));
  });

  app.patch('/v1/projects/:id', requireScope('admin'), async (c) => {
    const id = chooseProject(c.var.access, c.req.param('id'));
    const change = parseRequest(ChangedProject, await readJson(c));
    const project = await changeProject(metadata, id, change);
    await keyRing.reload();
    return c.json(showProject(project));
  });
}
