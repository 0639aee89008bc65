/** Reads a route's JSON body, or throws what the sender needs to hear. */
import { RequestError } from '../errors.js';
import type { AppContext } from './env.js';

/** Objects and arrays inside each other in a request: deep enough for any question, shallow enough for any walk. */
const REQUEST_DEPTH_MAX = 64;

/** Whether brackets outside of strings nest deeper than `max`. */
export function isDeeperThan(text: string, max: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inString) {
      if (char === '\\') i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') {
      if (++depth > max) return true;
    } else if (char === '}' || char === ']') depth--;
  }
  return false;
}

/** The parsed body; `types` is what the route says it takes. Throws RequestError 400 when it is empty, not JSON, not UTF-8 or too deep, 415 for a type that is not JSON. */
export async function readJson(c: AppContext, types = 'application/json'): Promise<unknown> {
  const type = (c.req.header('content-type') ?? '').toLowerCase();
  if (
    type !== '' &&
    !/^(?:application\/(?:[\w.-]+\+)?json|text\/(?:json|plain)|application\/x-www-form-urlencoded|application\/octet-stream)\b/.test(
      type,
    )
  ) {
    throw new RequestError(415, 'unsupported_type', `This route takes ${types}, not ${type.slice(0, 80)}.`);
  }
  const bytes = await c.req.arrayBuffer();
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new RequestError(400, 'malformed_body', 'The body is not valid UTF-8.');
  }
  if (text.trim() === '')
    throw new RequestError(400, 'malformed_body', 'The body is empty; a JSON document is expected.');
  if (isDeeperThan(text, REQUEST_DEPTH_MAX)) {
    throw new RequestError(
      400,
      'too_deep',
      `Objects and arrays lie more than ${REQUEST_DEPTH_MAX} deep inside each other.`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RequestError(400, 'malformed_body', `The body is not JSON: ${reason}.`);
  }
}
