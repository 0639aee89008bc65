/**
 * Which rollups there should be: those of every metric that can have some, by what they would hold. A metric is compiled as
 * questions compile it, so a new version of one it refers to, or other types of the properties it names, makes another plan.
 */
import { createHash } from 'node:crypto';
import type { ClickHouse } from '../../clickhouse/client.js';
import { createId } from '../../definitions/id.js';
import { RequestError } from '../../errors.js';
import { deriveRollup, listGrains, nameGrain, type RollupPlan } from '../../mdl/plan/rollup.js';
import type { Run } from '../../metadata/metadata.js';
import { loadStatement } from '../../metadata/statement.js';
import { openQueryContext } from '../../query/context.js';
import { compileDefinition } from '../../query/metric/definition.js';
import type { MetricSources } from '../../query/metric/sources.js';
import { METRICS_MAX } from '../store.js';
import { addRollup, dropRollup, type NewRollup, ROLLUPS_MAX, type RollupRecord } from './records.js';

const ACTIVE = loadStatement('metric-active');
const UNROLLABLE = loadStatement('metric-unrollable');

/** Metrics of all projects that are looked at; the first made come first. */
const LOOKED_AT_MAX = METRICS_MAX * 20;
/** Goes up when the tables of rollups are laid out anew: then all are made again. */
const LAYOUT = 1;

interface ActiveMetric {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly unrollable: string | null;
  readonly definition: string;
}

export interface WantedDeps {
  readonly run: Run;
  readonly clickhouse: ClickHouse;
  readonly sources: MetricSources;
}

const hashPlan = (plan: RollupPlan): string =>
  createHash('sha256')
    .update(JSON.stringify([LAYOUT, plan]))
    .digest('hex')
    .slice(0, 32);

/** The plans of a metric's rollups, or why it has none. Undefined: it makes no sense as long as another metric does not. */
async function derivePlans(
  { clickhouse, sources }: WantedDeps,
  { project, definition }: ActiveMetric,
): Promise<{ plans: readonly RollupPlan[]; reason: string | null } | undefined> {
  try {
    const context = await openQueryContext({ clickhouse, project });
    const { plans } = await compileDefinition(context, sources, definition, 'saved');
    const derived = deriveRollup(plans.at(-1)!);
    if (derived.possible) return { plans: listGrains(derived.rollup), reason: null };
    return { plans: [], reason: derived.reasons.join('; ') };
  } catch (error) {
    if (error instanceof RequestError) return undefined;
    throw error;
  }
}

function nameRollup({ id, project, name }: ActiveMetric, plan: RollupPlan, reason: string): NewRollup {
  const rollup = createId('ru');
  return {
    id: rollup,
    metric: id,
    project,
    name: `${name}_${nameGrain(plan.grainMs)}`,
    table: `rollup_${rollup.slice(3)}`,
    plan,
    planHash: hashPlan(plan),
    reason,
  };
}

/**
 * Wants what is missing and drops what is not wanted any more, which a metric's old rollups are once all its new ones are
 * ready. @throws EngineError, MetadataError
 */
export async function reconcileRollups(deps: WantedDeps, existing: readonly RollupRecord[]): Promise<void> {
  const { run } = deps;
  const metrics = await run.query<ActiveMetric>(ACTIVE, [LOOKED_AT_MAX]);
  const living = existing.filter(({ state }) => state !== 'dropping');
  const known = new Set(metrics.map(({ id }) => id));
  for (const rollup of living) if (!known.has(rollup.metric)) await dropRollup(run, rollup.id);
  let count = living.length;
  for (const metric of metrics) {
    const derived = await derivePlans(deps, metric);
    if (!derived) continue;
    const own = living.filter((rollup) => rollup.metric === metric.id);
    const hashes = derived.plans.map(hashPlan);
    const missing = derived.plans.filter((_, i) => !own.some(({ planHash }) => planHash === hashes[i]));
    const isFull = count + missing.length > ROLLUPS_MAX;
    const reason = isFull ? `there are ${ROLLUPS_MAX} rollups, the most there may be` : derived.reason;
    if (reason !== metric.unrollable) await run.query(UNROLLABLE, [metric.id, reason]);
    if (!isFull)
      for (const plan of missing) {
        await addRollup(run, nameRollup(metric, plan, ''));
        count++;
      }
    const isReplaced = hashes.every((hash) =>
      own.some(({ planHash, state }) => planHash === hash && state === 'ready'),
    );
    if (isReplaced)
      for (const { id, planHash } of own) if (!hashes.includes(planHash)) await dropRollup(run, id);
  }
}
