/**
 * ClickHouse's lexical rules, as far as they are needed to know where a statement ends, which words stand in it outside of
 * quotes, comments and brackets, and where an insert's data starts. It never judges: what it does not know is a token of
 * one character, and the engine says what is wrong with it.
 *
 * Quotes: '…', "…", `…` with backslash and doubled-quote escapes, ‘…’ and “…” without, $tag$…$tag$.
 * Comments: `-- `, `//`, `# `, `#!` to the end of the line, and slash-star blocks, which nest.
 */

export type TokenKind = 'word' | 'number' | 'string' | 'name' | 'mark';

export interface Token {
  kind: TokenKind;
  /** As written, quotes included. */
  text: string;
  start: number;
  end: number;
  /** How many brackets of any kind are open around it. A bracket itself counts as outside. */
  depth: number;
  /** A quote that nothing closes: it runs to the end of the text. */
  open: boolean;
}

interface Extent {
  kind: TokenKind;
  end: number;
  open: boolean;
}

const SPACES = /[\s\0]+/y;
const COMMENT_STARTS = '-/#';
const WORD_START = /[A-Za-z_]/;
const WORD = /[A-Za-z0-9_$]*/y;
const NUMBER = /0[xX][0-9A-Fa-f_.]*(?:[pP][+-]?\d+)?|\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?/y;
const HEREDOC = /\$[A-Za-z0-9_]*\$/y;

const CURLY_QUOTES: Readonly<Record<string, string>> = { '‘': '’', '“': '”' };

function readQuote(sql: string, start: number, kind: TokenKind): Extent {
  const quote = sql[start]!;
  for (let at = start + 1; at < sql.length; at++) {
    if (sql[at] === '\\') at++;
    else if (sql[at] === quote) {
      if (sql[at + 1] !== quote) return { kind, end: at + 1, open: false };
      at++;
    }
  }
  return { kind, end: sql.length, open: true };
}

function endOfLine(sql: string, start: number): number {
  const end = sql.indexOf('\n', start);
  return end < 0 ? sql.length : end;
}

function endOfBlockComment(sql: string, start: number): number {
  let level = 0;
  for (let at = start; at < sql.length; at++) {
    if (sql.startsWith('/*', at)) {
      level++;
      at++;
    } else if (sql.startsWith('*/', at)) {
      level--;
      at++;
      if (level === 0) return at + 1;
    }
  }
  return sql.length;
}

/** End of the comment that starts here, or `start` when none does. */
function endOfComment(sql: string, start: number): number {
  if (sql.startsWith('/*', start)) return endOfBlockComment(sql, start);
  const opens = ['--', '//', '# ', '#!'].some((mark) => sql.startsWith(mark, start));
  return opens ? endOfLine(sql, start) : start;
}

function match(pattern: RegExp, sql: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.test(sql) ? pattern.lastIndex : start;
}

function readUntil(sql: string, closing: string, from: number, kind: TokenKind): Extent {
  const at = sql.indexOf(closing, from);
  return { kind, end: at < 0 ? sql.length : at + closing.length, open: at < 0 };
}

function readToken(sql: string, start: number): Extent {
  const first = sql[start]!;
  if (WORD_START.test(first)) return { kind: 'word', end: match(WORD, sql, start), open: false };
  if (first >= '0' && first <= '9')
    return { kind: 'number', end: Math.max(match(NUMBER, sql, start), start + 1), open: false };
  if (first === "'") return readQuote(sql, start, 'string');
  if (first === '"' || first === '`') return readQuote(sql, start, 'name');
  const closing = CURLY_QUOTES[first];
  if (closing) return readUntil(sql, closing, start + 1, first === '‘' ? 'string' : 'name');
  if (first === '$') {
    const opened = match(HEREDOC, sql, start);
    if (opened > start) return readUntil(sql, sql.slice(start, opened), opened, 'string');
  }
  return { kind: 'mark', end: start + 1, open: false };
}

/** The tokens of `sql` one by one, so that reading can stop where an insert's data starts. */
export function* scanTokens(sql: string): Generator<Token, void, void> {
  let at = 0;
  let depth = 0;
  while (at < sql.length) {
    const start = match(SPACES, sql, at);
    at = COMMENT_STARTS.includes(sql[start] ?? ' ') ? endOfComment(sql, start) : start;
    if (at > start || at >= sql.length) continue;
    const { kind, end, open } = readToken(sql, at);
    const text = sql.slice(at, end);
    if (kind === 'mark' && ')]}'.includes(text)) depth = Math.max(0, depth - 1);
    yield { kind, text, start: at, end, depth, open };
    if (kind === 'mark' && '([{'.includes(text)) depth++;
    at = end;
  }
}

/** Whether a token is this keyword, in any case. */
export const isWord = (token: Token | undefined, word: string): boolean =>
  token?.kind === 'word' && token.text.toUpperCase() === word;

/** Whether a token is this one character, outside of quotes. */
export const isMark = (token: Token | undefined, mark: string): boolean =>
  token?.kind === 'mark' && token.text === mark;

/** What a quoted string or name means, without its quotes and escapes. Plain words come back as they are. */
export function unquote(token: Token): string {
  const { text } = token;
  if (text.startsWith('$'))
    return text.slice(text.indexOf('$', 1) + 1, text.lastIndexOf('$', text.length - 2));
  const quote = text[0]!;
  if (quote in CURLY_QUOTES) return text.slice(1, -1);
  if (!'\'"`'.includes(quote)) return text;
  return text.slice(1, -1).replace(/\\([\s\S])|''|""|``/g, (found, escaped: string | undefined) => {
    if (escaped === undefined) return found[0]!;
    return { n: '\n', t: '\t', r: '\r', '0': '\0', b: '\b', f: '\f' }[escaped] ?? escaped;
  });
}

/** A ClickHouse string literal of any text. */
export const quoteString = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** A ClickHouse name of any text. */
export const quoteName = (text: string): string =>
  `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
