/** When a metric is computed by itself, and what came out. */
import { deleteSchedule, getSchedule, listResults, setSchedule } from '../../metrics/schedule/store.js';
import { getMetric } from '../../metrics/store.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { readJson } from '../json-body.js';
import { composePage, readPage } from '../page.js';
import { readTime } from '../query-string.js';
import { type App, requireScope } from '../route.js';

const SCHEDULE = '/v1/analytics/metrics/:id/schedule';
/** Later than any time Postgres and JavaScript both know. */
const END_MS = 8_000_000_000_000;

export function registerMetricScheduleRoutes(app: App, { metadata }: AppDeps): void {
  const find = (c: AppContext, id: string) => getMetric(metadata, c.var.access.project, id);

  app.get('/v1/analytics/metrics/:id/results', requireScope('read'), async (c) => {
    const { limit, after } = readPage(c);
    const range = { fromMs: readTime(c, 'from') ?? 0, toMs: readTime(c, 'to') ?? END_MS };
    const { id } = await find(c, c.req.param('id'));
    const rows = await listResults(metadata, id, range, { limit: limit + 1, after });
    return c.json(composePage(c, rows, limit, ({ id: _, ...row }) => row));
  });

  app.get(SCHEDULE, requireScope('read'), async (c) => {
    const { id, name } = await find(c, c.req.param('id'));
    return c.json({ metric: { id, name }, ...(await getSchedule(metadata, id)) });
  });

  app.put(SCHEDULE, requireScope('define'), async (c) => {
    const { id, name } = await find(c, c.req.param('id'));
    const schedule = await setSchedule(metadata, c.var.access, id, await readJson(c));
    return c.json({ metric: { id, name }, ...schedule });
  });

  app.delete(SCHEDULE, requireScope('define'), async (c) => {
    const { id, name } = await find(c, c.req.param('id'));
    const schedule = await getSchedule(metadata, id);
    await deleteSchedule(metadata, id);
    return c.json({ metric: { id, name }, cron: schedule.cron, timezone: schedule.timezone });
  });
}
