import { createHash } from 'node:crypto';

/**
 * One event on its way: where it stood in the source (rows from 1, counted through all files), its key there if the source
 * has keys, and its JSON on one line; a problem instead when it has none.
 */
export type ImportRecord =
  | { line: number; key?: string; json: string }
  | { line: number; key?: string; problem: { code: string; message: string } };

/**
 * The id given to an event that has none: the same content on the same line of the same source gets the same id again, so a
 * repeated import stores nothing twice, while equal lines of one file stay two events.
 */
export function deriveEventId(sourceIdentity: string, line: number, text: string): string {
  return `import-${createHash('sha256').update(`${sourceIdentity}\n${line}\n${text}`).digest('base64url').slice(0, 27)}`;
}
