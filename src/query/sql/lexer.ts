/**
 * SQL into words, for the guard alone: enough of ClickHouse's lexer to tell what is a name, what is text and what is a bracket,
 * and nothing that ClickHouse might read differently. What it does not know it refuses: comments are dropped and not passed
 * on, quoted names may hold no escapes, outside of quotes there is nothing beyond ASCII.
 */

export type TokenKind = 'word' | 'quoted_name' | 'text' | 'number' | 'parameter' | 'mark';

export interface Token {
  kind: TokenKind;
  /** As it stands in the statement. */
  text: string;
  /** Of names: without quotes, in lower case. Of parameters: the name. */
  name: string;
  /** Of parameters: the type. */
  type: string;
  offset: number;
}

export interface SqlProblem {
  code: string;
  message: string;
  offset: number;
}

const PATTERNS: readonly { kind: TokenKind | 'space'; pattern: RegExp }[] = [
  { kind: 'space', pattern: /[ \t\r\n\f\v]+/y },
  { kind: 'space', pattern: /--[^\n]*/y },
  { kind: 'space', pattern: /\/\*[\s\S]*?\*\//y },
  {
    kind: 'number',
    pattern: /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![A-Za-z0-9_])|\.\d+(?:[eE][+-]?\d+)?(?![A-Za-z0-9_])/y,
  },
  { kind: 'word', pattern: /[A-Za-z_][A-Za-z0-9_]*/y },
  { kind: 'quoted_name', pattern: /`[^`\\]+`(?!`)|"[^"\\]+"(?!")/y },
  { kind: 'text', pattern: /'(?:[^'\\]|\\[\s\S]|'')*'/y },
  {
    kind: 'parameter',
    pattern: /\{[ \t]*([A-Za-z][A-Za-z0-9_]*)[ \t]*:[ \t]*([A-Za-z][A-Za-z0-9_(), ]*)\}/y,
  },
  { kind: 'mark', pattern: /[()[\].,:?=<>!+\-*%|^;]|\/(?!\*)/y },
];

/** Reads all of it, or says where it cannot be read. */
export function readTokens(sql: string): Token[] | SqlProblem {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    const found = readOne(sql, at);
    if (!found) return { code: 'unreadable_sql', message: describe(sql, at), offset: at };
    const { kind, match } = found;
    if (kind !== 'space') {
      const [text, name = '', type = ''] = match;
      tokens.push({ kind, text, name: nameOf(kind, text, name), type, offset: at });
    }
    at += match[0].length;
  }
  return tokens;
}

function readOne(sql: string, at: number): { kind: TokenKind | 'space'; match: RegExpExecArray } | undefined {
  for (const { kind, pattern } of PATTERNS) {
    pattern.lastIndex = at;
    const match = pattern.exec(sql);
    if (match) return { kind, match };
  }
  return undefined;
}

function nameOf(kind: TokenKind, text: string, parameter: string): string {
  if (kind === 'word') return text.toLowerCase();
  if (kind === 'quoted_name') return text.slice(1, -1).toLowerCase();
  return parameter;
}

function describe(sql: string, at: number): string {
  const char = String.fromCodePoint(sql.codePointAt(at)!);
  const shown = JSON.stringify(char);
  if (char === "'") return 'a text that begins here never ends';
  if (char === '"' || char === '`') return 'a quoted name that begins here never ends, or holds an escape';
  if (char === '/') return 'a comment that begins here never ends';
  if (char === '{') return 'braces are for parameters only: {name:Type}';
  if (char > '\x7f') return `${shown} may only stand inside quotes`;
  return `${shown} is not read here`;
}
