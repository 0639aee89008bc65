/** Which alerts watch a metric: what stands in the way of deleting it. */
import type { Run } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';

const OF_METRIC = loadStatement('alert-of-metric');

/** Alerts that are named; one is enough to refuse. */
const NAMED_MAX = 20;

/** `alert "too many errors"` for each. @throws MetadataError */
export async function listAlertsOf(
  run: Run,
  project: string,
  metric: { readonly id: string; readonly name: string },
): Promise<readonly string[]> {
  const rows = await run.query<{ name: string }>(OF_METRIC, [project, metric.id, metric.name, NAMED_MAX]);
  return rows.map(({ name }) => `alert "${name}"`);
}
