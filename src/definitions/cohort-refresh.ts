/**
 * Keeps the members of cohorts in ClickHouse fresh, where the history of sizes comes from. Every process may run a refresher: a cohort
 * is claimed in Postgres by one at a time (cohort-states.ts). How one is refreshed, by what changed where that can be told, is
 * src/query/cohort/refresh.ts. A cohort that takes long is refreshed less often, so that all refreshing together takes a bounded
 * share of the engine.
 */
import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { boundClickHouse } from '../clickhouse/bounded.js';
import { EngineError, RequestError, StreamError } from '../errors.js';
import { readCriteria } from '../query/cohort/criteria.js';
import type { Membership } from '../query/cohort/formula.js';
import { listSizes, publishMembers } from '../query/cohort/members.js';
import { printStore } from '../query/cohort/print.js';
import { refreshMembers } from '../query/cohort/refresh.js';
import { openQueryContext, type QueryContext } from '../query/context.js';
import { createParams } from '../query/printed.js';
import { parseRequest } from '../query/request.js';
import type { Redis } from '../redis/client.js';
import { partitionOf } from '../stream/partition.js';
import { findSettled } from '../stream/settle.js';
import type { Logger } from '../telemetry/log.js';
import { type CohortStores, nextMemberVersion, type StaticCohort } from './cohort-lists.js';
import {
  type ClaimedCohort,
  claimCohort,
  failCohort,
  forgetCohortState,
  succeedCohort,
} from './cohort-states.js';
import { createCohortId, findCohort, followCohort, insertCohort, resolveCriteria } from './cohorts.js';
import { nameSchema } from './funnels.js';
import type { Author } from './id.js';

/** How long one calculation may take; after it the cohort may be claimed again. */
const DEADLINE_MS = 120_000;
/** At least so often members are calculated whole. */
const RENEW_MS = 86_400_000;
/** The claim outlives the statement, so that its own failure is what is told. */
const CLAIM_SECONDS = 150;
/** How often to look for cohorts that are due: one statement in Postgres. */
const POLL_MAX_MS = 5_000;
/** First pause after a failure; it doubles up to the longest. */
const RETRY_FIRST_SECONDS = 10;
const RETRY_MAX_SECONDS = 3_600;
/** A cohort that took a second rests at least this many. */
const REST_PER_SECOND = 50;
/** Cohorts calculated one after another before the refresher looks up again. */
const ROUND_MAX = 100;

export interface RefresherOptions extends CohortStores {
  readonly redis: Redis;
  /** Number of partitions of the stream. */
  readonly partitions: number;
  readonly log: Logger;
  /** How old the stored members of a cohort may become. */
  readonly intervalMs: number;
}

export interface CohortRefresher {
  /** Calculates what is due now; the number of cohorts it took up. @throws MetadataError */
  runDue(): Promise<number>;
  stop(): Promise<void>;
}

/** Writes the members of an instant as a new version and publishes it. @throws RequestError 422 over a limit, EngineError */
async function storeMembership(
  stores: CohortStores,
  context: QueryContext,
  cohort: string,
  membership: Membership,
): Promise<void> {
  const version = await nextMemberVersion(stores.metadata);
  const params = createParams();
  const sql = printStore(membership, context, { cohort, version }, params);
  await stores.clickhouse.command(sql, {
    params: params.values,
    settings: { max_memory_usage: context.limits.maxMemoryBytes },
    timeoutMs: DEADLINE_MS,
  });
  const members = { project: context.project, cohort, version };
  await publishMembers(stores.clickhouse, members, membership.asOfMs);
}

const freezeSchema = v.strictObject({ name: nameSchema, static: v.literal(true), criteria: v.unknown() });

/** Saves `{name, criteria, static: true}`: those who belong now, as a list. @throws RequestError 422, MetadataError, EngineError */
export async function freezeCohort(
  stores: CohortStores,
  author: Author,
  input: unknown,
): Promise<StaticCohort> {
  const { name, criteria } = parseRequest(freezeSchema, input);
  const { project } = author;
  const asOfMs = Date.now();
  const membership = await resolveCriteria(stores.metadata, project, readCriteria(criteria), asOfMs);
  const id = createCohortId();
  const context = await openQueryContext({ clickhouse: stores.clickhouse, project });
  await storeMembership(stores, context, id, membership);
  const record = await insertCohort(stores.metadata, author, id, { name, criteria, fixed: true });
  const [newest] = await listSizes(stores.clickhouse, project, id, 1);
  return { ...record, report: { listed: newest?.size ?? 0, unknown: 0, unknown_ids: [] } };
}

const STOPPED_REASON = 'The process that calculated it was stopped.';

/** The reason as a person who reads it can use it. */
const describeFailure = (error: unknown): string => {
  if (error instanceof RequestError) return error.detail;
  if (error instanceof EngineError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
};

const pauseAfter = (attempts: number): number =>
  Math.min(RETRY_FIRST_SECONDS * 2 ** (attempts - 1), RETRY_MAX_SECONDS);

/** Starts to keep stored members fresh. */
export function createCohortRefresher(options: RefresherOptions): CohortRefresher {
  const { metadata, clickhouse, redis, partitions, log, intervalMs } = options;
  let running: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const stopping = new AbortController();
  /** How the last calculation ended, as long as Postgres has not taken it. */
  let unsaid: (() => Promise<unknown>) | undefined;

  const say = async (): Promise<void> => {
    await unsaid?.();
    unsaid = undefined;
  };

  /** Undefined while Redis is away: members are calculated all the same. */
  const findReceived = async (project: string): Promise<number | undefined> => {
    try {
      return await findSettled(redis, partitionOf(project, partitions));
    } catch (error) {
      if (error instanceof StreamError) return undefined;
      throw error;
    }
  };

  const calculate = async ({ cohort, project }: ClaimedCohort): Promise<number | undefined> => {
    const record = await findCohort(metadata, project, cohort);
    if (!record || record.fixed) return undefined;
    const receivedMs = await findReceived(project);
    const endMs = performance.now() + DEADLINE_MS;
    const bounded = boundClickHouse(clickhouse, { signal: stopping.signal, endMs });
    const { size } = await refreshMembers({
      context: await openQueryContext({ clickhouse: bounded, project }),
      cohort,
      membershipAt: followCohort(metadata, project, record),
      asOfMs: Date.now(),
      receivedMs,
      nextVersion: () => nextMemberVersion(metadata),
      renewMs: RENEW_MS,
    });
    return size;
  };

  /** Calculates what was claimed, and returns what makes its end known. */
  const refresh = async (claimed: ClaimedCohort, claim: string): Promise<() => Promise<unknown>> => {
    const startedMs = performance.now();
    const { cohort, attempts } = claimed;
    try {
      const size = await calculate(claimed);
      if (size === undefined) return () => forgetCohortState(metadata, cohort);
      const elapsedMs = performance.now() - startedMs;
      const againInSeconds = Math.max(intervalMs, elapsedMs * REST_PER_SECOND) / 1_000;
      return () => succeedCohort(metadata, cohort, claim, { size, elapsedMs, againInSeconds });
    } catch (error) {
      const reason = stopped ? STOPPED_REASON : describeFailure(error);
      const pause = stopped ? 0 : pauseAfter(attempts);
      log.warn({ cohort, attempts, reason }, 'a cohort could not be calculated; it will be tried again');
      return () => failCohort(metadata, cohort, claim, reason, pause);
    }
  };

  const runDue = async (): Promise<number> => {
    await say();
    for (let taken = 0; taken < ROUND_MAX && !stopped; taken++) {
      const claim = randomUUID();
      const claimed = await claimCohort(metadata, claim, CLAIM_SECONDS);
      if (!claimed) return taken;
      unsaid = await refresh(claimed, claim);
      await say();
    }
    return ROUND_MAX;
  };

  const schedule = (): void => {
    timer = setTimeout(
      () => {
        // Postgres away: the next look will find what is due.
        running = runDue()
          .catch((error: unknown) => log.debug({ err: error }, 'cohorts that are due could not be looked up'))
          .then(() => {
            if (!stopped) schedule();
          });
      },
      Math.min(intervalMs, POLL_MAX_MS),
    );
    timer.unref();
  };
  schedule();

  return {
    runDue,
    async stop() {
      stopped = true;
      stopping.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
