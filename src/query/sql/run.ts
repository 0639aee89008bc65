/** POST /v1/query: a client's select over its project's events, guarded (guard.ts), scoped (project-query.sql) and limited. */
import * as v from 'valibot';
import { type ClickHouse, createClickHouse } from '../../clickhouse/client.js';
import { parseJson } from '../../clickhouse/json.js';
import { loadSql } from '../../clickhouse/sql-file.js';
import { EngineError, RequestError } from '../../errors.js';
import type { QueryLimits } from '../context.js';
import { parseRequest, refuseField } from '../request.js';
import { explainRefusal } from '../run.js';
import { type CatalogueReader, createCatalogueReader } from './catalogue.js';
import { guardSql, SQL_LENGTH_MAX } from './guard.js';

/** An empty database: a statement that runs in it finds no table but what the statement itself brings along. */
const SANDBOX = 'weir_sql';
/** Rows and bytes of an answer; more is an export, not a question. */
const RESULT_ROWS_MAX = 10_000;
const RESULT_BYTES_MAX = 32 * 1024 * 1024;
const PARAMETERS_MAX = 100;
const ERROR_LENGTH_MAX = 500;
/** ClickHouse's code for a table that is not there. */
const UNKNOWN_TABLE = '60';

const scalar = v.union(
  [v.string(), v.number(), v.boolean(), v.null()],
  'A parameter is a string, a number, a boolean, null, or an array of these.',
);

const Question = v.strictObject({
  sql: v.pipe(v.string('sql is a string.'), v.minLength(1, 'sql is not empty.'), v.maxLength(SQL_LENGTH_MAX)),
  params: v.optional(
    v.pipe(
      v.record(
        v.pipe(v.string(), v.regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'The name of a parameter is plain.')),
        v.union([scalar, v.array(scalar)]),
      ),
      v.check(
        (params) => Object.keys(params).length <= PARAMETERS_MAX,
        `At most ${PARAMETERS_MAX} parameters.`,
      ),
    ),
    {},
  ),
});

export interface SqlAnswer {
  columns: { name: string; type: string }[];
  rows: unknown[][];
  meta: { rows_read: number; elapsed_ms: number };
}

export interface SqlRunner {
  /** Throws RequestError 422 for what is wrong with the question, EngineError when ClickHouse is away. */
  run(project: string, input: unknown, limits: QueryLimits, signal?: AbortSignal): Promise<SqlAnswer>;
  close(): Promise<void>;
}

interface CompactAnswer {
  meta: { name: string; type: string }[];
  data: unknown[][];
  statistics: { elapsed: number; rows_read: number };
}

async function readAnswer(stream: AsyncIterable<Buffer>): Promise<CompactAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > RESULT_BYTES_MAX) {
      throw new RequestError(
        422,
        'query_over_limit',
        `The answer has more than ${RESULT_BYTES_MAX} bytes: ask for fewer rows or columns.`,
      );
    }
    chunks.push(chunk);
  }
  return parseJson(Buffer.concat(chunks).toString()) as CompactAnswer;
}

/** What ClickHouse says of the statement, without what it says of ours around it. */
function explainStatement(error: EngineError): RequestError {
  if (error.code === UNKNOWN_TABLE) {
    return new RequestError(
      422,
      'query_refused',
      'The statement names a table that is not there: events is the only one.',
    );
  }
  const text = error.message
    .replace(/\s*(?:: )?(?:In|in|while) (?:scope|query|processing).*$/s, '')
    .replace(/\. ?Maybe you meant.*$/s, '');
  return new RequestError(
    422,
    'query_refused',
    `ClickHouse refused the statement: ${text.slice(0, ERROR_LENGTH_MAX)}`,
  );
}

const createSettings = (limits: QueryLimits) => ({
  max_memory_usage: limits.maxMemoryBytes,
  max_rows_to_read: limits.maxRowsToRead,
  max_result_rows: RESULT_ROWS_MAX,
  max_result_bytes: RESULT_BYTES_MAX,
  result_overflow_mode: 'throw',
  allow_suspicious_types_in_group_by: 1,
  allow_suspicious_types_in_order_by: 1,
  allow_introspection_functions: 0,
  output_format_json_quote_64bit_integers: 0,
  // Times as everywhere: ISO 8601 in UTC.
  date_time_output_format: 'iso',
  readonly: 1,
});

/** A runner on the ClickHouse behind `url`, whose database holds the events. */
export function createSqlRunner(url: string): SqlRunner {
  const sandboxUrl = new URL(url);
  const database = decodeURIComponent(sandboxUrl.pathname.slice(1)) || 'weir';
  sandboxUrl.pathname = `/${SANDBOX}`;
  const clickhouse: ClickHouse = createClickHouse(sandboxUrl.href, { application: 'weir-sql' });
  const catalogue: CatalogueReader = createCatalogueReader(clickhouse);
  let made: Promise<void> | undefined;

  function makeSandbox(): Promise<void> {
    made ??= clickhouse.createDatabase().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  }

  return {
    async run(project, input, limits, signal) {
      const { sql, params } = parseRequest(Question, input);
      for (const name of Object.keys(params)) {
        if (/^weir_/i.test(name))
          throw refuseField(`params.${name}`, 'Names that begin with weir_ are taken.');
      }
      await makeSandbox();
      const guarded = guardSql(sql, await catalogue.read());
      if ('code' in guarded) {
        const { code, message, offset } = guarded;
        const before = sql.slice(0, offset).split('\n');
        const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
        const detail = `The statement cannot be run: ${message} (line ${place.line}, column ${place.column}).`;
        throw new RequestError(422, 'sql_refused', detail, [{ path: 'sql', code, message }], {
          members: place,
        });
      }
      const statement = loadSql('clickhouse/project-query.sql').replace('{{question}}', () => guarded.text);
      const startedAt = performance.now();
      try {
        const stream = await clickhouse.queryRaw(statement, 'JSONCompact', {
          params: { ...params, weir_database: database, weir_project: project },
          settings: createSettings(limits),
          timeoutMs: limits.timeoutMs,
          ...(signal ? { signal } : {}),
        });
        const { meta, data, statistics } = await readAnswer(stream as AsyncIterable<Buffer>);
        return {
          columns: meta,
          rows: data,
          meta: { rows_read: statistics.rows_read, elapsed_ms: Math.round(performance.now() - startedAt) },
        };
      } catch (error) {
        const explained = await explainRefusal(clickhouse, error);
        throw explained instanceof EngineError && !explained.retryable && !signal?.aborted
          ? explainStatement(explained)
          : explained;
      }
    },
    close: () => clickhouse.close(),
  };
}
