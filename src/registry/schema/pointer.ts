import type { JsonValue } from '../../event/json.js';

/** One more token on a JSON pointer (RFC 6901). */
export const extendPointer = (pointer: string, token: string | number): string =>
  `${pointer}/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** The tokens of a JSON pointer; undefined when it is not one. */
export function readPointer(pointer: string): string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What a pointer leads to, own members only; undefined when it leads nowhere. */
export function followPointer(root: JsonValue, tokens: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const token of tokens) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return undefined;
    value = Array.isArray(value) ? value[Number(token)] : value[token];
  }
  return value;
}

/** A place in an event's value as clients write it: `properties.items[2].price`. */
export function formatPath(root: string, value: unknown, tokens: readonly string[]): string {
  let path = root;
  let here = value;
  for (const token of tokens) {
    if (Array.isArray(here)) {
      path += `[${token}]`;
      here = here[Number(token)];
    } else {
      path += path === '' ? token : `.${token}`;
      here =
        typeof here === 'object' && here !== null && Object.hasOwn(here, token)
          ? Object.getOwnPropertyDescriptor(here, token)?.value
          : undefined;
    }
  }
  return path;
}
