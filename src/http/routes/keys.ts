/**
 * POST|GET|DELETE /v1/keys. An admin key administers its own project's keys; an admin key of the project `default`, where the
 * instance was set up, those of any project.
 */
import * as v from 'valibot';
import { type Access, FIRST_PROJECT } from '../../access/access.js';
import { SCOPES } from '../../access/key.js';
import { addKey, type KeyRecord, listKeys, revokeKey } from '../../access/keys.js';
import { MetadataError, RequestError } from '../../errors.js';
import { FOREIGN_KEY_VIOLATION } from '../../metadata/failure.js';
import { DEFAULT_LIMITS } from '../../query/context.js';
import { parseRequest } from '../../query/request.js';
import type { AppDeps } from '../deps.js';
import { readJson } from '../json-body.js';
import { composePage, readPage } from '../page.js';
import { type App, requireScope } from '../route.js';

const NAME_LENGTH_MAX = 200;

/** @param name of the field, as messages say it */
export const wholeNumber = (max: number, name: string) => {
  const words = `${name} is a whole number from 1 to ${max}.`;
  return v.pipe(v.number(words), v.integer(words), v.minValue(1, words), v.maxValue(max, words));
};

const NewKey = v.strictObject({
  name: v.optional(
    v.pipe(
      v.string('name is a string.'),
      v.maxLength(NAME_LENGTH_MAX, `name has at most ${NAME_LENGTH_MAX} characters.`),
    ),
    '',
  ),
  scopes: v.pipe(
    v.array(v.picklist(SCOPES, `A scope is one of: ${SCOPES.join(', ')}.`), 'scopes is an array.'),
    v.minLength(1, 'A key needs at least one scope.'),
    v.transform((scopes) => [...new Set(scopes)]),
  ),
  project: v.optional(v.string('project is a string.')),
  limits: v.optional(
    v.strictObject(
      { max_rows_to_read: v.optional(wholeNumber(DEFAULT_LIMITS.maxRowsToRead, 'max_rows_to_read')) },
      'limits is an object such as {"max_rows_to_read": 1000000}.',
    ),
    {},
  ),
});

const showKeyRecord = ({ id, project, name, prefix, scopes, limits, createdAt, revokedAt }: KeyRecord) => ({
  id,
  project,
  name,
  prefix,
  scopes,
  limits,
  created_at: createdAt.toISOString(),
  revoked_at: revokedAt?.toISOString() ?? null,
});

/** The project a request is about: its own, or with an instance's admin key any. Throws RequestError 403. */
export function chooseProject(access: Access, asked: string | undefined): string {
  if (asked === undefined || asked === access.project) return access.project;
  if (access.project === FIRST_PROJECT) return asked;
  throw new RequestError(403, 'other_project', `This key administers the project ${access.project} only.`);
}

export function registerKeyRoutes(app: App, { metadata, keyRing }: AppDeps): void {
  app.post('/v1/keys', requireScope('admin'), async (c) => {
    const { name, scopes, limits, project: asked } = parseRequest(NewKey, await readJson(c));
    const project = chooseProject(c.var.access, asked);
    const { key, record } = await addKey(metadata, { project, name, scopes, limits }).catch(
      (error: unknown) => {
        if (error instanceof MetadataError && error.code === FOREIGN_KEY_VIOLATION) {
          throw new RequestError(
            404,
            'project_not_found',
            `There is no project called ${project}; GET /v1/projects lists those there are.`,
          );
        }
        throw error;
      },
    );
    await keyRing.reload();
    c.header('Cache-Control', 'no-store');
    return c.json({ ...showKeyRecord(record), key }, 201);
  });

  app.get('/v1/keys', requireScope('admin'), async (c) => {
    const { limit, after } = readPage(c);
    const project = chooseProject(c.var.access, c.req.query('project'));
    const rows = await listKeys(metadata, project, { limit: limit + 1, after });
    return c.json(composePage(c, rows, limit, showKeyRecord));
  });

  app.delete('/v1/keys/:id', requireScope('admin'), async (c) => {
    const project = chooseProject(c.var.access, c.req.query('project'));
    const record = await revokeKey(metadata, project, c.req.param('id'));
    await keyRing.reload();
    return c.json(showKeyRecord(record));
  });
}
