/** What the metric language knows of a project: its stored metrics, rollups and cohorts, and its registered event types. */
import { referTo } from '../definitions/cohort-references.js';
import { listCohorts, resolveCohort } from '../definitions/cohorts.js';
import { StreamError } from '../errors.js';
import type { LiveRegistry } from '../event-types/live-registry.js';
import type { CohortEntry } from '../mdl/catalogue.js';
import type { Run } from '../metadata/metadata.js';
import { toCohortEntry } from '../query/metric/cohorts.js';
import type { AnsweringRollup, MetricSources } from '../query/metric/sources.js';
import { shareNextLook } from '../query/next-look.js';
import type { EventScope } from '../query/people.js';
import { refuseField } from '../query/request.js';
import type { Redis } from '../redis/client.js';
import { partitionOf } from '../stream/partition.js';
import { readDoubts } from '../stream/settle.js';
import { listReadyRollups } from './rollup/records.js';
import { listMetrics } from './store.js';

/** Cohorts by which definitions may name one; a project has no more. */
export const COHORTS_LISTED = 1_000;
/** Cohorts that one definition may name: each is a scan of its own. */
const COHORTS_MAX = 10;

/** Where batches are noted that rollups may lack. */
export interface DoubtSource {
  readonly redis: Redis;
  /** Number of partitions of the stream. */
  readonly partitions: number;
}

/** Why rollups of a project do not answer at the moment, undefined when they do. */
async function findDoubt({ redis, partitions }: DoubtSource, project: string): Promise<string | undefined> {
  try {
    const { doubts } = await readDoubts(redis, partitionOf(project, partitions));
    return doubts.length > 0
      ? 'a batch that took more than one attempt to store has not been compared yet'
      : undefined;
  } catch (error) {
    if (error instanceof StreamError) return 'Redis, which tells whether a batch is missing, does not answer';
    throw error;
  }
}

/** Doubts come first: a rollup that lacks something stops being ready before the doubt about it is forgotten. */
async function listRollups(
  run: Run,
  doubts: DoubtSource | undefined,
  project: string,
): Promise<readonly AnsweringRollup[]> {
  if (!doubts) return [];
  const doubt = await findDoubt(doubts, project);
  const rollups = await listReadyRollups(run, project);
  return doubt === undefined ? rollups : rollups.map((rollup) => ({ ...rollup, doubt }));
}

async function findCohorts(
  run: Run,
  scope: EventScope,
  names: ReadonlySet<string>,
): Promise<ReadonlyMap<string, CohortEntry>> {
  if (names.size > COHORTS_MAX)
    throw refuseField('definition', `A metric names at most ${COHORTS_MAX} cohorts.`);
  const asOfMs = Date.now();
  const found = new Map<string, CohortEntry>();
  const cohorts = await listCohorts(run, scope.project, { limit: COHORTS_LISTED, after: '' });
  for (const cohort of cohorts) {
    // Of several with one name the one made first is meant.
    if (found.has(cohort.name)) continue;
    const entry = names.has(cohort.name)
      ? toCohortEntry(referTo(cohort, await resolveCohort(run, scope.project, cohort, asOfMs), scope))
      : { id: cohort.id };
    found.set(cohort.name, entry);
  }
  return found;
}

/**
 * Reads metrics, rollups and cohorts from Postgres each time, those who ask at once together; event types from memory. Without `doubts` no rollup answers:
 * nobody could tell whether it lacks a batch.
 */
export const createMetricSources = (
  run: Run,
  registry: Pick<LiveRegistry, 'snapshot'>,
  doubts?: DoubtSource,
): MetricSources => ({
  listMetrics: shareNextLook((project) => listMetrics(run, project)),
  listRollups: shareNextLook((project) => listRollups(run, doubts, project)),
  findCohorts: (scope, names) => findCohorts(run, scope, names),
  listTypes: (project) => registry.snapshot().types.filter((type) => type.project === project),
  isStrict: (project) => registry.snapshot().strictProjects.includes(project),
});
