/** Weir's HTTP interface, for screens: calls, questions whose answers stay on the screen, and the same as curl lines. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { askOnce } from './ahead.js';
import { ApiError, type Problem, UNREACHABLE } from './transport.js';

export { ApiError, callApi, forgetKey, KEY_REFUSED, type Problem, readKey, saveKey } from './transport.js';

/** What is asked of a route. */
export interface Request {
  path: string;
  body?: Readonly<Record<string, unknown>>;
}

/** What an answer says of how it was got. */
export interface Meta {
  source?: string;
  cache?: string;
  elapsed_ms?: number;
  rows_read?: number;
  complete_through?: string | null;
}

export interface Answer<T> {
  /** The newest answer; while the next one is on its way the old one stays, and `pending` says so. */
  data: T | undefined;
  problem: Problem | undefined;
  pending: boolean;
}

/** Changes apply at once, but not on every keystroke. */
const DEBOUNCE_MS = 150;

/**
 * Asks a question whenever it changes, and again every `refreshMs` when given, or when `version` changes. Undefined asks nothing. An answer that was overtaken by
 * a newer question is dropped.
 */
export function useAnswer<T>(
  question: { path: string; body?: unknown } | undefined,
  refreshMs = 0,
  version = 0,
): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({
    data: undefined,
    problem: undefined,
    pending: question !== undefined,
  });
  const key = question === undefined ? '' : JSON.stringify(question);
  const first = useRef(true);
  // Before the page is seen, not after: an effect would ask a frame later.
  useLayoutEffect(() => {
    if (key === '') return setAnswer({ data: undefined, problem: undefined, pending: false });
    const aborter = new AbortController();
    let timer: number | undefined;
    const ask = async (): Promise<void> => {
      const asked = JSON.parse(key) as { path: string; body?: unknown };
      try {
        const data = await askOnce<T>({ ...asked, signal: aborter.signal });
        setAnswer({ data, problem: undefined, pending: false });
      } catch (error) {
        if (aborter.signal.aborted) return;
        const problem =
          error instanceof ApiError
            ? error.problem
            : { ...UNREACHABLE, code: 'page', title: 'This page failed', detail: String(error) };
        setAnswer((old) => ({ data: refreshMs > 0 ? old.data : undefined, problem, pending: false }));
      }
      if (refreshMs > 0 && !aborter.signal.aborted) timer = window.setTimeout(ask, refreshMs);
    };
    setAnswer((old) => (old.pending ? old : { ...old, pending: true }));
    if (first.current) void ask();
    else timer = window.setTimeout(ask, DEBOUNCE_MS);
    first.current = false;
    return () => {
      aborter.abort();
      window.clearTimeout(timer);
    };
  }, [key, refreshMs, version]);
  return answer;
}

/** A curl line that asks the same question, with the reader's own key left for the shell to fill in. */
export function formatCurl(path: string, body?: unknown): string {
  const data =
    body === undefined
      ? ''
      : ` \\\n  -H 'content-type: application/json' \\\n  -d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`;
  return `curl '${location.origin}${path.replaceAll("'", '%27')}' \\\n  -H "authorization: Bearer $WEIR_KEY"${data}`;
}
