/**
 * Formulas: sums of products of atoms, by recursive descent. Every function answers a node; what could not be read is
 * `invalid`, has been reported, and reading goes on behind it, so one pass finds several mistakes.
 */

import type { ArithmeticOperator, EventCondition, Series, SeriesCondition, StringValue } from '../tree.js';
import { RESERVED } from '../vocabulary.js';
import { parseCall } from './call.js';
import {
  closeBracket,
  parseCondition,
  parseEventCondition,
  takeComparison,
  takeNullTest,
} from './condition.js';
import type { Report } from './cursor.js';
import { type Cursor, createCursor, describeLexeme, takeNumber } from './cursor.js';

/** The formula in a string of the file. */
export function parseFormula(text: StringValue, report: Report): Series {
  const cursor = createCursor(text.value, report, text.offsets);
  if (cursor.peek().type === 'end') {
    report({
      code: 'empty_formula',
      span: text.span,
      message: 'an empty formula',
      hint: 'write for example "count(checkout_completed)"',
    });
    return { kind: 'invalid', span: text.span };
  }
  const series = parseSeries(cursor);
  while (cursor.peek().type !== 'end') {
    reportRest(cursor, 'an operator (+ - * / %) or the end of the formula');
    if (cursor.peek().type !== 'name' || !cursor.isSymbol('(', 1)) break;
    parseSeries(cursor); // what follows is not part of anything, but may hold mistakes of its own
  }
  return series;
}

/** The condition in a string of the file. */
export function parseFilter(text: StringValue, report: Report): EventCondition {
  const cursor = createCursor(text.value, report, text.offsets);
  if (cursor.takeWord('where'))
    report({
      code: 'unexpected_token',
      span: text.span,
      message: 'a filter begins without where',
      expected: 'a condition',
      found: 'where',
    });
  const condition = parseEventCondition(cursor);
  reportRest(cursor, 'and, or, or the end of the condition');
  return condition;
}

function reportRest(cursor: Cursor, expected: string): void {
  if (cursor.peek().type === 'end') return;
  cursor.reportUnexpected(expected, explainRest(cursor));
}

function explainRest(cursor: Cursor): string | undefined {
  if (cursor.isSymbol(')')) return 'there is no open bracket that it closes';
  if (cursor.isWord('where')) return 'a condition belongs inside the brackets: count(event where …)';
  return undefined;
}

/** `sum` of the grammar. */
export function parseSeries(cursor: Cursor): Series {
  return parseChain(cursor, ['+', '-'], () => parseChain(cursor, ['*', '/', '%'], () => parseUnary(cursor)));
}

function parseChain(
  cursor: Cursor,
  operators: readonly ArithmeticOperator[],
  parseNext: () => Series,
): Series {
  const start = cursor.peek();
  let left = parseNext();
  for (;;) {
    const operator = operators.find((symbol) => cursor.isSymbol(symbol));
    if (!operator) return left;
    cursor.next();
    const right = parseNext();
    left = { kind: 'arithmetic', operator, left, right, span: cursor.spanFrom(start) };
  }
}

function parseUnary(cursor: Cursor): Series {
  const start = cursor.peek();
  if (!cursor.takeSymbol('-')) return parseAtom(cursor);
  const operand = cursor.nest(() => parseUnary(cursor));
  return operand
    ? { kind: 'negate', operand, span: cursor.spanFrom(start) }
    : { kind: 'invalid', span: cursor.spanFrom(start) };
}

const EXPECTED_ATOM = 'a number, a metric or an aggregate such as count(checkout_completed)';

function parseAtom(cursor: Cursor): Series {
  const start = cursor.peek();
  const invalid = (): Series => ({ kind: 'invalid', span: cursor.spanFrom(start) });
  if (!cursor.countTerm()) return invalid();
  const value = takeNumber(cursor);
  if (value !== undefined) return { kind: 'number', value, span: cursor.spanOf(start) };
  if (start.type === 'badNumber') {
    cursor.next();
    return invalid();
  }
  if (cursor.takeSymbol('(')) {
    const inner = cursor.nest(() => parseSeries(cursor));
    closeBracket(cursor);
    return inner ? { kind: 'group', inner, span: cursor.spanFrom(start) } : invalid();
  }
  if (start.type === 'name') return cursor.isSymbol('(', 1) ? parseCall(cursor) : parseReference(cursor);
  if (start.type === 'string' || start.type === 'block') {
    cursor.next();
    cursor.report(
      'unexpected_token',
      cursor.spanOf(start),
      `${describeLexeme(start)} is a text; a formula is made of numbers`,
      {
        expected: EXPECTED_ATOM,
        found: start.text,
        hint: `to count events of that name write count(${start.text})`,
      },
    );
    return invalid();
  }
  cursor.reportUnexpected(EXPECTED_ATOM);
  return invalid();
}

function parseReference(cursor: Cursor): Series {
  const token = cursor.next();
  const span = cursor.spanOf(token);
  if (token.text === 'null') return { kind: 'null', span };
  if (RESERVED.includes(token.text)) {
    cursor.report(
      'unexpected_token',
      span,
      `"${token.text}" has a meaning of its own and cannot stand here`,
      { expected: EXPECTED_ATOM, found: token.text },
    );
    return { kind: 'invalid', span };
  }
  return { kind: 'reference', name: token.text, span };
}

/** A condition over series: inside `if`. */
export const parseSeriesCondition = (cursor: Cursor): SeriesCondition =>
  parseCondition(cursor, () => parseSeriesTest(cursor));

function parseSeriesTest(cursor: Cursor): SeriesCondition {
  const start = cursor.peek();
  if (cursor.isSymbol('(') && holdsCondition(cursor)) {
    cursor.next();
    const inner = cursor.nest(() => parseSeriesCondition(cursor));
    closeBracket(cursor);
    return inner
      ? { kind: 'brackets', inner, span: cursor.spanFrom(start) }
      : { kind: 'invalid', span: cursor.spanFrom(start) };
  }
  const left = parseSeries(cursor);
  const operator = takeComparison(cursor);
  if (operator)
    return { kind: 'compare', operator, left, right: parseSeries(cursor), span: cursor.spanFrom(start) };
  const nullTest = takeNullTest(cursor);
  if (nullTest)
    return { kind: 'is_null', operand: left, negated: nullTest.negated, span: cursor.spanFrom(start) };
  if (left.kind !== 'invalid') cursor.reportUnexpected('a comparison, such as > 0 or is null');
  return { kind: 'invalid', span: cursor.spanFrom(start) };
}

/** Whether the bracket here encloses a condition and not a sum: one of a condition's words outside any call's brackets. */
function holdsCondition(cursor: Cursor): boolean {
  const calls: boolean[] = [];
  for (let ahead = 0; ; ahead++) {
    const token = cursor.peek(ahead);
    if (token.type === 'end') return false;
    if (token.type === 'symbol' && token.text === '(')
      calls.push(ahead > 0 && cursor.peek(ahead - 1).type === 'name');
    else if (token.type === 'symbol' && token.text === ')') {
      calls.pop();
      if (calls.length === 0) return false;
    } else if (!calls.includes(true) && isConditionWord(token.text)) return true;
  }
}

const isConditionWord = (text: string): boolean =>
  ['=', '!=', '<', '<=', '>', '>=', 'and', 'or', 'not', 'is'].includes(text);
