/**
 * Tokens before they are parsed: space and comments go, and what is wrong in itself (a text without its end, `7d`, `==`,
 * a stray character) is reported and put right or dropped, so that the grammar never meets it.
 */

import type { Report } from '../diagnostics.js';
import { parseDuration } from '../duration.js';
import type { Token } from '../lex/lexer.js';

const SPELLINGS: Readonly<Record<string, string>> = {
  '==': '=',
  '<>': '!=',
  '&&': 'and',
  '||': 'or',
  ':': '=',
};

/** Space and comments removed; wrong tokens reported and replaced by what was meant, or dropped. */
export function settleTokens(tokens: readonly Token[], inFormula: boolean, report: Report): Token[] {
  const settled: Token[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.type === 'space' || token.type === 'comment') continue;
    const isStray = token.type === 'unknown' || (inFormula && token.text === ':');
    if (!isStray) {
      settled.push(settleToken(token, report));
      continue;
    }
    const [before, after] = [settled.at(-1), tokens[i + 1]];
    if (before?.type === 'name' && before.end === token.start && after?.type === 'name') {
      settled[settled.length - 1] = joinName(before, token, after, report);
      i++;
    } else reportStray(token, report);
  }
  return settled;
}

/** `page:view`, which is one name without its quotes. */
function joinName(before: Token, stray: Token, after: Token, report: Report): Token {
  const joined = { ...before, text: before.text + stray.text + after.text, end: after.end };
  const hint = `write "${joined.text}" in quotes`;
  report({
    code: 'unknown_character',
    span: joined,
    message: `a name with ${JSON.stringify(stray.text)} in it needs quotes`,
    found: joined.text,
    hint,
  });
  return joined;
}

const reportStray = (token: Token, report: Report): void =>
  report({
    code: 'unknown_character',
    span: token,
    message: `${JSON.stringify(token.text)} means nothing here`,
    found: token.text,
  });

function settleToken(token: Token, report: Report): Token {
  const meant = token.type === 'symbol' ? SPELLINGS[token.text] : undefined;
  if (meant !== undefined) {
    report({
      code: 'unexpected_token',
      span: token,
      message: `"${token.text}" is written "${meant}" here`,
      expected: meant,
      found: token.text,
    });
    return { ...token, type: meant === '=' || meant === '!=' ? 'symbol' : 'name', text: meant };
  }
  if (token.type === 'curlyString') {
    report({
      code: 'unknown_character',
      span: token,
      message: 'curly quotes do not make a text',
      found: token.text,
      hint: 'write straight quotes, " or \'',
    });
    return { ...token, type: 'string' };
  }
  if (token.type === 'openString' || token.type === 'openBlock') {
    const block = token.type === 'openBlock';
    const hint = block
      ? 'close it with three quotes'
      : 'close it on the same line, or use three quotes for a text over several lines';
    const span = { start: token.start, end: token.start + (block ? 3 : token.text.length) };
    report({ code: 'unclosed_string', span, message: 'a text that is not closed', hint });
  }
  if (token.type === 'badNumber') {
    const hint =
      parseDuration(token.text) === undefined
        ? 'numbers are written like 5, 0.5 or 1e6; a name that begins with a digit needs quotes'
        : `durations are written in quotes: "${token.text}"`;
    report({
      code: 'invalid_number',
      span: token,
      message: `"${token.text}" is not a number`,
      expected: 'a number',
      found: token.text,
      hint,
    });
  }
  return token;
}
