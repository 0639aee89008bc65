/**
 * How commands talk to a running Weir: over its HTTP interface, found by --url and --key, WEIR_URL and WEIR_KEY, or what the
 * local instance left in WEIR_DATA.
 */
import { type Keys, readInstance, readKeys } from '../embedded/data-folder.js';
import { CommandError } from './command-error.js';

export interface Target {
  url: string;
  key: string;
  /** Where the key comes from and how another is said, a sentence for the day it does not open what is asked for. */
  keyHint?: string;
}

export interface TargetOptions {
  url?: string;
  key?: string;
}

/** Where to send and with which key. Throws CommandError saying what is missing. */
export function findTarget(
  options: TargetOptions,
  env: NodeJS.ProcessEnv,
  dataFolder: string,
  scope: keyof Keys,
): Target {
  const url = options.url ?? env.WEIR_URL ?? readInstance(dataFolder)?.url;
  if (url === undefined) {
    throw new CommandError(
      `No Weir is running on ${dataFolder}: start it with npm start, or say where it is with --url and --key.`,
    );
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new CommandError(`${JSON.stringify(url)} is not an address such as http://127.0.0.1:8080.`, 2);
  }
  const found = findKey('--key or WEIR_KEY', [
    [options.key, '--key'],
    [env.WEIR_KEY, 'WEIR_KEY'],
    [readKeys(dataFolder)?.[scope], `${dataFolder}/keys.json`],
  ]);
  if (found === undefined) throw new CommandError(`No key for ${url}: say --key or set WEIR_KEY.`, 2);
  return { url: url.replace(/\/+$/, ''), ...found };
}

/** The first key that is given, with where it was; `otherwise` is how a person says another. */
export function findKey(
  otherwise: string,
  places: readonly (readonly [key: string | undefined, place: string])[],
): Required<Pick<Target, 'key' | 'keyHint'>> | undefined {
  for (const [key, place] of places)
    if (key !== undefined)
      return { key, keyHint: `It is the key of ${place}; say another with ${otherwise}.` };
  return undefined;
}

export interface Answer {
  status: number;
  body: unknown;
  /** Seconds from Retry-After, when the server said so. */
  retryAfterS: number | undefined;
}

/** How long one request may take: the server answers waiting requests itself before this. */
const REQUEST_TIMEOUT_MS = 120_000;

/** One request. The body is parsed when it is JSON. Rejects when the server cannot be reached. */
export async function send(
  target: Target,
  method: string,
  path: string,
  body?: { bytes: Uint8Array<ArrayBuffer> | string; type: string; headers?: Record<string, string> },
): Promise<Answer> {
  const response = await fetch(target.url + path, {
    method,
    headers: {
      authorization: `Bearer ${target.key}`,
      ...(body ? { 'content-type': body.type, ...body.headers } : {}),
    },
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    ...(body ? { body: body.bytes } : {}),
  });
  const text = await response.text();
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return {
    status: response.status,
    body: response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text,
    retryAfterS: Number.isFinite(retryAfter) ? retryAfter : undefined,
  };
}

/** One request whose answer must be a success; a problem becomes a CommandError with its sentence. */
export async function sendOrFail(...args: Parameters<typeof send>): Promise<unknown> {
  let answer: Answer;
  try {
    answer = await send(...args);
  } catch (error) {
    throw new CommandError(`${args[0].url} cannot be reached (${describeFailure(error)}).`);
  }
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  throw new CommandError(describeProblem(answer, args[0]));
}

/** The reason under fetch's "fetch failed". */
export function describeFailure(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (cause instanceof Error)
    return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
  return String(cause);
}

/** What a key that is not known, or may not do this, is answered with. */
const KEY_REFUSED = new Set([401, 403]);

/** A problem document as one sentence, with its parts on lines of their own where there are several. */
export function describeProblem(answer: Answer, { keyHint }: Pick<Target, 'keyHint'> = {}): string {
  const { body } = answer;
  if (typeof body !== 'object' || body === null)
    return `the server answered ${answer.status}: ${String(body).slice(0, 300)}`;
  const { detail, title, errors } = body as {
    detail?: string;
    title?: string;
    errors?: { path: string; message: string }[];
  };
  const parts =
    errors && errors.length > 1 ? errors.map(({ path, message }) => `\n  ${path}: ${message}`) : [];
  const hint = KEY_REFUSED.has(answer.status) && keyHint !== undefined ? ` ${keyHint}` : '';
  return `${answer.status}: ${detail ?? title ?? JSON.stringify(body)}${hint}${parts.join('')}`;
}
