/**
 * The stored members of a cohort in ClickHouse. A version is written row by row and counts from the moment it is published, which
 * is the insert of one row; so nobody sees half of one.
 */
import type { ClickHouse } from '../../clickhouse/client.js';
import { loadSql } from '../../clickhouse/sql-file.js';
import type { MemberPlace } from './print.js';

/** Rows of one insert. */
const INSERT_ROWS = 50_000;

export interface MemberVersion {
  readonly project: string;
  readonly cohort: string;
  /** From the sequence of Postgres, as text: greater than all before it. */
  readonly version: string;
}

const PUBLISH = 'clickhouse/cohort-publish.sql';
const FORGET = 'clickhouse/cohort-forget.sql';
const FORGET_NUMBERS = 'clickhouse/cohort-forget-numbers.sql';
const CHAIN = 'clickhouse/cohort-chain.sql';
const HISTORY = 'clickhouse/cohort-history.sql';
const UNKNOWN = 'clickhouse/cohort-unknown.sql';

/** Writes the people of a list. @throws EngineError */
export async function storeList(
  clickhouse: ClickHouse,
  { project, cohort, version }: MemberVersion,
  people: readonly MemberPlace[],
): Promise<void> {
  for (let from = 0; from < people.length; from += INSERT_ROWS) {
    const rows = people.slice(from, from + INSERT_ROWS);
    await clickhouse.insertRows(
      'cohort_people',
      rows.map(({ name, known }) => ({ project, cohort_id: cohort, version, name, known: Number(known) })),
    );
  }
}

/** How members came to be: as a list, calculated whole, or as a change to the version before. */
export type Way = '' | 'whole' | 'changes';

/** What is known of a version beside its people; see migrations/clickhouse/0900. */
export interface VersionMarks {
  readonly way: Way;
  readonly why: string;
  readonly candidates: number;
  readonly people: number;
  readonly received_ms: number;
  readonly joined: string;
  readonly altered: string;
  readonly meaning: string;
}

/** Marks of a version that nothing can be a change to. */
export const UNMARKED: VersionMarks = {
  way: '',
  why: '',
  candidates: 0,
  people: 0,
  received_ms: 0,
  joined: '0',
  altered: '',
  meaning: '',
};

/** Makes a version the one that counts, and removes those before it. @throws EngineError */
export async function publishMembers(
  clickhouse: ClickHouse,
  members: MemberVersion,
  asOfMs: number,
  marks: VersionMarks = UNMARKED,
): Promise<void> {
  const params = { ...members, ...marks, as_of: asOfMs, basis: members.version, previous: '0', before: 0 };
  await clickhouse.command(loadSql(PUBLISH), { params });
  await clickhouse.command(loadSql(FORGET), { params: { ...members } });
  // A list never had numbers.
  if (marks.way !== '') await clickhouse.command(loadSql(FORGET_NUMBERS), { params: { ...members } });
}

/** A published version that holds what changed since the one before, or the whole one at the beginning. */
export interface ChainLink extends Omit<VersionMarks, 'way' | 'why'> {
  readonly version: string;
  readonly basis: string;
  readonly previous: string;
  readonly at: number;
  readonly size: number;
}

/** Makes a change to `last` the version that counts, unless another was published meanwhile. @throws EngineError */
export async function publishChange(
  clickhouse: ClickHouse,
  members: MemberVersion,
  last: ChainLink,
  asOfMs: number,
  marks: VersionMarks,
): Promise<void> {
  const params = { basis: last.basis, previous: last.version, before: last.size };
  await clickhouse.command(loadSql(PUBLISH), { params: { ...members, ...marks, ...params, as_of: asOfMs } });
}

/** The newest whole version and the changes to it, oldest first, `limit` at most. @throws EngineError */
export async function listChain(
  clickhouse: ClickHouse,
  project: string,
  cohort: string,
  limit: number,
): Promise<readonly ChainLink[]> {
  const { rows } = await clickhouse.query<ChainLink>(loadSql(CHAIN), { params: { project, cohort, limit } });
  return rows.map((row) => ({
    ...row,
    version: String(row.version),
    basis: String(row.basis),
    previous: String(row.previous),
    at: Number(row.at),
    size: Number(row.size),
    candidates: Number(row.candidates),
    people: Number(row.people),
    received_ms: Number(row.received_ms),
  }));
}

export interface SizeAt {
  readonly version: string;
  readonly at: number;
  readonly size: number;
  readonly way: Way;
  /** Why it was calculated whole; '' otherwise. */
  readonly why: string;
  /** People whose membership was looked at. */
  readonly candidates: number;
}

/** The sizes a cohort had, newest first. @throws EngineError */
export async function listSizes(
  clickhouse: ClickHouse,
  project: string,
  cohort: string,
  limit: number,
): Promise<readonly SizeAt[]> {
  const { rows } = await clickhouse.query<SizeAt>(loadSql(HISTORY), { params: { project, cohort, limit } });
  return rows.map(({ version, at, size, way, why, candidates }) => ({
    version: String(version),
    at: Number(at),
    size: Number(size),
    way,
    why,
    candidates: Number(candidates),
  }));
}

export interface ListReport {
  /** People of the list, each once. */
  readonly listed: number;
  /** Those of them without any event, and up to some number of their names. */
  readonly unknown: number;
  readonly unknown_ids: readonly string[];
}

/** What a list is worth: how many of its people are known. @throws EngineError */
export async function reportList(
  clickhouse: ClickHouse,
  members: MemberVersion,
  namesMax: number,
): Promise<ListReport> {
  const { rows } = await clickhouse.query<{
    listed: number;
    unknown_people: number;
    unknown_names: string[];
  }>(loadSql(UNKNOWN), { params: { ...members, limit: namesMax } });
  const { listed, unknown_people, unknown_names } = rows[0]!;
  return { listed: Number(listed), unknown: Number(unknown_people), unknown_ids: unknown_names };
}
