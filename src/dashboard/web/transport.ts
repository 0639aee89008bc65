/** Talking to Weir's own HTTP interface, as everybody does: the page uses nothing that is not public. */

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

/** What is asked of a route. */
export interface Request {
  path: string;
  body?: Readonly<Record<string, unknown>>;
}

/** A mistake or a warning about a question. */
export interface Notice {
  /** The field, as the interface calls it: "steps[1].event"; empty: all of it. */
  path: string;
  code: string;
  message: string;
  /** What to do. */
  hint?: string;
  severity?: 'error' | 'warning';
  /** Of a text: where in it, from 1. */
  line?: number;
  column?: number;
}

export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
  errors: Notice[];
}

/** What Weir answered when it could not do as asked, or that it could not be reached (status 0). */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

export const UNREACHABLE: Problem = {
  status: 0,
  code: 'unreachable',
  title: 'Weir cannot be reached',
  detail:
    'The server at this address does not answer. Events that were acknowledged are safe. Check that it runs; this page tries again by itself.',
  errors: [],
};

/** Dispatched when the server does not know the key: the page asks for another. */
export const KEY_REFUSED = 'weir:key-refused';

export interface Call {
  readonly path: string;
  /** Absent: nothing is sent. */
  readonly body?: unknown;
  /** GET without a body, otherwise POST. */
  readonly method?: string;
  readonly signal?: AbortSignal;
}

/** An answer as it came, whatever it says. */
export interface Sent {
  readonly status: number;
  readonly text: string;
}

/** Sends a call. Throws ApiError when nothing answers, and what `fetch` throws when it was aborted. */
export async function sendCall({ path, body, method, signal }: Call): Promise<Sent> {
  const headers: Record<string, string> = {
    authorization: `Bearer ${localStorage.getItem(KEY_STORAGE) ?? ''}`,
  };
  if (body !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(UNREACHABLE);
  }
  return { status: response.status, text: await response.text() };
}

/** What a call was answered; throws ApiError for anything but a 2xx. */
export function readAnswer<T>({ status, text }: Sent): T {
  if (status >= 200 && status < 300) return (text === '' ? undefined : JSON.parse(text)) as T;
  if (status === 401) dispatchEvent(new Event(KEY_REFUSED));
  throw new ApiError(readProblem(status, text));
}

/** Calls a route; throws ApiError for anything but a 2xx. */
export const callApi = async <T>(path: string, call: Omit<Call, 'path'> = {}): Promise<T> =>
  readAnswer(await sendCall({ path, ...call }));

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
