/**
 * What a string token says, and where in the file each of its characters stands.
 *
 * The second is what lets a diagnostic inside a formula point at the file: a formula is the text of a string, in which
 * `\"` is one character written with two. `offsets` has an entry for each UTF-16 unit of the value, and one more for
 * the end of the last.
 */
import type { Span } from '../tree.js';
import type { Token } from './lexer.js';

/** The text with halves of characters, which cannot be written down in UTF-8, replaced. Nothing moves. */
export const mendText = (text: string): string => text.replace(/\p{Cs}/gu, '\ufffd');

export interface DecodedText {
  readonly value: string;
  readonly offsets: readonly number[];
  /** Escapes that mean nothing; the character after the backslash was taken as it is. */
  readonly problems: readonly Span[];
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  '"': '"',
  "'": "'",
};
const UNICODE_ESCAPE = /^u(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{4}))/;

/** The inside of a string token: its quotes removed, its escapes undone. Offsets are in the text the token came from. */
export function decodeString(token: Token): DecodedText {
  const quoteLength = token.type === 'block' || token.type === 'openBlock' ? 3 : 1;
  const open = token.type === 'openBlock' || token.type === 'openString';
  const inner = token.text.slice(quoteLength, open ? undefined : -quoteLength);
  return decodeEscapes(inner, token.start + quoteLength);
}

function decodeEscapes(inner: string, base: number): DecodedText {
  let value = '';
  const offsets: number[] = [];
  const problems: Span[] = [];
  const put = (text: string, from: number): void => {
    for (let i = 0; i < text.length; i++) offsets.push(base + from);
    value += text;
  };
  for (let i = 0; i < inner.length; ) {
    if (inner[i] !== '\\') {
      put(inner[i]!, i);
      i++;
      continue;
    }
    const meant = readEscape(inner.slice(i + 1, i + 10));
    if (meant) {
      put(meant.text, i);
      i += 1 + meant.length;
    } else {
      problems.push({ start: base + i, end: base + Math.min(i + 2, inner.length) });
      i++;
    }
  }
  offsets.push(base + inner.length);
  return { value, offsets, problems };
}

function readEscape(after: string): { text: string; length: number } | undefined {
  const simple = SIMPLE_ESCAPES[after[0] ?? ''];
  if (simple !== undefined) return { text: simple, length: 1 };
  const unicode = UNICODE_ESCAPE.exec(after);
  if (!unicode) return undefined;
  const code = Number.parseInt(unicode[1] ?? unicode[2]!, 16);
  const surrogate = code >= 0xd800 && code <= 0xdfff;
  return code <= 0x10ffff && !surrogate
    ? { text: String.fromCodePoint(code), length: unicode[0].length }
    : undefined;
}
