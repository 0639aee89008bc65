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

/** Makes a version the one that counts, and removes those before it. @throws EngineError */
export async function publishMembers(
  clickhouse: ClickHouse,
  members: MemberVersion,
  asOfMs: number,
): Promise<void> {
  await clickhouse.command(loadSql(PUBLISH), { params: { ...members, as_of: asOfMs } });
  await clickhouse.command(loadSql(FORGET), { params: { ...members } });
}

export interface SizeAt {
  readonly at: number;
  readonly size: number;
}

/** The sizes a cohort had, newest first. @throws EngineError */
export async function listSizes(
  clickhouse: ClickHouse,
  project: string,
  cohort: string,
  limit: number,
): Promise<readonly SizeAt[]> {
  const { rows } = await clickhouse.query<SizeAt>(loadSql(HISTORY), { params: { project, cohort, limit } });
  return rows.map(({ at, size }) => ({ at: Number(at), size: Number(size) }));
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
