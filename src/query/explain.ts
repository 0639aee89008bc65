/** What `?explain=1` gives instead of an answer: the plan, its statements and what they would cost. */
import type { QueryContext } from './context.js';
import { type Estimate, estimateStatements, type Statement } from './run.js';

export interface Explanation {
  readonly plan: unknown;
  readonly sql: readonly string[];
  /** Values of each statement's parameters. */
  readonly params: readonly unknown[];
  readonly estimate: Estimate;
  readonly limit: { readonly rows: number; readonly memory_bytes: number; readonly seconds: number };
}

export async function explainStatements(
  context: QueryContext,
  statements: readonly Statement[],
  plan: unknown,
): Promise<Explanation> {
  const { limits } = context;
  return {
    plan,
    sql: statements.map(({ sql }) => sql),
    params: statements.map(({ params }) => params),
    estimate: await estimateStatements(context, statements),
    limit: {
      rows: limits.maxRowsToRead,
      memory_bytes: limits.maxMemoryBytes,
      seconds: limits.timeoutMs / 1_000,
    },
  };
}
