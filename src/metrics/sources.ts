/** What the metric language knows of a project: its stored metrics and its registered event types. */
import type { LiveRegistry } from '../event-types/live-registry.js';
import type { Run } from '../metadata/metadata.js';
import type { MetricSources } from '../query/metric/sources.js';
import { listReadyRollups } from './rollup/records.js';
import { listMetrics } from './store.js';

/** Reads metrics from Postgres each time, event types from memory. */
export const createMetricSources = (run: Run, registry: Pick<LiveRegistry, 'snapshot'>): MetricSources => ({
  listMetrics: (project) => listMetrics(run, project),
  listRollups: (project) => listReadyRollups(run, project),
  listTypes: (project) => registry.snapshot().types.filter((type) => type.project === project),
  isStrict: (project) => registry.snapshot().strictProjects.includes(project),
});
