/** `limit` and `cursor` of lists: the cursor is opaque to clients, inside it is the last id of the page before. */
import type { Page } from '../access/keys.js';
import { RequestError } from '../errors.js';
import type { AppContext } from './env.js';

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1_000;

const refuse = (name: string, message: string): RequestError =>
  new RequestError(422, 'invalid_request', message, [{ path: name, code: 'invalid_value', message }]);

/** Reads `limit`. Throws RequestError 422. */
export function readLimit(text: string | undefined): number {
  if (text === undefined) return LIMIT_DEFAULT;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw refuse('limit', `limit is a whole number from 1 to ${LIMIT_MAX}.`);
}

/** Reads `limit` and `cursor` of a request. Throws RequestError 422. */
export function readPage(c: AppContext): Page {
  const limit = readLimit(c.req.query('limit'));
  const cursor = c.req.query('cursor');
  if (cursor === undefined || cursor === '') return { limit, after: '' };
  const after = Buffer.from(cursor, 'base64url').toString();
  if (cursor.length > 400 || Buffer.from(after).toString('base64url') !== cursor) {
    throw refuse('cursor', 'cursor is what next_cursor of the page before said, unchanged.');
  }
  return { limit, after };
}

/** A page of a list. `rows` were asked for with one more than `limit`, which says whether there is a next page. */
export function composePage<Row extends { id: string }, Shown>(
  rows: readonly Row[],
  limit: number,
  show: (row: Row) => Shown,
): { data: Shown[]; next_cursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { data: page.map(show), next_cursor: more ? Buffer.from(last.id).toString('base64url') : null };
}
