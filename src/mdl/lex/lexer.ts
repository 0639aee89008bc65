/**
 * Text into tokens, with moo. One lexer serves the file and the formulas inside its strings.
 *
 * It never throws: a string without its end, a number with letters in it and a character that means nothing are tokens
 * too, and the parser says what is wrong with them in their place. Space and comments are tokens, so that the
 * formatter can keep comments.
 */
import moo from 'moo';

const TOKEN_TYPES = [
  'space',
  'comment',
  'block', // """…""", may span lines
  'openBlock', // """ without its end
  'string',
  'openString', // a string that does not end on its line
  'curlyString', // a string in the quotes of a word processor
  'number',
  'badNumber', // 7d, 1.2.3, 0x10
  'name',
  'symbol',
  'unknown',
] as const;

export type TokenType = (typeof TOKEN_TYPES)[number];

export interface Token {
  readonly type: TokenType;
  /** As it stands in the text. */
  readonly text: string;
  /** Offsets in the text that was lexed: of a formula, in the formula. */
  readonly start: number;
  readonly end: number;
}

const lexer = moo.compile({
  space: { match: /[\s\uFEFF]+/u, lineBreaks: true },
  comment: /#[^\n]*/u,
  block: { match: /"""[\s\S]*?"""|'''[\s\S]*?'''/u, lineBreaks: true },
  openBlock: { match: /"""[\s\S]*|'''[\s\S]*/u, lineBreaks: true },
  string: /"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'/u,
  openString: /"(?:[^"\\\n]|\\[^\n])*\\?|'(?:[^'\\\n]|\\[^\n])*\\?/u,
  curlyString: /[“”„][^“”„\n]*[“”]|[‘’‚][^‘’‚\n]*[‘’]|«[^«»\n]*»/u,
  number: /(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\p{L}\p{N}_$]|\.[0-9])/u,
  badNumber: /[0-9](?:[eE][+-][0-9]|[\p{L}\p{N}_$]|\.[0-9])*/u,
  name: /[\p{L}_$][\p{L}\p{N}\p{M}_$]*/u,
  symbol: [
    '!=',
    '<=',
    '>=',
    '==',
    '<>',
    '&&',
    '||',
    ':',
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    '=',
    '<',
    '>',
    ',',
    '.',
    '+',
    '-',
    '*',
    '/',
    '%',
  ],
  unknown: { match: /[\s\S]/u, lineBreaks: true },
});

/** Every token of the text, in order; joined they are the text. Never throws. */
export function lexText(text: string): Token[] {
  lexer.reset(text);
  const tokens: Token[] = [];
  for (const token of lexer) {
    const type = token.type as TokenType;
    tokens.push({ type, text: token.text, start: token.offset, end: token.offset + token.text.length });
  }
  return tokens;
}
