/** People: listed and searched, shown with their ids and properties, what they did; and merges that were refused. */
import { type Place, readPlace } from '../../query/users/page.js';
import { listRefusedMerges } from '../../query/users/refused.js';
import { listPeople, listPersonEvents, showPerson } from '../../query/users/users.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { LIMIT_DEFAULT, LIMIT_MAX } from '../page.js';
import { readCount, readText, refuseParameter } from '../query-string.js';
import { createQueryContext } from '../question.js';
import { type App, requireScope } from '../route.js';

const PATH = '/v1/users';
/** Ids have up to 200 characters; in a cursor they are JSON in base64. */
const CURSOR_LENGTH_MAX = 2_500;
const SEARCH_LENGTH_MAX = 200;

function readPage(c: AppContext): { limit: number; after: Place | undefined } {
  const limit = readCount(c, 'limit', LIMIT_MAX) ?? LIMIT_DEFAULT;
  const cursor = readText(c, 'cursor', CURSOR_LENGTH_MAX);
  const after = cursor === undefined ? undefined : readPlace(cursor);
  if (cursor !== undefined && after === undefined)
    throw refuseParameter('cursor', 'cursor is what next_cursor of the page before said, unchanged.');
  return { limit, after };
}

export function registerUserRoutes(app: App, deps: AppDeps): void {
  app.get(PATH, requireScope('read'), async (c) => {
    const request = { ...readPage(c), search: readText(c, 'search', SEARCH_LENGTH_MAX) };
    return c.json(await listPeople(await createQueryContext(c, deps), request));
  });

  app.get(`${PATH}/:id`, requireScope('read'), async (c) =>
    c.json(await showPerson(await createQueryContext(c, deps), c.req.param('id'))),
  );

  app.get(`${PATH}/:id/events`, requireScope('read'), async (c) => {
    const page = readPage(c);
    return c.json(await listPersonEvents(await createQueryContext(c, deps), c.req.param('id'), page));
  });

  app.get('/v1/identity/refused', requireScope('read'), async (c) =>
    c.json(await listRefusedMerges(deps.clickhouse, c.var.access.project, readPage(c))),
  );
}
