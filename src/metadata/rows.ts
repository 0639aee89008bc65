/**
 * Reading somebody's own Postgres, for moving in: rows of a table or a query as JSON text, in the order of a key.
 *
 * One read-only transaction with a snapshot, one cursor: whatever is written meanwhile, the rows are those of one moment, and
 * only ROWS_AT_ONCE of them are in memory. The key says where a reading stopped: the next one begins behind it. Postgres
 * itself writes the JSON, so every type has the form it has there; a number of any size is its digits.
 */
import { createHash } from 'node:crypto';
import pg from 'pg';
import { toMetadataError } from './failure.js';

/** Rows fetched at once. */
const ROWS_AT_ONCE = 2_000;
const CONNECT_TIMEOUT_MS = 10_000;

/** A row as JSON text and its key: a JSON array of the key columns' texts. */
export interface KeyedRow {
  json: string;
  key: string;
}

export interface Rows {
  /** Names the database and what is read of it, without credentials. */
  name: string;
  /** The same for the same table or query of the same database. */
  identity: string;
  key: readonly string[];
  /** Rows there are about; undefined when nobody knows. */
  estimate: number | undefined;
  /** Rows behind `after`, in the order of the key; all of the same moment, however often it is called. Throws MetadataError. */
  read(after: string | undefined): AsyncGenerator<KeyedRow[]>;
  close(): Promise<void>;
}

export interface RowsRequest {
  /** A table, perhaps with its schema. */
  table?: string;
  /** A query instead of a table. */
  query?: string;
  /** Columns in whose order rows are read; together unique and never null. A table's primary key when absent. */
  key?: readonly string[];
}

/** Why nothing can be read although Postgres answers: a sentence for the person who asked. */
export class RowsRefused extends Error {}

interface KeyColumn {
  name: string;
  type: string;
}

const quoteTable = (table: string): string => table.split('.').map(pg.escapeIdentifier).join('.');

async function findPrimaryKey(client: pg.Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select attribute.attname as name
       from pg_index as index
       cross join lateral unnest(index.indkey::int2[]) with ordinality as part (number, place)
       join pg_attribute as attribute on attribute.attrelid = index.indrelid and attribute.attnum = part.number
      where index.indisprimary and index.indrelid = $1::regclass
      order by part.place`,
    [quoteTable(table)],
  );
  return rows.map(({ name }) => name);
}

async function describeKey(
  client: pg.Client,
  source: string,
  names: readonly string[],
): Promise<KeyColumn[]> {
  const { fields } = await client.query(`select * from ${source} as q limit 0`);
  const columns: KeyColumn[] = [];
  for (const name of names) {
    const field = fields.find((one) => one.name === name);
    if (field === undefined)
      throw new RowsRefused(
        `--by ${name}: there is no such column; there are ${fields.map((one) => one.name).join(', ')}.`,
      );
    const { rows } = await client.query<{ type: string }>('select format_type($1::oid, null) as type', [
      field.dataTypeID,
    ]);
    columns.push({ name, type: rows[0]?.type ?? 'text' });
  }
  return columns;
}

/** A cursor takes no parameters: the key's values are written as literals, with their types. */
function printCursor(source: string, key: readonly KeyColumn[], after: string | undefined): string {
  const names = key.map(({ name }) => `q.${pg.escapeIdentifier(name)}`);
  const texts = names.map((name) => `${name}::text`);
  const values: unknown[] = after === undefined ? [] : JSON.parse(after);
  const literals = key.map(({ type }, index) => `${pg.escapeLiteral(String(values[index]))}::${type}`);
  const behind = after === undefined ? '' : ` where (${names.join(', ')}) > (${literals.join(', ')})`;
  return `declare weir_import no scroll cursor for select row_to_json(q)::text as json, json_build_array(${texts.join(', ')})::text as key from ${source} as q${behind} order by ${names.join(', ')}`;
}

async function estimateRows(client: pg.Client, table: string | undefined): Promise<number | undefined> {
  if (table === undefined) return undefined;
  const { rows } = await client.query<{ count: number }>(
    'select reltuples::float8 as count from pg_class where oid = $1::regclass',
    [quoteTable(table)],
  );
  const count = rows[0]?.count ?? -1;
  return count > 0 ? count : undefined;
}

async function* readCursor(client: pg.Client, statement: string): AsyncGenerator<KeyedRow[]> {
  await client.query(statement);
  try {
    for (;;) {
      const { rows } = await client.query<KeyedRow>(`fetch forward ${ROWS_AT_ONCE} from weir_import`);
      if (rows.length === 0) return;
      const missing = rows.find(({ key }) => JSON.parse(key).includes(null));
      if (missing !== undefined)
        throw new RowsRefused(
          `A row has no key (${missing.key}): say --by COLUMN with one that is never null.`,
        );
      yield rows;
    }
  } finally {
    await client.query('close weir_import').catch(() => {});
  }
}

function describeDatabase(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** Opens a snapshot. Throws MetadataError when Postgres does not answer, RowsRefused when it has no such thing. */
export async function openRows(url: string, request: RowsRequest): Promise<Rows> {
  const { table, query } = request;
  const source = query === undefined ? quoteTable(table ?? '') : `(${query.replace(/;\s*$/, '')})`;
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'weir-import',
    keepAlive: true,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(
      "set timezone to 'UTC'; set statement_timeout to 0; set idle_in_transaction_session_timeout to 0",
    );
    await client.query('begin isolation level repeatable read read only');
    const names = request.key ?? (table === undefined ? [] : await findPrimaryKey(client, table));
    if (names.length === 0)
      throw new RowsRefused(
        `${table === undefined ? 'A query' : `${table} has no primary key and`} needs --by COLUMN: unique, never null; rows are read in its order.`,
      );
    const key = await describeKey(client, source, names);
    const estimate = await estimateRows(client, table);
    const name = `${describeDatabase(url)} ${table ?? 'query'}`;
    return {
      name,
      identity: createHash('sha256')
        .update(`${describeDatabase(url)}\n${source}`)
        .digest('hex')
        .slice(0, 20),
      key: names,
      estimate,
      async *read(after) {
        try {
          yield* readCursor(client, printCursor(source, key, after));
        } catch (error) {
          throw error instanceof RowsRefused ? error : toMetadataError(error);
        }
      },
      async close() {
        await client.end().catch(() => {});
      },
    };
  } catch (error) {
    await client.end().catch(() => {});
    throw error instanceof RowsRefused ? error : toMetadataError(error);
  }
}
