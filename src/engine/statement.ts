/**
 * What a request's text asks for, and how it is rewritten for the engine library, which is a client and a server in one:
 *
 *   rows    `select …`: gets `into outfile '<pipe>' truncate format X`, so that the engine's own formatter writes
 *           the whole result, header and footer once, into a pipe that is read as fast as the client takes it
 *   insert  with data: insert.ts
 *   other   everything else runs as it is; its small answer comes back in memory
 *
 * A text is one statement: a `;` may only be followed by blanks and comments.
 */
import { createFailure } from './failure.js';
import { isMark, isWord, quoteString, scanTokens, type Token, unquote } from './lexer.js';

export interface RowsStatement {
  kind: 'rows';
  /** The text, without trailing `;` and comments. */
  text: string;
  /** Named by the statement, or undefined when the request's default applies. */
  format: string | undefined;
  /** The statement with its result written to `path`. */
  writeTo(path: string, defaultFormat: string): string;
}

export interface OtherStatement {
  kind: 'other';
  text: string;
  format: string | undefined;
  /** The query id X of `kill query where query_id = 'X'`, the one form of it that is understood here. */
  kills?: string;
}

/** Tokens of the one statement in `text`. Throws when a second one follows. */
function readOne(text: string): Token[] {
  const tokens: Token[] = [];
  let ended: Token | undefined;
  for (const token of scanTokens(text)) {
    if (isMark(token, ';') && token.depth === 0) ended ??= token;
    else if (ended)
      throw createFailure(
        62,
        `Syntax error (Multi-statements are not allowed): failed at position ${ended.start + 1} (end of query): ${text.slice(ended.start, ended.start + 100)}.`,
      );
    else tokens.push(token);
  }
  if (tokens.length === 0) throw createFailure(62, 'Syntax error: Empty query.');
  return tokens;
}

/** Index of the `format` of `… format X [settings …]` at the end of the statement, or -1. */
function findFormat(tokens: readonly Token[]): number {
  for (let at = tokens.length - 2; at > 0; at--) {
    if (tokens[at]!.depth > 0 || !isWord(tokens[at], 'FORMAT') || tokens[at + 1]!.kind !== 'word') continue;
    if (at + 2 === tokens.length || isWord(tokens[at + 2], 'SETTINGS')) return at;
  }
  return -1;
}

/** Whether text may be appended without becoming part of an open quote or bracket. */
function isComplete(tokens: readonly Token[]): boolean {
  let open = 0;
  for (const token of tokens) {
    if (isMark(token, '(') || isMark(token, '[') || isMark(token, '{')) open++;
    if (isMark(token, ')') || isMark(token, ']') || isMark(token, '}')) open--;
  }
  return open === 0 && !tokens.at(-1)!.open;
}

const isSelect = (tokens: readonly Token[]): boolean => {
  const first = tokens.find((token) => !isMark(token, '('));
  if (isWord(first, 'SELECT') || isWord(first, 'FROM')) return true;
  return isWord(first, 'WITH') && !tokens.some((token) => token.depth === 0 && isWord(token, 'INSERT'));
};

function readKill(tokens: readonly Token[]): string | undefined {
  const words = ['KILL', 'QUERY', 'WHERE', 'QUERY_ID'];
  if (!words.every((word, at) => isWord(tokens[at], word)) || !isMark(tokens[4], '=')) return undefined;
  const [id, mode, ...rest] = tokens.slice(5, 8);
  if (id?.kind !== 'string' || rest.length > 0) return undefined;
  return !mode || isWord(mode, 'SYNC') || isWord(mode, 'ASYNC') ? unquote(id) : undefined;
}

/** Reads a text that carries no data. Throws a Failure for several statements, an empty one, and `into outfile`. */
export function parseStatement(text: string): RowsStatement | OtherStatement {
  const tokens = readOne(text);
  const end = tokens.at(-1)!.end;
  const formatAt = findFormat(tokens);
  const format = formatAt < 0 ? undefined : tokens[formatAt + 1]!.text;
  const statement = text.slice(0, end);
  if (
    tokens.some(
      (token, at) => isWord(token, 'OUTFILE') && isWord(tokens[at - 1], 'INTO') && token.depth === 0,
    )
  )
    throw createFailure(358, 'INTO OUTFILE is not allowed');
  if (!isSelect(tokens) || !isComplete(tokens))
    return { kind: 'other', text: statement, format, kills: readKill(tokens) };
  const cut = formatAt < 0 ? end : tokens[formatAt]!.start;
  return {
    kind: 'rows',
    text: statement,
    format,
    writeTo(path, defaultFormat) {
      const tail = formatAt < 0 ? `format ${defaultFormat}` : statement.slice(cut);
      return `${text.slice(0, cut)}\ninto outfile ${quoteString(path)} truncate ${tail}`;
    },
  };
}
