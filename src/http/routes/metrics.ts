import { METRICS_CONTENT_TYPE, renderMetrics } from '../../telemetry/publish.js';
import type { AppDeps } from '../deps.js';
import type { App } from '../route.js';

/** GET /metrics: figures of this front and of the processes that publish theirs, for Prometheus. It holds no customer data. */
export function registerMetricsRoute(app: App, { redis }: AppDeps): void {
  const store = { command: <T>(args: readonly string[]): Promise<T> => redis.command<T>(args) };
  app.get('/metrics', async (c) =>
    c.body(await renderMetrics(store), 200, { 'Content-Type': METRICS_CONTENT_TYPE }),
  );
}
