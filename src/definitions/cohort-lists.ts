/**
 * Fixed cohorts: lists of people. A list is written to ClickHouse before its cohort is known in Postgres, and published as a whole;
 * a process that dies on the way leaves rows that nobody reads.
 */
import * as v from 'valibot';
import type { ClickHouse } from '../clickhouse/client.js';
import { RequestError } from '../errors.js';
import type { Metadata, Run } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import {
  type ListReport,
  type MemberVersion,
  publishMembers,
  reportList,
  storeList,
} from '../query/cohort/members.js';
import type { MemberPlace } from '../query/cohort/print.js';
import { parseRequest, refuseField } from '../query/request.js';
import { type CohortRecord, createCohortId, getCohort, insertCohort } from './cohorts.js';
import { nameSchema } from './funnels.js';
import type { Author } from './id.js';

const MEMBER_VERSION = loadStatement('cohort-member-version');

/** People of a list: 40 MB of names in the front while it is stored. */
export const LIST_PEOPLE_MAX = 1_000_000;
const NAME_LENGTH_MAX = 200;
/** Unknown people named in the report of a list. */
const UNKNOWN_NAMED_MAX = 20;

/** Where definitions and members are kept. */
export interface CohortStores {
  readonly metadata: Metadata;
  readonly clickhouse: ClickHouse;
}

/** A member of a list: a user_id, or with `known: false` the anonymous_id of somebody who never signed in. */
export type ListedPerson = MemberPlace;

const nameOfPersonSchema = v.pipe(
  v.string('A person is a user_id, or {"anonymous_id": …}.'),
  v.minLength(1, 'The id of a person is not empty.'),
  v.maxLength(NAME_LENGTH_MAX, `The id of a person has at most ${NAME_LENGTH_MAX} characters.`),
);

const personSchema = v.union(
  [
    v.pipe(
      nameOfPersonSchema,
      v.transform((name): ListedPerson => ({ name, known: true })),
    ),
    v.pipe(
      v.strictObject({ user_id: nameOfPersonSchema }),
      v.transform(({ user_id }): ListedPerson => ({ name: user_id, known: true })),
    ),
    v.pipe(
      v.strictObject({ anonymous_id: nameOfPersonSchema }),
      v.transform(({ anonymous_id }): ListedPerson => ({ name: anonymous_id, known: false })),
    ),
  ],
  'A person is a user_id of 1 to 200 characters, or {"anonymous_id": …}.',
);

export const peopleSchema = v.pipe(
  v.array(personSchema, 'users is an array of user_id, or of {"user_id"} and {"anonymous_id"}.'),
  v.maxLength(LIST_PEOPLE_MAX, `A list has at most ${LIST_PEOPLE_MAX} people.`),
);

const listSchema = v.strictObject({ name: nameSchema, static: v.literal(true), users: peopleSchema });

/** The number of the next version of members. @throws MetadataError */
export async function nextMemberVersion(run: Run): Promise<string> {
  const [row] = await run.query<{ version: string }>(MEMBER_VERSION);
  return row!.version;
}

function refuseDuplicatesAway(people: readonly ListedPerson[]): ListedPerson[] {
  const unique = new Map(people.map((person) => [`${Number(person.known)}${person.name}`, person]));
  if (unique.size > LIST_PEOPLE_MAX)
    throw new RequestError(422, 'list_too_long', `A list has at most ${LIST_PEOPLE_MAX} people.`);
  return [...unique.values()];
}

async function writeList(
  { metadata, clickhouse }: CohortStores,
  project: string,
  cohort: string,
  people: readonly ListedPerson[],
): Promise<MemberVersion> {
  const members = { project, cohort, version: await nextMemberVersion(metadata) };
  await storeList(clickhouse, members, refuseDuplicatesAway(people));
  await publishMembers(clickhouse, members, Date.now());
  return members;
}

export type StaticCohort = CohortRecord & { readonly report: ListReport };

/**
 * Saves a fixed cohort of these people; repeats count once. `criteria`, if any, are kept as a note of what they fulfilled.
 * @throws RequestError 422, MetadataError, EngineError
 */
export async function createStaticCohort(
  stores: CohortStores,
  author: Author,
  { name, people, criteria }: { name: string; people: readonly ListedPerson[]; criteria?: unknown },
): Promise<StaticCohort> {
  const named = parseRequest(v.object({ name: nameSchema }), { name });
  const id = createCohortId();
  const members = await writeList(stores, author.project, id, people);
  const fields = { name: named.name, criteria: criteria ?? null, fixed: true };
  const record = await insertCohort(stores.metadata, author, id, fields);
  return { ...record, report: await reportList(stores.clickhouse, members, UNKNOWN_NAMED_MAX) };
}

/** Saves `{name, static: true, users}`. @throws RequestError 422, MetadataError, EngineError */
export const addList = (stores: CohortStores, author: Author, input: unknown): Promise<StaticCohort> => {
  const { name, users } = parseRequest(listSchema, input);
  return createStaticCohort(stores, author, { name, people: users });
};

/** Replaces the people of a fixed cohort. @throws RequestError 404, 422 when it has criteria, MetadataError, EngineError */
export async function replaceList(
  stores: CohortStores,
  project: string,
  id: string,
  people: readonly ListedPerson[],
): Promise<StaticCohort> {
  const record = await getCohort(stores.metadata, project, id);
  if (!record.fixed)
    throw refuseField('', 'This cohort is found by its criteria; only a fixed one has a list of people.');
  const members = await writeList(stores, project, id, people);
  return { ...record, report: await reportList(stores.clickhouse, members, UNKNOWN_NAMED_MAX) };
}
