/** Talking to Weir's own HTTP interface: the page uses nothing that is not public. */
import { useEffect, useRef, useState } from 'preact/hooks';

const KEY_STORAGE = 'weir.key';

/** The key in use. One in the address (`#key=…`, as `npm start` prints it) wins, is kept, and leaves the address. */
export function readKey(): string | null {
  const match = /[#&]key=([^&]+)/.exec(location.hash);
  if (match) {
    localStorage.setItem(KEY_STORAGE, decodeURIComponent(match[1]!));
    history.replaceState(null, '', location.pathname + location.search);
  }
  return localStorage.getItem(KEY_STORAGE);
}

export const saveKey = (key: string): void => localStorage.setItem(KEY_STORAGE, key);
export const forgetKey = (): void => localStorage.removeItem(KEY_STORAGE);

export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
  errors: { path: string; code: string; message: string }[];
}

/** What Weir answered when it could not do as asked, or that it could not be reached (status 0). */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

const UNREACHABLE: Problem = {
  status: 0,
  code: 'unreachable',
  title: 'Weir cannot be reached',
  detail:
    'The server at this address does not answer. Events that were acknowledged are safe. Check that it runs; this page tries again by itself.',
  errors: [],
};

/** Dispatched when the server does not know the key: the page asks for another. */
export const KEY_REFUSED = 'weir:key-refused';

/** Calls a route; throws ApiError for anything but a 2xx. */
export async function callApi<T>(
  path: string,
  init: { method?: string; body?: unknown; signal?: AbortSignal } = {},
): Promise<T> {
  const headers: Record<string, string> = {
    authorization: `Bearer ${localStorage.getItem(KEY_STORAGE) ?? ''}`,
  };
  if (init.body !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(path, {
      method: init.method ?? (init.body === undefined ? 'GET' : 'POST'),
      headers,
      body: init.body === undefined ? undefined : JSON.stringify(init.body),
      signal: init.signal,
    });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(UNREACHABLE);
  }
  const text = await response.text();
  if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
  if (response.status === 401) dispatchEvent(new Event(KEY_REFUSED));
  throw new ApiError(readProblem(response.status, text));
}

function readProblem(status: number, text: string): Problem {
  try {
    return {
      errors: [],
      code: 'unknown',
      title: '',
      detail: '',
      ...(JSON.parse(text) as Partial<Problem>),
      status,
    };
  } catch {
    return { status, code: 'unknown', title: `Answer ${status}`, detail: text.slice(0, 300), errors: [] };
  }
}

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
  useEffect(() => {
    if (key === '') return setAnswer({ data: undefined, problem: undefined, pending: false });
    const aborter = new AbortController();
    let timer: number | undefined;
    const ask = async (): Promise<void> => {
      const asked = JSON.parse(key) as { path: string; body?: unknown };
      try {
        const data = await callApi<T>(asked.path, { body: asked.body, signal: aborter.signal });
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
    setAnswer((old) => ({ ...old, pending: true }));
    timer = window.setTimeout(ask, first.current ? 0 : DEBOUNCE_MS);
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
