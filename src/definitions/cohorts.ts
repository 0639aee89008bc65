/**
 * Saved cohorts in Postgres. A cohort by criteria is found when it is asked for (src/query/cohort); what is stored of it in
 * ClickHouse is for metrics and the history of its size. A fixed cohort is a list of people there, see cohort-lists.ts.
 */
import * as v from 'valibot';
import { RequestError } from '../errors.js';
import type { Metadata, Run } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import { type Criteria, readCriteria } from '../query/cohort/criteria.js';
import { type FindCriteria, type Membership, resolveMembership } from '../query/cohort/formula.js';
import { parseRequest, refuseField } from '../query/request.js';
import { forgetCohortState, setCohortWaiting } from './cohort-states.js';
import { nameSchema } from './funnels.js';
import { type Author, createId, isId, type Page } from './id.js';

const ADD = loadStatement('cohort-add');
const ADD_VERSION = loadStatement('cohort-add-version');
const ADVANCE = loadStatement('cohort-advance');
const COUNT = loadStatement('cohort-count');
const DELETE = loadStatement('cohort-delete');
const GET = loadStatement('cohort-get');
const LIST = loadStatement('cohort-list');
const USERS_OF = loadStatement('cohort-users-of');
const VERSIONS = loadStatement('cohort-versions');

/** Cohorts of one project. Deleting one searches the criteria of all. */
const COHORTS_MAX = 1_000;
/** Bytes of the criteria's JSON; a page of a list holds up to a thousand of them. */
const CRITERIA_BYTES_MAX = 65_536;
/** What stands in the way of a change, named. */
const NAMED_MAX = 5;
/** Versions shown of one cohort; older ones stay. */
const VERSIONS_SHOWN_MAX = 100;

export interface CohortVersion {
  readonly version: number;
  readonly name: string;
  /** As they were written; `readCriteria` says what they mean. Null: a list of people. */
  readonly criteria: unknown;
  /** Id of the key it was made with. */
  readonly createdBy: string;
  readonly createdAt: Date;
}

export interface CohortRecord extends CohortVersion {
  readonly id: string;
  /** Whether it is a list of people; its criteria, if any, are those they fulfilled when it was made. */
  readonly fixed: boolean;
  readonly updatedAt: Date;
}

const schema = v.strictObject({ name: nameSchema, criteria: v.unknown() });
const changeSchema = v.strictObject({ name: v.optional(nameSchema), criteria: v.optional(v.unknown()) });

/** What a saved cohort means. */
const criteriaOf = ({ id, fixed, criteria }: CohortRecord): Criteria =>
  fixed ? { kind: 'list', id } : readCriteria(criteria);

/** Finds the criteria of a project's cohorts, for those that name others. Throws MetadataError. */
const createFinder =
  (run: Run, project: string): FindCriteria =>
  async (id) => {
    const record = await findCohort(run, project, id);
    return record && criteriaOf(record);
  };

/** Who belongs to criteria of a request, as of an instant, epoch ms. @throws RequestError 422, MetadataError */
export const resolveCriteria = (
  run: Run,
  project: string,
  criteria: Criteria,
  asOfMs: number,
  self?: string,
): Promise<Membership> => resolveMembership(criteria, asOfMs, createFinder(run, project), self);

/**
 * Who belongs to a saved cohort as of several instants, by the same definitions: those it names are looked up once.
 * What is returned throws as `resolveCohort`.
 */
export function followCohort(
  run: Run,
  project: string,
  record: CohortRecord,
): (asOfMs: number) => Promise<Membership> {
  const find = createFinder(run, project);
  const found = new Map<string, Promise<Criteria | undefined>>();
  const findOnce: FindCriteria = (id) => {
    const known = found.get(id) ?? find(id);
    found.set(id, known);
    return known;
  };
  const criteria = criteriaOf(record);
  return (asOfMs) => resolveMembership(criteria, asOfMs, findOnce, record.id);
}

/** Who belongs to a saved cohort, as of an instant, epoch ms. @throws RequestError 422, MetadataError */
export const resolveCohort = (
  run: Run,
  project: string,
  record: CohortRecord,
  asOfMs: number,
): Promise<Membership> => resolveCriteria(run, project, criteriaOf(record), asOfMs, record.id);

function writeCriteria(criteria: unknown): string {
  const json = JSON.stringify(criteria ?? null);
  if (Buffer.byteLength(json) <= CRITERIA_BYTES_MAX) return json;
  throw refuseField('criteria', `The criteria of a cohort have at most ${CRITERIA_BYTES_MAX} bytes of JSON.`);
}

/** What is about to be saved. */
export interface NewCohort {
  readonly name: string;
  readonly criteria: unknown;
  readonly fixed: boolean;
}

/** The id of a cohort to be. */
export const createCohortId = (): string => createId('co');

/** Saves a cohort under its id, as its first version. @throws RequestError 422, MetadataError */
export async function insertCohort(
  metadata: Metadata,
  { project, keyId }: Author,
  id: string,
  { name, criteria, fixed }: NewCohort,
): Promise<CohortRecord> {
  const json = writeCriteria(criteria);
  return metadata.transaction(async (run) => {
    const [count] = await run.query<{ cohorts: number }>(COUNT, [project]);
    if (count!.cohorts >= COHORTS_MAX)
      throw new RequestError(
        422,
        'too_many_cohorts',
        `This project has ${COHORTS_MAX} cohorts, which is the most: delete some that are not used.`,
      );
    await run.query(ADD, [id, project, name, json, keyId, fixed]);
    await run.query(ADD_VERSION, [project, id, keyId]);
    if (!fixed) await setCohortWaiting(run, project, id);
    return getCohort(run, project, id);
  });
}

/** Saves a cohort: `{name, criteria}`. @throws RequestError 422, MetadataError */
export async function addCohort(metadata: Metadata, author: Author, input: unknown): Promise<CohortRecord> {
  const { name, criteria } = parseRequest(schema, input);
  await resolveCriteria(metadata, author.project, readCriteria(criteria), Date.now());
  return insertCohort(metadata, author, createCohortId(), { name, criteria, fixed: false });
}

/**
 * Gives a cohort a new version: `{name?, criteria?}`. `findUsers` finds those who know it by its name.
 * @throws RequestError 404, 409 for another name while such use it, 422, MetadataError
 */
export async function replaceCohort(
  metadata: Metadata,
  { project, keyId }: Author,
  id: string,
  input: unknown,
  findUsers: FindCohortUsers,
): Promise<CohortRecord> {
  const record = await getCohort(metadata, project, id);
  const { fixed } = record;
  const { name, criteria } = parseRequest(changeSchema, input);
  if (name === undefined && criteria === undefined)
    throw refuseField('criteria', 'A new version has a name, criteria or both.');
  if (criteria !== undefined && fixed)
    throw refuseField('criteria', 'A fixed cohort is a list: PUT …/users replaces it.');
  if (criteria !== undefined)
    await resolveCriteria(metadata, project, readCriteria(criteria), Date.now(), id);
  const users = name === undefined || name === record.name ? [] : await findUsers(project, record);
  if (users.length > 0) throw refuseInUse(users);
  const json = criteria === undefined ? null : writeCriteria(criteria);
  return metadata.transaction(async (run) => {
    const moved = await run.query(ADVANCE, [project, id, name ?? null, json]);
    if (moved.length === 0) throw refuseUnknown();
    await run.query(ADD_VERSION, [project, id, keyId]);
    if (json !== null) await setCohortWaiting(run, project, id);
    return getCohort(run, project, id);
  });
}

export async function findCohort(run: Run, project: string, id: string): Promise<CohortRecord | undefined> {
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

/** The latest versions of a cohort, newest first. @throws MetadataError */
export const listCohortVersions = (run: Run, id: string): Promise<CohortVersion[]> =>
  run.query<CohortVersion>(VERSIONS, [id, VERSIONS_SHOWN_MAX]);

/** A page of a project's cohorts in the order they were made. @throws MetadataError */
export const listCohorts = (run: Run, project: string, { limit, after }: Page): Promise<CohortRecord[]> =>
  run.query<CohortRecord>(LIST, [project, limit, after]);

/** Something that is defined by a cohort; `kind` is such as "funnel". */
export interface CohortUser {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
}

/** Finds what names a cohort of a project in a way of its own, such as metrics, which know it by its name. Throws MetadataError. */
export type FindCohortUsers = (project: string, cohort: CohortRecord) => Promise<readonly CohortUser[]>;

function refuseInUse(users: readonly CohortUser[]): RequestError {
  const paths = users.slice(0, NAMED_MAX).map(({ kind, id, name }) => `${kind} ${name} (${id})`);
  const more = users.length > NAMED_MAX ? ' and others' : '';
  return new RequestError(
    409,
    'cohort_in_use',
    `Something is defined by this cohort: ${paths.join(', ')}${more}. Change or delete those first.`,
    paths.map((path) => ({ path, code: 'uses_cohort', message: 'It is defined by this cohort.' })),
  );
}

/**
 * Deletes a cohort and returns what it was. `findUsers` finds those who know it by more than its id.
 * @throws RequestError 404, 409 while something is defined by it, MetadataError
 */
export async function deleteCohort(
  run: Run,
  project: string,
  id: string,
  findUsers: FindCohortUsers,
): Promise<CohortRecord> {
  const record = await getCohort(run, project, id);
  const users = [
    ...(await run.query<CohortUser>(USERS_OF, [project, id, NAMED_MAX + 1])),
    ...(await findUsers(project, record)),
  ];
  if (users.length > 0) throw refuseInUse(users);
  const deleted = await run.query(DELETE, [project, id]);
  if (deleted.length === 0) throw refuseUnknown();
  await forgetCohortState(run, id);
  return record;
}

const refuseUnknown = (): RequestError =>
  new RequestError(
    404,
    'cohort_not_found',
    'This project has no such cohort; GET /v1/analytics/cohorts lists those it has.',
  );
