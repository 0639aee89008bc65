import type { AppDeps } from '../deps.js';
import { readJson } from '../json-body.js';
import { readLimits } from '../question.js';
import { type App, requireScope } from '../route.js';

/** POST /v1/query: read-only SQL over the project's own events, under limits. */
export function registerQueryRoute(app: App, { sql }: AppDeps): void {
  app.post('/v1/query', requireScope('read'), async (c) =>
    c.json(
      await sql.run(c.var.access.project, await readJson(c), readLimits(c.var.access), c.req.raw.signal),
    ),
  );
}
