/** Runs printed statements under limits, estimates them beforehand, and turns what the engine refuses into problems. */
import type { ClickHouse } from '../clickhouse/client.js';
import { TIMEOUT_CODE } from '../clickhouse/error.js';
import { EngineError, RequestError } from '../errors.js';
import type { QueryContext } from './context.js';
import type { Bindable, Printed } from './printed.js';

/** A statement ready to run. */
export interface Statement {
  readonly sql: Printed;
  readonly params: Readonly<Record<string, Bindable>>;
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** Rows, parts and marks the engine expects to read, over all tables of the statement. */
export interface Estimate {
  readonly parts: number;
  readonly rows: number;
  readonly marks: number;
}

/** ClickHouse's codes for: over a limit of ours, and: the request's own text is at fault. */
const LIMIT_CODES: ReadonlyMap<string, string> = new Map([
  ['158', 'it reads more rows than allowed'],
  ['159', 'it takes longer than allowed'],
  ['160', 'it would take longer than allowed'],
  ['241', 'it needs more memory than allowed'],
  ['307', 'it reads more bytes than allowed'],
  ['396', 'its answer has more rows than allowed'],
  [TIMEOUT_CODE, 'it takes longer than allowed'],
]);
const REGEXP_CODES = ['427', '36'];

/** How long an engine that left a statement without an answer may take to say that it is there. */
const SIGN_TIMEOUT_MS = 3_000;

/** The RequestError behind a refusal that is the request's to mend; other errors, and a timeout of an engine that gives no sign, as they are. */
export async function explainRefusal(clickhouse: ClickHouse, error: unknown): Promise<unknown> {
  if (!(error instanceof EngineError)) return error;
  if (error.code === TIMEOUT_CODE && !(await givesSign(clickhouse))) return error;
  const limit = LIMIT_CODES.get(error.code);
  if (limit !== undefined)
    return new RequestError(
      422,
      'query_over_limit',
      `This question is over its limit: ${limit}. Ask for a shorter range, fewer breakdown values or a longer grain.`,
    );
  if (REGEXP_CODES.includes(error.code) && /regexp|re2|regular expression/i.test(error.message))
    return new RequestError(
      422,
      'invalid_regexp',
      'A regular expression of a where cannot be read; the syntax is RE2.',
    );
  return error;
}

const givesSign = (clickhouse: ClickHouse): Promise<boolean> =>
  clickhouse.ping(SIGN_TIMEOUT_MS).then(
    () => true,
    () => false,
  );

/**
 * Settings of a look: a statement that is not the question but finds out what there is, to plan it or to say how fresh its answer is.
 * What it reads is not held against what the question may read; its time and memory are.
 */
export const LOOK = { max_rows_to_read: 0 } as const;

/** Memory after which group by and order by go to disk, as a share of what the statement may use. */
const SPILL_SHARE = 0.5;

function createSettings({ limits }: QueryContext, statement: Statement): Record<string, string | number> {
  return {
    max_memory_usage: limits.maxMemoryBytes,
    max_rows_to_read: limits.maxRowsToRead,
    max_bytes_before_external_group_by: Math.floor(limits.maxMemoryBytes * SPILL_SHARE),
    max_bytes_before_external_sort: Math.floor(limits.maxMemoryBytes * SPILL_SHARE),
    ...statement.settings,
  };
}

const createCall = (context: QueryContext, statement: Statement) => ({
  params: statement.params,
  settings: createSettings(context, statement),
  timeoutMs: context.limits.timeoutMs,
  ...(context.signal && { signal: context.signal }),
});

export interface Answer<T> {
  readonly rows: readonly T[];
  readonly rowsRead: number;
}

/** Rows of a statement as objects. @throws RequestError 422 over a limit; EngineError otherwise */
export async function runStatement<T>(context: QueryContext, statement: Statement): Promise<Answer<T>> {
  try {
    const { rows, statistics } = await context.clickhouse.query<T>(
      statement.sql,
      createCall(context, statement),
    );
    return { rows, rowsRead: statistics.rowsRead };
  } catch (error) {
    throw await explainRefusal(context.clickhouse, error);
  }
}

/** A statement's result in the Native format, as it arrives. @throws as runStatement */
export async function* streamBytes(
  context: QueryContext,
  statement: Statement,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* await context.clickhouse.queryRaw(statement.sql, 'Native', createCall(context, statement));
  } catch (error) {
    throw await explainRefusal(context.clickhouse, error);
  }
}

/** What the engine expects a statement to read. Costs a few milliseconds. */
export async function estimateStatement(context: QueryContext, statement: Statement): Promise<Estimate> {
  // The engine holds the estimate itself against the limit, and would refuse to tell it.
  const settings = { ...statement.settings, ...LOOK };
  const explain = { ...statement, settings, sql: `explain estimate ${statement.sql}` as Printed };
  const { rows } = await runStatement<{ parts: number; rows: number; marks: number }>(context, explain);
  const sum = (key: 'parts' | 'rows' | 'marks'): number =>
    rows.reduce((total, row) => total + Number(row[key]), 0);
  return { parts: sum('parts'), rows: sum('rows'), marks: sum('marks') };
}

/** What the engine expects the statements of one question to read together. */
export async function estimateStatements(
  context: QueryContext,
  statements: readonly Statement[],
): Promise<Estimate> {
  const estimates = await Promise.all(statements.map((statement) => estimateStatement(context, statement)));
  const sum = (key: keyof Estimate): number => estimates.reduce((total, one) => total + one[key], 0);
  return { parts: sum('parts'), rows: sum('rows'), marks: sum('marks') };
}

/** @throws RequestError 422 `query_over_limit` with the estimate when the statements would read more rows than allowed */
export function refuseOverLimit(context: QueryContext, estimate: Estimate): void {
  const { maxRowsToRead } = context.limits;
  context.onEstimate?.(estimate.rows);
  if (estimate.rows <= maxRowsToRead) return;
  throw new RequestError(
    422,
    'query_over_limit',
    `This question would read ${estimate.rows} rows; ${maxRowsToRead} are allowed. Ask for a shorter range or fewer event types.`,
    [],
    { members: { estimate, limit: { rows: maxRowsToRead } } },
  );
}
