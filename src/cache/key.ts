import { hash } from 'node:crypto';

/** JSON with the members of objects in one order. */
export function canonicalize(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalize).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalize(member)}`);
  return `{${members.join(',')}}`;
}

/** What an answer is kept by: all that it depends on beside the data. */
export const hashKey = (parts: readonly unknown[]): string =>
  hash('sha256', canonicalize(parts), 'base64url');
