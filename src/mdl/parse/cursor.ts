/**
 * A place in a list of tokens, and the diagnostics found so far. The parser's only mutable state.
 *
 * A cursor is made for the file and one more for each string that is a language of its own (`formula`, `filter`); its
 * `offsets` translate that text's positions to the file's.
 */
import type { Diagnostic, DiagnosticCode, Report } from '../diagnostics.js';
import { EXPECTED_DURATION, parseDuration } from '../duration.js';
import { lexText, type Token } from '../lex/lexer.js';
import { type DecodedText, decodeString } from '../lex/text.js';
import { LIMITS } from '../limits.js';
import type { Span } from '../tree.js';
import { settleTokens } from './settle.js';

export interface End {
  readonly type: 'end';
  readonly text: '';
  readonly start: number;
  readonly end: number;
}

export type Lexeme = Token | End;
type Details = Pick<Diagnostic, 'expected' | 'found' | 'hint'>;

export interface Cursor {
  /** The token here, or one further on. */
  peek(ahead?: number): Lexeme;
  next(): Lexeme;
  isSymbol(text: string, ahead?: number): boolean;
  isWord(text: string, ahead?: number): boolean;
  /** Moves over the symbol or word if it stands here. */
  takeSymbol(text: string): boolean;
  takeWord(text: string): boolean;
  /** The file's span of a token, or from the start of one to the end of another. */
  spanOf(from: Lexeme, to?: Lexeme): Span;
  /** The file's span from a token to the last one moved over. */
  spanFrom(from: Lexeme): Span;
  decode(token: Token): DecodedText;
  report(code: DiagnosticCode, span: Span, message: string, details?: Details): void;
  /** Reports the token here as not what was expected, once a place. */
  reportUnexpected(expected: string, hint?: string): void;
  /** Moves to the next `,` or closing bracket of this level, or to the end. */
  skipToDelimiter(): void;
  /** Runs `parse` one level deeper; undefined, with a diagnostic and everything skipped, when that is too deep. */
  nest<T>(parse: () => T): T | undefined;
  /** Counts a term; undefined, with a diagnostic and everything skipped, when there are too many. */
  countTerm(): boolean;
}

export const describeLexeme = (lexeme: Lexeme): string =>
  lexeme.type === 'end'
    ? 'the end'
    : lexeme.type === 'string' || lexeme.type === 'block'
      ? lexeme.text
      : `"${lexeme.text}"`;

/** A cursor at the start of `text`. `offsets` translate to the file; absent for the file itself. */
export function createCursor(text: string, report: Report, offsets?: readonly number[]): Cursor {
  const toFile = (span: Span): Span =>
    offsets ? { start: offsets[span.start]!, end: offsets[span.end]! } : { start: span.start, end: span.end };
  const tokens = settleTokens(lexText(text), offsets !== undefined, (d) =>
    report({ ...d, span: toFile(d.span) }),
  );
  const end: End = { type: 'end', text: '', start: text.length, end: text.length };
  let index = 0;
  let depth = 0;
  let terms = 0;
  let reportedAt = -1;
  // After a limit was exceeded nothing more is read, and what is missing then is nobody's mistake.
  let abandoned = false;
  const abandon = (): void => {
    abandoned = true;
    index = tokens.length;
  };

  const cursor: Cursor = {
    peek: (ahead = 0) => tokens[index + ahead] ?? end,
    next: () => tokens[index++] ?? end,
    isSymbol: (symbol, ahead) => isToken(cursor.peek(ahead), 'symbol', symbol),
    isWord: (word, ahead) => isToken(cursor.peek(ahead), 'name', word),
    takeSymbol: (symbol) => cursor.isSymbol(symbol) && ++index > 0,
    takeWord: (word) => cursor.isWord(word) && ++index > 0,
    spanOf: (from, to = from) => toFile({ start: from.start, end: Math.max(from.end, to.end) }),
    spanFrom: (from) => toFile({ start: from.start, end: Math.max(from.end, tokens[index - 1]?.end ?? 0) }),
    decode(token) {
      const decoded = decodeString(token);
      return {
        value: decoded.value,
        offsets: offsets ? decoded.offsets.map((o) => offsets[o]!) : decoded.offsets,
        problems: decoded.problems.map(toFile),
      };
    },
    report(code, span, message, details = {}) {
      if (!abandoned) report({ code, span, message, ...details });
    },
    reportUnexpected(expected, hint) {
      if (reportedAt === index) return;
      reportedAt = index;
      const found = describeLexeme(cursor.peek());
      const message = `expected ${expected}, found ${found}`;
      cursor.report('unexpected_token', cursor.spanOf(cursor.peek()), message, {
        expected,
        found,
        ...(hint ? { hint } : {}),
      });
    },
    skipToDelimiter() {
      for (let level = 0; index < tokens.length; index++) {
        const token = tokens[index]!;
        if (token.type !== 'symbol') continue;
        if (level === 0 && (token.text === ',' || token.text === ')')) return;
        if (token.text === '(') level++;
        if (token.text === ')') level--;
      }
    },
    nest(parse) {
      if (depth >= LIMITS.depth) {
        cursor.report(
          'too_deep',
          cursor.spanOf(cursor.peek()),
          `brackets are nested more than ${LIMITS.depth} deep`,
          {
            hint: 'give the inner part a metric of its own and refer to it by name',
          },
        );
        abandon();
        return undefined;
      }
      depth++;
      const parsed = parse();
      depth--;
      return parsed;
    },
    countTerm() {
      if (++terms <= LIMITS.terms) return true;
      if (terms === LIMITS.terms + 1) {
        cursor.report('too_many_terms', cursor.spanOf(cursor.peek()), `more than ${LIMITS.terms} terms`, {
          hint: 'split it into several metrics',
        });
      }
      abandon();
      return false;
    },
  };
  return cursor;
}

const isToken = (lexeme: Lexeme, type: Token['type'], text: string): boolean =>
  lexeme.type === type && lexeme.text === text;

/** A string in the token here, decoded, its wrong escapes reported; undefined, nothing moved, when there is none. */
export function takeString(cursor: Cursor): (DecodedText & { span: Span; block: boolean }) | undefined {
  const token = cursor.peek();
  if (
    token.type !== 'string' &&
    token.type !== 'block' &&
    token.type !== 'openString' &&
    token.type !== 'openBlock'
  )
    return undefined;
  cursor.next();
  const decoded = cursor.decode(token);
  for (const span of decoded.problems) {
    cursor.report('unknown_escape', span, 'a backslash that escapes nothing', {
      hint: 'write \\\\ for a backslash; known escapes are \\" \\\' \\\\ \\n \\t \\r \\u0041 \\u{1F600}',
    });
  }
  return {
    ...decoded,
    span: cursor.spanOf(token),
    block: token.type === 'block' || token.type === 'openBlock',
  };
}

/** A duration in quotes; reports and answers undefined when something else stands here. */
export function parseDurationArgument(cursor: Cursor): { ms: number; text: string } | undefined {
  const text = takeString(cursor);
  if (!text) {
    if (cursor.peek().type !== 'badNumber') cursor.reportUnexpected(EXPECTED_DURATION);
    return undefined;
  }
  const ms = parseDuration(text.value);
  if (ms === undefined) {
    cursor.report('invalid_duration', text.span, `"${text.value}" is not a duration`, {
      expected: EXPECTED_DURATION,
      found: text.value,
      hint: `write ${EXPECTED_DURATION}`,
    });
    return undefined;
  }
  return { ms, text: text.value };
}

/** The number in the token here, moved over; one too large to hold is reported and answered as 0. */
export function takeNumber(cursor: Cursor): number | undefined {
  const token = cursor.peek();
  if (token.type !== 'number') return undefined;
  cursor.next();
  const value = Number(token.text);
  if (Number.isFinite(value)) return value;
  cursor.report('invalid_number', cursor.spanOf(token), `${token.text} is too large`, {
    expected: 'a number below 1.8e308',
    found: token.text,
  });
  return 0;
}
