/**
 * `limit` and `cursor` of lists in Postgres. The cursor is opaque to clients; inside are a mark of the list and the last id of the
 * page before. By the mark the cursor of another list is refused instead of being taken for some place in this one.
 */
import { hash } from 'node:crypto';
import type { Page } from '../access/keys.js';
import type { AppContext } from './env.js';
import { readCount, readText, refuseParameter } from './query-string.js';

export const LIMIT_DEFAULT = 100;
export const LIMIT_MAX = 1_000;
/** A cursor holds a name of up to 200 characters, of up to three bytes each, in base64. */
const CURSOR_LENGTH_MAX = 1_000;
const MARK_LENGTH = 6;

const markOf = (c: AppContext): string => hash('sha256', c.req.path, 'base64url').slice(0, MARK_LENGTH);

/** Reads `limit` and `cursor` of a request. Throws RequestError 422. */
export function readPage(c: AppContext): Page {
  const limit = readCount(c, 'limit', LIMIT_MAX) ?? LIMIT_DEFAULT;
  const cursor = readText(c, 'cursor', CURSOR_LENGTH_MAX);
  if (cursor === undefined) return { limit, after: '' };
  const text = Buffer.from(cursor, 'base64url').toString();
  if (text.startsWith(markOf(c)) && Buffer.from(text).toString('base64url') === cursor)
    return { limit, after: text.slice(MARK_LENGTH) };
  throw refuseParameter('cursor', 'cursor is what next_cursor of the page before said, unchanged.');
}

/** A page of a list. `rows` were asked for with one more than `limit`, which says whether there is a next page. */
export function composePage<Row extends { id: string }, Shown>(
  c: AppContext,
  rows: readonly Row[],
  limit: number,
  show: (row: Row) => Shown,
): { data: Shown[]; next_cursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    data: page.map(show),
    next_cursor: more ? Buffer.from(markOf(c) + last.id).toString('base64url') : null,
  };
}
