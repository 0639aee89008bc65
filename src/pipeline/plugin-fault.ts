/** What a plugin made is held to what clients are held to. */
import type { JsonValue } from '../event/json.js';
import { EVENT_BYTES_MAX, EVENT_DEPTH_MAX, EVENT_KEYS_MAX, KEY_LENGTH_MAX } from '../event/limits.js';

/** Characters a value that is neither text nor key is counted with. */
const SCALAR_CHARACTERS = 4;

interface Count {
  keys: number;
  characters: number;
}

/** Why a value cannot be stored as an event's properties or context; undefined when it can. */
export function findFault(value: JsonValue): string | undefined {
  const count: Count = { keys: 0, characters: 0 };
  return visit(value, 1, count);
}

function visit(value: JsonValue, depth: number, count: Count): string | undefined {
  count.characters += typeof value === 'string' ? value.length : SCALAR_CHARACTERS;
  if (count.characters > EVENT_BYTES_MAX) return `more than ${EVENT_BYTES_MAX} bytes`;
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    return 'an integer beyond 2^53';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= EVENT_DEPTH_MAX) return `more than ${EVENT_DEPTH_MAX} levels`;
  for (const [key, child] of Object.entries(value)) {
    const fault = visitMember(Array.isArray(value) ? undefined : key, child, depth, count);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** `key` is undefined for an element of an array: there only objects and arrays count as keys do. */
function visitMember(
  key: string | undefined,
  value: JsonValue,
  depth: number,
  count: Count,
): string | undefined {
  if (key !== undefined || (typeof value === 'object' && value !== null)) count.keys++;
  if (count.keys > EVENT_KEYS_MAX) return `more than ${EVENT_KEYS_MAX} keys`;
  if (key !== undefined) {
    if (key.length > KEY_LENGTH_MAX || key.includes('__proto__')) return 'a key that cannot be stored';
    count.characters += key.length;
  }
  return visit(value, depth + 1, count);
}
