/** Weir's HTTP interface, for screens: calls, questions whose answers stay on the screen, and the same as curl lines. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { askOnce } from './ahead.js';
import { ApiError, type Notice, type Problem, UNREACHABLE } from './transport.js';

export {
  ApiError,
  callApi,
  forgetKey,
  KEY_REFUSED,
  type Notice,
  type Problem,
  type Request,
  readKey,
  saveKey,
} from './transport.js';

/** The server, or a part of it, was not there: the question may be asked again. */
const isPassing = ({ status }: Problem): boolean => status === 0 || status === 503;

/** What an answer says of how it was got. */
export interface Meta {
  source?: string;
  cache?: string;
  elapsed_ms?: number;
  rows_read?: number;
  complete_through?: string | null;
  /** What may be wrong with the question. */
  warnings?: readonly Notice[];
}

const readFailure = (error: unknown): Problem =>
  error instanceof ApiError
    ? error.problem
    : { ...UNREACHABLE, code: 'page', title: 'This page failed', detail: String(error) };

export interface Answer<T> {
  /** The newest answer; while the next one is on its way the old one stays, and `pending` says so. */
  data: T | undefined;
  problem: Problem | undefined;
  pending: boolean;
}

/** Changes apply at once, but not on every keystroke. */
const DEBOUNCE_MS = 150;

/** How soon what was answered is asked again, in ms: always the same, or by what was heard and how often it was asked; 0: never. */
export type Pace<T> = number | ((heard: Pick<Answer<T>, 'data' | 'problem'>, times: number) => number);

/** What could not be asked is asked again, at longer and longer distances. */
const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 30_000;
const RETRY_GROWTH = 1.5;

/** Distances that grow with the times something was asked, in ms. */
export const growPause = (times: number): number =>
  Math.min(RETRY_MAX_MS, RETRY_MIN_MS * RETRY_GROWTH ** times);

/** Nobody needs newer numbers behind another window: resolves when the page is looked at. */
const waitForReader = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (!document.hidden) return resolve();
    document.addEventListener('visibilitychange', () => resolve(), { once: true, signal });
  });

/**
 * Asks a question whenever it changes, and again at its `pace` while the page is looked at, or when `version` changes. While there is
 * no server to answer, it is asked at distances that grow, whatever its pace. Undefined asks nothing. An answer that was overtaken by
 * a newer question is dropped.
 */
export function useAnswer<T>(
  question: { path: string; body?: unknown } | undefined,
  pace: Pace<T> = 0,
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
    let times = 0;
    let failures = 0;
    const ask = async (): Promise<void> => {
      const asked = JSON.parse(key) as { path: string; body?: unknown };
      const heard: { data: T | undefined; problem: Problem | undefined } = {
        data: undefined,
        problem: undefined,
      };
      try {
        heard.data = await askOnce<T>({ ...asked, signal: aborter.signal });
        setAnswer({ ...heard, pending: false });
      } catch (error) {
        if (aborter.signal.aborted) return;
        const problem = readFailure(error);
        heard.problem = problem;
        setAnswer((old) => ({
          data: pace === 0 ? undefined : old.data,
          problem,
          pending: false,
        }));
      }
      times += 1;
      failures = heard.problem && isPassing(heard.problem) ? failures + 1 : 0;
      const pauseMs =
        failures > 0 ? growPause(failures) : typeof pace === 'number' ? pace : pace(heard, times);
      if (pauseMs > 0 && !aborter.signal.aborted)
        timer = window.setTimeout(() => waitForReader(aborter.signal).then(ask), pauseMs);
    };
    setAnswer((old) => (old.pending ? old : { ...old, pending: true }));
    if (first.current) void ask();
    else timer = window.setTimeout(ask, DEBOUNCE_MS);
    first.current = false;
    return () => {
      aborter.abort();
      window.clearTimeout(timer);
    };
  }, [key, pace, version]);
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
