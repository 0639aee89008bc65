/**
 * How every analytic question is answered: from the cache, or computed, measured and kept. A route says what the question is and how
 * it is computed; what `?explain=1`, `Cache-Control` and limits mean is the same for all.
 */
import type { QueryContext } from '../query/context.js';
import { readsPeople } from '../query/reads.js';
import type { DataReads } from '../stream/data-version.js';
import type { AppDeps } from './deps.js';
import type { AppContext } from './env.js';
import { type Explain, explainQuestion, explainRefused } from './explained.js';
import { addWarnings, checkNamedEvents } from './named-events.js';
import { isExplain, openQuestion } from './question.js';

/** How old an answer a request may allow. */
const STALE_MAX_MS = 3_600_000;

export interface QuestionAsked {
  /** Names what is asked in keys and in the history of what questions cost: its route. */
  readonly kind: string;
  /** A saved definition is asked about; it may be ahead of its first events. */
  readonly isSaved?: boolean;
  /** As it was written. */
  readonly input: unknown;
  /** What the answer depends on beside the question and the data: definitions by name. */
  readonly further?: unknown;
  answer(context: QueryContext, question: unknown): Promise<object>;
  readonly explain?: Explain | undefined;
  /** What the answer depends on; absent or undefined: more than can be told, so that it is not kept. */
  reads?(context: QueryContext, question: unknown): DataReads | undefined;
  /** How old the answer may be though the data moved on, known once it was computed. */
  ttlMs?(): number | undefined;
}

/** What `Cache-Control` of a request says: `no-cache` computes, `max-stale=300` takes an answer that is so many seconds old. */
export function readCacheControl(text: string | undefined): { bypass: boolean; maxStaleMs: number } {
  const directives = (text ?? '')
    .toLowerCase()
    .split(',')
    .map((one) => one.trim());
  const stale = directives.find((one) => one === 'max-stale' || /^max-stale=\d{1,9}$/.test(one));
  const seconds = stale === 'max-stale' ? Number.POSITIVE_INFINITY : Number(stale?.split('=')[1] ?? 0);
  return {
    bypass: directives.includes('no-cache') || directives.includes('no-store'),
    maxStaleMs: Math.min(STALE_MAX_MS, seconds * 1000),
  };
}

/** Who belongs to a cohort moves with the clock. */
const asksCohorts = (input: unknown): boolean => /"(in_)?cohort"/.test(JSON.stringify(input) ?? '');

const readRowsRead = (answer: object): number => {
  const { meta } = answer as { meta?: { rows_read?: number } };
  return meta?.rows_read ?? 0;
};

/** What is computed: a question with its cohorts found, and whatever else `answer` and `explain` are about. */
export interface OpenedQuestion<T extends object> {
  readonly kind: string;
  readonly isSaved?: boolean | undefined;
  readonly context: QueryContext;
  readonly question: unknown;
  /** As it was written, where `question` is something else. */
  readonly input?: unknown;
  answer(context: QueryContext, question: unknown): Promise<T>;
  readonly explain?: Explain | undefined;
}

/** Computes the answer and notes what it cost; what is over the limit is refused with its explanation. */
export async function computeAnswer<T extends object>(deps: AppDeps, asked: OpenedQuestion<T>): Promise<T> {
  const { kind, isSaved, context, question, input = question, answer: computed, explain } = asked;
  const startedMs = performance.now();
  let estimatedRows = 0;
  const measured: QueryContext = {
    ...context,
    onEstimate: (rows) => {
      estimatedRows += rows;
    },
  };
  // Beside the answer, so that it takes no longer; what else is wrong with the question comes first.
  const checked = checkNamedEvents(deps, context, { question: input, isSaved });
  checked.catch(() => {});
  try {
    const answer = addWarnings(await computed(measured, question), await checked);
    const elapsedMs = performance.now() - startedMs;
    deps.queries.record({ kind, question: input, estimatedRows, rowsRead: readRowsRead(answer), elapsedMs });
    return answer;
  } catch (error) {
    throw await explainRefused(error, async () =>
      explain ? explainQuestion(deps.queries, context, kind, question, explain) : {},
    );
  }
}

/** Answers a question, or explains it. @throws RequestError, EngineError, MetadataError */
export async function answerQuestion(c: AppContext, deps: AppDeps, asked: QuestionAsked): Promise<Response> {
  const { kind, input, explain } = asked;
  if (explain && isExplain(c)) {
    const { context, question } = await openQuestion(c, deps, input);
    return c.json(await explainQuestion(deps.queries, context, kind, question, explain));
  }
  const isMoving = asksCohorts(input);
  const served = await deps.answers.ask({
    project: c.var.access.project,
    key: [kind, input, asked.further ?? null],
    signal: c.req.raw.signal,
    isUnkept: isMoving || asked.reads === undefined,
    ...readCacheControl(c.req.header('cache-control')),
    ...(c.env.keepAnswerMs !== undefined && { keepMs: c.env.keepAnswerMs }),
    async compute({ signal, receivedMs }) {
      const opened = await openQuestion(c, deps, input);
      const context: QueryContext = { ...opened.context, signal, receivedMs };
      const { question } = opened;
      const { answer: computed, isSaved } = asked;
      const answer = await computeAnswer(deps, {
        kind,
        isSaved,
        context,
        question,
        input,
        answer: computed,
        explain,
      });
      const reads = isMoving ? undefined : asked.reads?.(context, question);
      const ttlMs = asked.ttlMs?.();
      return { answer, reads, ...(ttlMs !== undefined && { ttlMs }) };
    },
  });
  return c.body(served.json, 200, { 'content-type': 'application/json' });
}

/** Answers or explains a question whose answers are never kept. @throws RequestError, EngineError, MetadataError */
export async function answerUnkept<T extends object>(
  c: AppContext,
  deps: AppDeps,
  asked: OpenedQuestion<T> & { readonly explain: Explain },
): Promise<Response> {
  const { kind, context, question, explain } = asked;
  return c.json(
    isExplain(c)
      ? await explainQuestion(deps.queries, context, kind, question, explain)
      : await computeAnswer(deps, asked),
  );
}

/** Of answers of which nothing more is known than that they depend on events. */
export const readsAll = (_: QueryContext, question: unknown): DataReads => ({
  events: '*',
  people: readsPeople(question),
  receipts: 'any',
});
