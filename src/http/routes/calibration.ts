/** How well the times that explanations expect come true on this installation. */
import type { AppDeps } from '../deps.js';
import { type App, requireScope } from '../route.js';

export function registerCalibrationRoute(app: App, { queries }: AppDeps): void {
  app.get('/v1/analytics/calibration', requireScope('read'), (c) => c.json(queries.calibrate()));
}
