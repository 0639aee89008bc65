/**
 * Where the stored members of each cohort stand, in Postgres.
 *
 *   waiting ──claim──► calculating ──succeed──► ready ──due_at──► claim …
 *                          │ └─────fail───────► failed ──due_at──► claim …
 *                          └─deadline passed: anybody's again
 *
 * A claim is a random text: who lost it (the deadline passed, the cohort changed) can neither end the calculation nor fail it.
 */
import type { Run } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';

const SET = loadStatement('cohort-state-set');
const GET = loadStatement('cohort-state-get');
const CLAIM = loadStatement('cohort-state-claim');
const SUCCEED = loadStatement('cohort-state-succeed');
const FAIL = loadStatement('cohort-state-fail');
const FORGET = loadStatement('cohort-state-forget');

/** Characters of a reason that are kept. */
const REASON_LENGTH_MAX = 1_000;

export interface CohortState {
  readonly status: 'waiting' | 'calculating' | 'ready' | 'failed';
  /** Calculations since the last success. */
  readonly attempts: number;
  /** Why the last calculation failed. */
  readonly reason: string | null;
  readonly dueAt: Date;
  readonly refreshedAt: Date | null;
  readonly size: number | null;
  readonly elapsedMs: number | null;
}

/** A cohort to calculate now. */
export interface ClaimedCohort {
  readonly cohort: string;
  readonly project: string;
  readonly attempts: number;
  readonly refreshedAt: Date | null;
}

/** Makes a cohort due at once. @throws MetadataError */
export const setCohortWaiting = (run: Run, project: string, cohort: string) =>
  run.query(SET, [cohort, project]);

/** @throws MetadataError */
export const forgetCohortState = (run: Run, cohort: string) => run.query(FORGET, [cohort]);

/** @throws MetadataError */
export async function getCohortState(run: Run, cohort: string): Promise<CohortState | undefined> {
  const [state] = await run.query<CohortState>(GET, [cohort]);
  return state;
}

/** The cohort that is due longest, for `seconds` ours alone. @throws MetadataError */
export async function claimCohort(
  run: Run,
  claim: string,
  seconds: number,
): Promise<ClaimedCohort | undefined> {
  const [claimed] = await run.query<ClaimedCohort>(CLAIM, [claim, seconds]);
  return claimed;
}

/** Whether the claim still stood. @throws MetadataError */
export const succeedCohort = async (
  run: Run,
  cohort: string,
  claim: string,
  result: { readonly size: number; readonly elapsedMs: number; readonly againInSeconds: number },
): Promise<boolean> => {
  const values = [cohort, claim, result.size, Math.round(result.elapsedMs), result.againInSeconds];
  return (await run.query(SUCCEED, values)).length > 0;
};

/** Whether the claim still stood. @throws MetadataError */
export const failCohort = async (
  run: Run,
  cohort: string,
  claim: string,
  reason: string,
  againInSeconds: number,
): Promise<boolean> => {
  const values = [cohort, claim, reason.slice(0, REASON_LENGTH_MAX), againInSeconds];
  return (await run.query(FAIL, values)).length > 0;
};
