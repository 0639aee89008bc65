import { checkIntegrity } from '../../ingest/integrity.js';
import { checkRollups } from '../../metrics/rollup/check.js';
import type { AppDeps } from '../deps.js';
import { readTime } from '../query-string.js';
import { type App, requireScope } from '../route.js';

/** GET /v1/integrity?from&to: the books of the project's events over whole hours of receipt. */
export function registerIntegrityRoute(app: App, { redis, clickhouse, stream, metadata }: AppDeps): void {
  app.get('/v1/integrity', requireScope('read'), async (c) => {
    const fromMs = readTime(c, 'from');
    const toMs = readTime(c, 'to');
    const report = await checkIntegrity(
      {
        redis,
        clickhouse,
        stream,
        checkRollups: (project, from, to) => checkRollups({ run: metadata, clickhouse }, project, from, to),
      },
      {
        project: c.var.access.project,
        ...(fromMs === undefined ? {} : { fromMs }),
        ...(toMs === undefined ? {} : { toMs }),
      },
    );
    return c.json(report);
  });
}
