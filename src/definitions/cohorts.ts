/** Saved cohorts in Postgres. Who belongs is not stored: src/query/cohort finds it when it is asked. */
import * as v from 'valibot';
import { RequestError } from '../errors.js';
import type { Metadata, Run } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import { type Criteria, readCriteria } from '../query/cohort/criteria.js';
import { type FindCriteria, type Membership, resolveMembership } from '../query/cohort/formula.js';
import { parseRequest, refuseField } from '../query/request.js';
import { nameSchema } from './funnels.js';
import { type Author, createId, isId, type Page } from './id.js';

const ADD = loadStatement('cohort-add');
const COUNT = loadStatement('cohort-count');
const DELETE = loadStatement('cohort-delete');
const GET = loadStatement('cohort-get');
const LIST = loadStatement('cohort-list');
const USERS_OF = loadStatement('cohort-users-of');

/** Cohorts of one project. Deleting one searches the criteria of all. */
const COHORTS_MAX = 1_000;
/** Bytes of the criteria's JSON; a page of a list holds up to a thousand of them. */
const CRITERIA_BYTES_MAX = 65_536;
/** Cohorts named that stand in the way of a deletion. */
const NAMED_MAX = 5;

export interface CohortRecord {
  readonly id: string;
  readonly name: string;
  /** As they were written; `readCriteria` says what they mean. */
  readonly criteria: unknown;
  /** Id of the key it was made with. */
  readonly createdBy: string;
  readonly createdAt: Date;
}

const schema = v.strictObject({
  name: nameSchema,
  criteria: v.unknown(),
  static: v.optional(
    v.pipe(
      v.boolean('static is true or false.'),
      v.check(
        (fixed) => !fixed,
        'Fixed lists of members are not stored; leave out static, and ask with as_of for the members of a moment.',
      ),
    ),
  ),
});

/** Finds the criteria of a project's cohorts, for those that name others. Throws MetadataError. */
const createFinder =
  (run: Run, project: string): FindCriteria =>
  async (id) => {
    const record = await findCohort(run, project, id);
    return record && readCriteria(record.criteria);
  };

/** Who belongs to criteria of a request, as of an instant, epoch ms. @throws RequestError 422, MetadataError */
export const resolveCriteria = (
  run: Run,
  project: string,
  criteria: Criteria,
  asOfMs: number,
): Promise<Membership> => resolveMembership(criteria, asOfMs, createFinder(run, project));

/** Who belongs to a saved cohort, as of an instant, epoch ms. @throws RequestError 422, MetadataError */
export const resolveCohort = (
  run: Run,
  project: string,
  { id, criteria }: CohortRecord,
  asOfMs: number,
): Promise<Membership> => resolveMembership(readCriteria(criteria), asOfMs, createFinder(run, project), id);

/** Saves a cohort: `{name, criteria}`. @throws RequestError 422, MetadataError */
export async function addCohort(
  metadata: Metadata,
  { project, keyId }: Author,
  input: unknown,
): Promise<CohortRecord> {
  const { name, criteria } = parseRequest(schema, input);
  await resolveCriteria(metadata, project, readCriteria(criteria), Date.now());
  const json = JSON.stringify(criteria);
  if (Buffer.byteLength(json) > CRITERIA_BYTES_MAX)
    throw refuseField(
      'criteria',
      `The criteria of a cohort have at most ${CRITERIA_BYTES_MAX} bytes of JSON.`,
    );
  const id = createId('co');
  return metadata.transaction(async (run) => {
    const [count] = await run.query<{ cohorts: number }>(COUNT, [project]);
    if (count!.cohorts >= COHORTS_MAX)
      throw new RequestError(
        422,
        'too_many_cohorts',
        `This project has ${COHORTS_MAX} cohorts, which is the most: delete some that are not used.`,
      );
    await run.query(ADD, [id, project, name, json, keyId]);
    return getCohort(run, project, id);
  });
}

async function findCohort(run: Run, project: string, id: string): Promise<CohortRecord | undefined> {
  if (!isId(id)) return undefined;
  const [record] = await run.query<CohortRecord>(GET, [project, id]);
  return record;
}

/** @throws RequestError 404, MetadataError */
export async function getCohort(run: Run, project: string, id: string): Promise<CohortRecord> {
  const record = await findCohort(run, project, id);
  if (record) return record;
  throw refuseUnknown();
}

/** A page of a project's cohorts in the order they were made. @throws MetadataError */
export const listCohorts = (run: Run, project: string, { limit, after }: Page): Promise<CohortRecord[]> =>
  run.query<CohortRecord>(LIST, [project, limit, after]);

/** Deletes a cohort and returns what it was. @throws RequestError 404, 409 while others are defined by it, MetadataError */
export async function deleteCohort(run: Run, project: string, id: string): Promise<CohortRecord> {
  const record = await getCohort(run, project, id);
  const users = await run.query<{ id: string; name: string }>(USERS_OF, [project, id, NAMED_MAX]);
  if (users.length > 0) {
    const names = users.map((user) => `${user.name} (${user.id})`).join(', ');
    throw new RequestError(409, 'cohort_in_use', `Other cohorts are defined by this one: ${names}.`);
  }
  const deleted = await run.query(DELETE, [project, id]);
  if (deleted.length === 0) throw refuseUnknown();
  return record;
}

const refuseUnknown = (): RequestError =>
  new RequestError(
    404,
    'cohort_not_found',
    'This project has no such cohort; GET /v1/analytics/cohorts lists those it has.',
  );
