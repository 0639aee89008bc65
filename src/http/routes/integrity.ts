import { checkIntegrity, type IntegrityDeps } from '../../ingest/integrity.js';
import { checkRollups } from '../../metrics/rollup/check.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { readTime, refuseParameter } from '../query-string.js';
import { type App, requireScope } from '../route.js';

/** `rollups=0` asks for the books alone, which cost two counts; comparing each rollup with the events costs many. @throws RequestError 422 */
function readRollups(c: AppContext): boolean {
  const text = c.req.query('rollups') ?? '1';
  if (text === '0' || text === '1') return text === '1';
  throw refuseParameter('rollups', 'rollups is 0 (the books alone) or 1 (rollups are compared too).');
}

/** GET /v1/integrity?from&to&rollups: the books of the project's events over whole hours of receipt. */
export function registerIntegrityRoute(app: App, { redis, clickhouse, stream, metadata }: AppDeps): void {
  const books: IntegrityDeps = { redis, clickhouse, stream };
  const all: IntegrityDeps = {
    ...books,
    checkRollups: (project, from, to) => checkRollups({ run: metadata, clickhouse }, project, from, to),
  };
  app.get('/v1/integrity', requireScope('read'), async (c) => {
    const fromMs = readTime(c, 'from');
    const toMs = readTime(c, 'to');
    const report = await checkIntegrity(readRollups(c) ? all : books, {
      project: c.var.access.project,
      ...(fromMs === undefined ? {} : { fromMs }),
      ...(toMs === undefined ? {} : { toMs }),
    });
    return c.json(report);
  });
}
