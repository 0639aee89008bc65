/** GET /v1/plugins: what each worker process has loaded, and how often each plugin failed. */
import { type PluginReport, readReports } from '../../plugins/report.js';
import type { AppDeps } from '../deps.js';
import { type App, requireScope } from '../route.js';

const showReport = ([worker, report]: [string, PluginReport]) => ({
  worker,
  folder: report.folder,
  revision: report.revision === '' ? null : report.revision,
  error: report.error === '' ? null : report.error,
  plugins: report.plugins.map(({ file, name, kind, events }) => ({
    name,
    kind,
    file,
    events: events ?? null,
    errors: Object.fromEntries(
      report.errors.filter(({ plugin }) => plugin === name).map(({ code, count }) => [code, count]),
    ),
  })),
});

export function registerPluginRoute(app: App, { redis }: AppDeps): void {
  app.get('/v1/plugins', requireScope('define'), async (c) => {
    const reports = await readReports(redis);
    return c.json({ data: [...reports].map(showReport), next_cursor: null });
  });
}
