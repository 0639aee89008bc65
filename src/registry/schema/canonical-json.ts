import type { JsonValue } from '../../event/json.js';

/** JSON with sorted keys: two values have the same text when JSON Schema calls them equal. */
export function writeCanonicalJson(value: JsonValue | undefined): string {
  if (Array.isArray(value)) return `[${value.map(writeCanonicalJson).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value === 0 ? 0 : value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${writeCanonicalJson(value[key])}`);
  return `{${members.join()}}`;
}
