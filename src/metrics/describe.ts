/** Metrics as the interface shows them. */
import { formatPath } from '../mdl/parse/path.js';
import { findKind } from './kind.js';
import type { MetricRecord, MetricVersion } from './store.js';
import { readMetric } from './texts.js';

function describeRollup({ unrollable, rollup }: MetricRecord) {
  if (rollup?.state === 'ready') return { state: 'ready', name: rollup.name };
  if (unrollable !== null) return { state: 'none', reason: unrollable };
  if (!rollup) return { state: 'creating' };
  const { state, reason } = rollup;
  return { state, ...(reason === '' ? {} : { reason }) };
}

export function describeMetric(record: MetricRecord) {
  const { id, name, version, definition, createdAt, updatedAt } = record;
  const node = readMetric(definition);
  const { unit, description, owner, tags = [] } = node?.settings ?? {};
  return {
    id,
    name,
    version,
    kind: node ? findKind(node) : 'formula',
    dimensions: node ? node.dimensions.map(formatPath) : [],
    unit: unit ?? null,
    description: description ?? null,
    owner: owner ?? null,
    tags,
    rollup: describeRollup(record),
    definition,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}

export const describeVersion = ({ version, definition, createdBy, createdAt }: MetricVersion) => ({
  version,
  definition,
  created_by: createdBy,
  created_at: createdAt.toISOString(),
});
