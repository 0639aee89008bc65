/**
 * Inserts that bring their data: where it starts, and how the statement reads it from a file instead.
 *
 *   insert into t [(…)] [settings …] format X <data>      ->  insert into t [(…)] from infile '<file>' [settings …] format X
 *   insert into t [(…)] [settings …] values <data>        ->  the same with format Values
 *   insert into t … select … input('<structure>') … format X <data>
 *                                                         ->  insert into t … select … file('<file>', X, '<structure>', …) …
 *
 * `from infile` is parsed by the client half of the engine library just as data in the statement would be: with the
 * table's column types, defaults and settings.
 */
import { createFailure } from './failure.js';
import { isMark, isWord, quoteString, scanTokens, type Token, unquote } from './lexer.js';

export interface InsertStatement {
  kind: 'insert';
  format: string;
  /** Where the data starts in the text, in characters. */
  dataStart: number;
  /** The statement with its data read from `path`; `compression` is one the engine undoes itself, or `none`. */
  readFrom(path: string, compression: string): string;
}

/** What was found of `input('<structure>')` so far. */
interface InputCall {
  name: Token;
  open: Token;
  close?: Token;
}

/** An insert being read, token by token. */
interface Reading {
  text: string;
  tokens: Token[];
  /** Index of the token behind the table, once it is known. */
  next: number;
  settings?: Token;
  /** Whether the rows come from a query, which has data only if it calls input(). */
  selects: boolean;
  input?: InputCall;
}

/** Steps over the table an insert names: `[table] a.b`, `{name:Identifier}` or `function f(…)`. Index of what follows. */
function skipTarget(tokens: readonly Token[], start: number): number {
  let at = start;
  if ((isWord(tokens[at], 'TABLE') || isWord(tokens[at], 'FUNCTION')) && !isMark(tokens[at + 1], '.')) at++;
  for (;;) {
    if (isMark(tokens[at], '{')) while (at < tokens.length && !isMark(tokens[at], '}')) at++;
    at++;
    if (!isMark(tokens[at], '.')) return at;
    at++;
  }
}

/** Where data starts after `format X`: behind blanks and one line end. */
const skipToData = (text: string, end: number): number =>
  end + /^[ \t\f]*\r?\n?/.exec(text.slice(end, end + 1_000))![0].length;

function createInsert({ text, settings }: Reading, keyword: Token, name?: Token): InsertStatement {
  const format = name ? unquote(name) : 'Values';
  const cut = (settings ?? keyword).start;
  return {
    kind: 'insert',
    format,
    dataStart: name ? skipToData(text, name.end) : keyword.end,
    readFrom(path, compression) {
      const source = `from infile ${quoteString(path)} compression ${quoteString(compression)} `;
      return `${text.slice(0, cut)}${source}${text.slice(cut, keyword.start)}format ${format}`;
    },
  };
}

function createInputInsert(
  text: string,
  call: Required<InputCall>,
  keyword: Token,
  name: Token,
): InsertStatement {
  const format = unquote(name);
  return {
    kind: 'insert',
    format,
    dataStart: skipToData(text, name.end),
    readFrom(path, compression) {
      const before = `${text.slice(0, call.name.start)}file(${quoteString(path)}, ${quoteString(format)}, `;
      const structure = text.slice(call.open.end, call.close.start);
      return `${before}${structure}, ${quoteString(compression)})${text.slice(call.close.end, keyword.start)}`;
    },
  };
}

/** Notes the first call of input() with one argument. */
function noteInput(reading: Reading, token: Token, before: Token | undefined): void {
  const { input } = reading;
  if (!input) {
    if (before && isWord(before, 'INPUT') && isMark(token, '('))
      reading.input = { name: before, open: token };
  } else if (!input.close && isMark(token, ')') && token.depth === input.open.depth) input.close = token;
}

/** The statement, once `token` shows where its data starts. */
function readToken(reading: Reading, token: Token, before: Token | undefined): InsertStatement | undefined {
  const { input, selects, text } = reading;
  if (selects) noteInput(reading, token, before);
  if (token.depth > 0 || token.kind !== 'word') return undefined;
  if (isWord(before, 'FORMAT')) {
    if (!selects) return createInsert(reading, before!, token);
    if (input?.close) return createInputInsert(text, { ...input, close: input.close }, before!, token);
  }
  if (selects) return undefined;
  if (isWord(token, 'VALUES')) return createInsert(reading, token);
  if (isWord(token, 'SETTINGS')) reading.settings = token;
  if (isWord(token, 'INFILE') && isWord(before, 'FROM'))
    throw createFailure(78, 'Query has infile and was sent directly to the server.');
  if (isWord(token, 'SELECT') || isWord(token, 'WITH')) reading.selects = true;
  return undefined;
}

/**
 * The insert at the start of `text` when it carries data; undefined for any other statement, also for `insert … select`.
 * `text` may be only the beginning of the request's: everything before the data must lie in it.
 */
export function parseInsert(text: string): InsertStatement | undefined {
  const reading: Reading = { text, tokens: [], next: -1, selects: false };
  const { tokens } = reading;
  for (const token of scanTokens(text)) {
    tokens.push(token);
    if (tokens.length === 1 && !isWord(token, 'INSERT')) return undefined;
    if (tokens.length < 3) continue;
    if (reading.next < 0) {
      const target = skipTarget(tokens, isWord(tokens[1], 'INTO') ? 2 : 1);
      if (target < tokens.length) reading.next = target;
    }
    const at = tokens.length - 1;
    if (reading.next < 0 || at < reading.next) continue;
    const found = readToken(reading, token, at > reading.next ? tokens[at - 1] : undefined);
    if (found) return found;
  }
  return undefined;
}
