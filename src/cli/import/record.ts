import { createHash } from 'node:crypto';

/** One event on its way: where it stood in the source and its JSON on one line; a problem instead when it has none. */
export type ImportRecord =
  | { line: number; json: string }
  | { line: number; problem: { code: string; message: string } };

/**
 * The id given to an event that has none: the same content on the same line of the same source gets the same id again, so a
 * repeated import stores nothing twice, while equal lines of one file stay two events.
 */
export function deriveEventId(sourceIdentity: string, line: number, text: string): string {
  return `import-${createHash('sha256').update(`${sourceIdentity}\n${line}\n${text}`).digest('base64url').slice(0, 27)}`;
}
