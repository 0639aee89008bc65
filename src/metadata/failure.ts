import { MetadataError } from '../errors.js';

/** SQLSTATE classes that pass with time: connection, resources, operator intervention, deadlock and serialisation. */
const RETRYABLE_CLASSES = new Set(['08', '53', '57', '40']);

/** Postgres's own code for a row that already exists. */
export const UNIQUE_VIOLATION = '23505';
/** Postgres's own code for a reference to a row that does not exist. */
export const FOREIGN_KEY_VIOLATION = '23503';
/** Postgres's own codes for a text with U+0000, the one character it cannot store: as text, and inside JSON. */
export const UNSTORABLE_TEXT: ReadonlySet<string> = new Set(['22021', '22P05']);

/** A failure of the driver as a MetadataError: `code` is the SQLSTATE, or the socket's code when Postgres was not reached. */
export function toMetadataError(error: unknown): MetadataError {
  if (error instanceof MetadataError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const given = (error as { code?: unknown } | null)?.code;
  const isState = typeof given === 'string' && /^[0-9A-Z]{5}$/.test(given);
  if (isState) {
    const retryable = RETRYABLE_CLASSES.has(given.slice(0, 2));
    return new MetadataError(`Postgres refused: ${message}`, given, retryable, { cause: error });
  }
  const code = typeof given === 'string' ? given : 'postgres_down';
  return new MetadataError(`Postgres cannot be reached: ${message}`, code, true, { cause: error });
}
