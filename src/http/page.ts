/** `limit` and `cursor` of lists in Postgres: the cursor is opaque to clients, inside it is the last id of the page before. */
import type { Page } from '../access/keys.js';
import type { AppContext } from './env.js';
import { readCount, readText, refuseParameter } from './query-string.js';

export const LIMIT_DEFAULT = 100;
export const LIMIT_MAX = 1_000;
const CURSOR_LENGTH_MAX = 400;

/** Reads `limit` and `cursor` of a request. Throws RequestError 422. */
export function readPage(c: AppContext): Page {
  const limit = readCount(c, 'limit', LIMIT_MAX) ?? LIMIT_DEFAULT;
  const cursor = readText(c, 'cursor', CURSOR_LENGTH_MAX) ?? '';
  const after = Buffer.from(cursor, 'base64url').toString();
  // Postgres takes no NUL in text.
  if (Buffer.from(after).toString('base64url') === cursor && !after.includes('\0')) return { limit, after };
  throw refuseParameter('cursor', 'cursor is what next_cursor of the page before said, unchanged.');
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
