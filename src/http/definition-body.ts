/** The text of a definition in a request: as JSON `{definition}`, or itself as text/plain. */
import * as v from 'valibot';
import { RequestError } from '../errors.js';
import { parseRequest } from '../query/request.js';
import type { AppContext } from './env.js';
import { readJson } from './json-body.js';

const bodySchema = v.strictObject({
  definition: v.pipe(
    v.string('definition is the text of one or more metrics.'),
    v.minLength(1, 'definition is empty.'),
  ),
});

/** @throws RequestError 400, 415, 422 */
export async function readDefinition(c: AppContext): Promise<string> {
  const type = (c.req.header('content-type') ?? '').toLowerCase();
  if (!type.startsWith('text/plain'))
    return parseRequest(bodySchema, await readJson(c, 'application/json or text/plain')).definition;
  const bytes = await c.req.arrayBuffer();
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (text.trim() !== '') return text;
  } catch {
    throw new RequestError(400, 'malformed_body', 'The body is not valid UTF-8.');
  }
  throw new RequestError(400, 'malformed_body', 'The body is empty; the text of a metric is expected.');
}
