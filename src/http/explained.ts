/** Explanations as they are answered: with the time the question will take, by those asked before, and with cheaper ones. */
import { RequestError } from '../errors.js';
import { applyAlternative, listAlternatives } from '../query/calibration/alternatives.js';
import type { QueryHistory } from '../query/calibration/history.js';
import type { QueryContext } from '../query/context.js';

/** Explains a question without running it. */
export type Explain = (context: QueryContext, question: unknown) => Promise<object>;

/** Of all alternatives tried, these many are told. */
const ALTERNATIVES_MAX = 4;
/** One that reads as much is told when it is expected to take less than this share of the time. */
const QUICKER = 0.8;

const readRows = (explanation: object): number => {
  const { estimate } = explanation as { estimate?: { rows?: number } };
  return Number(estimate?.rows ?? 0);
};

/** What stands in an explanation beside the plan. */
function tellTime(history: QueryHistory, kind: string, question: unknown, rows: number) {
  const expected = history.expect(kind, question, rows);
  return expected ?? { expected_ms: null, range_ms: null, samples: 0, confidence: 'none' as const };
}

async function tellAlternatives(
  history: QueryHistory,
  context: QueryContext,
  kind: string,
  question: object,
  explanation: object,
  explain: Explain,
): Promise<object[]> {
  const rows = readRows(explanation);
  const expected = tellTime(history, kind, question, rows).expected_ms;
  const found: object[] = [];
  for (const alternative of listAlternatives(question)) {
    if (found.length >= ALTERNATIVES_MAX) break;
    const asked = applyAlternative(question, alternative);
    try {
      const cheaper = readRows(await explain(context, asked));
      const { expected_ms } = tellTime(history, kind, asked, cheaper);
      const isQuicker = expected !== null && expected_ms !== null && expected_ms < expected * QUICKER;
      if (cheaper < rows || isQuicker)
        found.push({ ...alternative, estimate: { rows: cheaper }, expected_ms });
    } catch (error) {
      // What makes no sense as a question is no alternative.
      if (!(error instanceof RequestError)) throw error;
    }
  }
  return found;
}

/** The explanation of a question. @throws what `explain` throws */
export async function explainQuestion(
  history: QueryHistory,
  context: QueryContext,
  kind: string,
  question: unknown,
  explain: Explain,
): Promise<object> {
  const explanation = await explain(context, question);
  const { limits } = context;
  const alternatives =
    typeof question === 'object' && question !== null
      ? await tellAlternatives(history, context, kind, question, explanation, explain)
      : [];
  return {
    ...explanation,
    ...tellTime(history, kind, question, readRows(explanation)),
    limit: {
      rows: limits.maxRowsToRead,
      memory_bytes: limits.maxMemoryBytes,
      seconds: limits.timeoutMs / 1_000,
    },
    alternatives,
  };
}

/** The refusal of a question that is over its limit, with its explanation; any other error as it is. */
export async function explainRefused(error: unknown, explanation: () => Promise<object>): Promise<unknown> {
  if (!(error instanceof RequestError) || error.code !== 'query_over_limit') return error;
  // The estimate in the refusal is of one statement; that of the explanation is of all.
  const members = await explanation().catch(() => ({}));
  return new RequestError(error.status, error.code, error.detail, error.errors, {
    members: { ...error.extra.members, ...members },
  });
}
