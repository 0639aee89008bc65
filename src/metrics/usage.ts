/** Which metrics use an event type: the blast radius of a change to it. */
import type { UsageSource } from '../event-types/usage.js';
import { formatPath } from '../mdl/parse/selection.js';
import type { PathNode, SelectionNode } from '../mdl/tree.js';
import type { Run } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import { METRICS_MAX } from './store.js';
import { readMetric } from './texts.js';

const USAGE = loadStatement('usage-metrics');

interface Row {
  readonly id: string;
  readonly name: string;
  readonly definition: string;
}

/** The event types and properties a definition names, wherever they stand. */
function listNames(definition: string): { events: string[]; properties: string[] } {
  const events = new Set<string>();
  const properties = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('kind' in node && node.kind === 'selection') {
      const { event } = node as SelectionNode;
      if (event !== undefined) events.add(event);
    }
    if ('kind' in node && node.kind === 'path') properties.add(formatPath(node as PathNode));
    for (const child of Object.values(node)) visit(child);
  };
  const metric = readMetric(definition);
  visit([metric?.formula, metric?.filter, metric?.dimensions]);
  return { events: [...events], properties: [...properties] };
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
