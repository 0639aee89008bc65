/** Which metrics use an event type or a cohort: the blast radius of a change to it. */
import { type FindCohortUsers, listCohorts } from '../definitions/cohorts.js';
import type { UsageSource } from '../event-types/usage.js';
import { formatPath } from '../mdl/parse/path.js';
import type { CohortTest, PathNode, SelectionNode } from '../mdl/tree.js';
import type { Run } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import { COHORTS_LISTED } from './sources.js';
import { listMetrics, METRICS_MAX } from './store.js';
import { readMetric } from './texts.js';

const USAGE = loadStatement('usage-metrics');

interface Row {
  readonly id: string;
  readonly name: string;
  readonly definition: string;
}

/** Tells `visit` every node of a definition, wherever it stands. */
function visitNodes(definition: string, visit: (node: { readonly kind: unknown }) => void): void {
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('kind' in node) visit(node);
    for (const child of Object.values(node)) walk(child);
  };
  const metric = readMetric(definition);
  walk([metric?.formula, metric?.filter, metric?.dimensions]);
}

/** The event types and properties a definition names. */
function listNames(definition: string): { events: string[]; properties: string[] } {
  const events = new Set<string>();
  const properties = new Set<string>();
  visitNodes(definition, (node) => {
    if (node.kind === 'selection') {
      const { event } = node as SelectionNode;
      if (event !== undefined) events.add(event);
    }
    if (node.kind === 'path') properties.add(formatPath(node as PathNode));
  });
  return { events: [...events], properties: [...properties] };
}

function namesCohort(definition: string, name: string): boolean {
  let found = false;
  visitNodes(definition, (node) => {
    if (node.kind === 'cohort') found ||= (node as CohortTest).cohort === name;
  });
  return found;
}

export const createMetricUsage = (run: Run): UsageSource => ({
  kind: 'metrics',
  async list(project, event) {
    const rows = await run.query<Row>(USAGE, [project, event, METRICS_MAX]);
    return rows
      .map(({ id, name, definition }) => ({ id, name, ...listNames(definition) }))
      .filter(({ events }) => events.includes(event));
  },
});

/** The metrics whose definition means a cohort: those that name it, if of several cohorts with its name it was made first. */
export const createCohortMetrics =
  (run: Run): FindCohortUsers =>
  async (project, { id, name }) => {
    const cohorts = await listCohorts(run, project, { limit: COHORTS_LISTED, after: '' });
    if (cohorts.find((cohort) => cohort.name === name)?.id !== id) return [];
    const metrics = await listMetrics(run, project);
    return metrics
      .filter(({ definition }) => namesCohort(definition, name))
      .map((metric) => ({ kind: 'metric', id: metric.id, name: metric.name }));
  };
