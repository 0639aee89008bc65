/** Pages of lists that are ordered by a time, newest first, and an id. */
import { MAX_INSTANT_MS } from '../time/instant.js';

/** Where a page ended: epoch ms, and the id at that time. */
export interface Place {
  readonly ms: number;
  readonly id: string;
}

/** Before anything. */
export const END_PLACE: Place = { ms: MAX_INSTANT_MS, id: '' };

export interface UserPage<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
}

export const writePlace = ({ ms, id }: Place): string =>
  Buffer.from(JSON.stringify([ms, id])).toString('base64url');

/** The place a cursor names, or undefined when it is none of ours. */
export function readPlace(cursor: string): Place | undefined {
  try {
    const [ms, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (Number.isSafeInteger(ms) && typeof id === 'string') return { ms: ms as number, id };
  } catch {
    // Not one of ours.
  }
  return undefined;
}
