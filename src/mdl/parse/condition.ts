/**
 * Conditions, over events (`where`, `filter`) and over series (inside `if`). One precedence for both: `not` binds
 * tighter than `and`, `and` tighter than `or`. What an operand is differs, so each kind brings its own test.
 */

import { LIMITS } from '../limits.js';
import type { Condition, EventCondition, EventOperand, LiteralNode, TextOperator } from '../tree.js';
import { type Cursor, takeNumber, takeString } from './cursor.js';
import { parsePath } from './path.js';

/** Parses `or` of `and` of `not` of tests. Always answers a node; what could not be read is `invalid` and reported. */
export function parseCondition<O>(cursor: Cursor, parseTest: () => Condition<O>): Condition<O> {
  return parseJunction(cursor, 'or', () => parseJunction(cursor, 'and', () => parseNot(cursor, parseTest)));
}

function parseJunction<O>(cursor: Cursor, word: 'and' | 'or', parseItem: () => Condition<O>): Condition<O> {
  const start = cursor.peek();
  const items = [parseItem()];
  while (takeKeyword(cursor, word)) items.push(parseItem());
  return items.length === 1 ? items[0]! : { kind: word, items, span: cursor.spanFrom(start) };
}

function parseNot<O>(cursor: Cursor, parseTest: () => Condition<O>): Condition<O> {
  const start = cursor.peek();
  if (!takeKeyword(cursor, 'not'))
    return cursor.countTerm() ? parseTest() : { kind: 'invalid', span: cursor.spanOf(start) };
  const inner = cursor.nest(() => parseNot(cursor, parseTest));
  return inner
    ? { kind: 'not', inner, span: cursor.spanFrom(start) }
    : { kind: 'invalid', span: cursor.spanFrom(start) };
}

/** The word here; also when it was written in capitals, which is reported. */
function takeKeyword(cursor: Cursor, word: string): boolean {
  if (cursor.takeWord(word)) return true;
  const token = cursor.peek();
  if (token.type !== 'name' || token.text.toLowerCase() !== word) return false;
  cursor.report('unexpected_token', cursor.spanOf(token), `"${token.text}" is written "${word}" here`, {
    expected: word,
    found: token.text,
  });
  cursor.next();
  return true;
}

/** A condition over events. */
export const parseEventCondition = (cursor: Cursor): EventCondition =>
  parseCondition(cursor, () => parseEventTest(cursor));

const COMPARE = ['=', '!=', '<', '<=', '>', '>='] as const;
const TEXT_OPERATORS: readonly TextOperator[] = ['like', 'contains', 'starts_with', 'ends_with', 'matches'];
const EXPECTED_TEST = 'a test, such as = "pro", > 5, in ("a", "b"), like "a%" or is null';

/** The comparison that stands here, moved over, or undefined. */
export function takeComparison(cursor: Cursor): (typeof COMPARE)[number] | undefined {
  const operator = COMPARE.find((symbol) => cursor.isSymbol(symbol));
  if (operator) cursor.next();
  return operator;
}

/** `is null` or `is not null` after an operand, or undefined. */
export function takeNullTest(cursor: Cursor): { negated: boolean } | undefined {
  if (!takeKeyword(cursor, 'is')) return undefined;
  const negated = takeKeyword(cursor, 'not');
  if (!takeKeyword(cursor, 'null')) cursor.reportUnexpected('null');
  return { negated };
}

function parseEventTest(cursor: Cursor): EventCondition {
  const start = cursor.peek();
  const invalid = (): EventCondition => ({ kind: 'invalid', span: cursor.spanFrom(start) });
  if (cursor.isSymbol('(')) {
    cursor.next();
    const inner = cursor.nest(() => parseEventCondition(cursor));
    closeBracket(cursor);
    return inner ? { kind: 'brackets', inner, span: cursor.spanFrom(start) } : invalid();
  }
  const operand = parseOperand(cursor);
  const operator = takeComparison(cursor);
  if (operator) {
    const right = parseOperand(cursor);
    if (COMPARE.some((symbol) => cursor.isSymbol(symbol))) {
      cursor.reportUnexpected(
        'and, or, or the end of the condition',
        'compare two things at a time: a < b and b < c',
      );
    }
    return { kind: 'compare', operator, left: operand, right, span: cursor.spanFrom(start) };
  }
  const nullTest = takeNullTest(cursor);
  if (nullTest) return { kind: 'is_null', operand, negated: nullTest.negated, span: cursor.spanFrom(start) };
  const negated = takeKeyword(cursor, 'not');
  if (takeKeyword(cursor, 'in'))
    return cursor.takeWord('cohort')
      ? parseCohort(cursor, start, operand, negated)
      : parseIn(cursor, start, operand, negated);
  const text = TEXT_OPERATORS.find((word) => cursor.takeWord(word));
  if (text) return parseTextTest(cursor, start, operand, text, negated);
  if (operand.kind !== 'invalid') cursor.reportUnexpected(EXPECTED_TEST);
  return invalid();
}

type Start = ReturnType<Cursor['peek']>;

function parseIn(cursor: Cursor, start: Start, operand: EventOperand, negated: boolean): EventCondition {
  const values: LiteralNode[] = [];
  if (!cursor.takeSymbol('(')) cursor.reportUnexpected('"(" and a list of values, or cohort');
  else {
    do {
      const value = takeLiteral(cursor);
      if (!value) {
        cursor.reportUnexpected('a text, a number, true or false');
        cursor.skipToDelimiter();
      } else values.push(value);
    } while (cursor.takeSymbol(','));
    closeBracket(cursor);
  }
  const span = cursor.spanFrom(start);
  if (values.length > LIMITS.listItems) {
    cursor.report(
      'too_many_items',
      span,
      `a list of ${values.length} values; at most ${LIMITS.listItems} are allowed`,
      {
        hint: 'make a cohort of the persons, or a property that says what these have in common',
      },
    );
  }
  return values.length === 0 ? { kind: 'invalid', span } : { kind: 'in', operand, values, negated, span };
}

function parseTextTest(
  cursor: Cursor,
  start: Start,
  operand: EventOperand,
  operator: TextOperator,
  negated: boolean,
): EventCondition {
  const pattern = takeString(cursor);
  if (!pattern) {
    cursor.reportUnexpected('a text in quotes');
    return { kind: 'invalid', span: cursor.spanFrom(start) };
  }
  const span = cursor.spanFrom(start);
  return {
    kind: 'text',
    operator,
    operand,
    pattern: pattern.value,
    patternSpan: pattern.span,
    negated,
    span,
  };
}

/** `user in cohort "vip"`; the operand can only be the user. */
function parseCohort(cursor: Cursor, start: Start, operand: EventOperand, negated: boolean): EventCondition {
  const isUser =
    operand.kind === 'path' && operand.root === 'properties' && operand.segments.join('.') === 'user';
  if (!isUser && operand.kind !== 'invalid') {
    cursor.report('unexpected_token', operand.span, 'only the user can be in a cohort', {
      expected: 'user',
      hint: 'write: user in cohort "name"',
    });
  }
  const name = takeString(cursor);
  if (!name) {
    cursor.reportUnexpected("a cohort's name in quotes");
    return { kind: 'invalid', span: cursor.spanFrom(start) };
  }
  return { kind: 'cohort', cohort: name.value, cohortSpan: name.span, negated, span: cursor.spanFrom(start) };
}

export function closeBracket(cursor: Cursor): void {
  if (cursor.takeSymbol(')')) return;
  // A text that is not closed has swallowed the bracket; that has been said.
  if (cursor.peek().type === 'end' && cursor.peek(-1).type === 'openString') return;
  cursor.reportUnexpected('")"');
  cursor.skipToDelimiter();
  cursor.takeSymbol(')');
}

function parseOperand(cursor: Cursor): EventOperand {
  const start = cursor.peek();
  const quotedPath = (start.type === 'string' || start.type === 'block') && cursor.isSymbol('.', 1);
  const literal = quotedPath ? undefined : takeLiteral(cursor);
  if (literal) return literal;
  if (cursor.takeWord('null')) {
    cursor.report('unexpected_token', cursor.spanOf(start), 'null is not compared with = or !=', {
      expected: 'is null',
      found: 'null',
      hint: 'write: property is null, or: property is not null',
    });
  } else if (start.type === 'name' || quotedPath) {
    const path = parsePath(cursor);
    if (path) return path;
  } else if (start.type === 'badNumber') {
    cursor.next();
  } else {
    cursor.reportUnexpected('a property or a value');
  }
  return { kind: 'invalid', span: cursor.spanFrom(start) };
}

/** A text, a number, `true` or `false`; undefined, nothing moved, when none stands here. */
function takeLiteral(cursor: Cursor): LiteralNode | undefined {
  const start = cursor.peek();
  const text = takeString(cursor);
  if (text) return { kind: 'literal', value: text.value, span: text.span };
  const negative = cursor.isSymbol('-') && cursor.peek(1).type === 'number';
  if (negative) cursor.next();
  const token = cursor.peek();
  const value = takeNumber(cursor);
  if (value !== undefined) {
    return { kind: 'literal', value: negative ? -value : value, span: cursor.spanFrom(start) };
  }
  if (cursor.takeWord('true') || cursor.takeWord('false'))
    return { kind: 'literal', value: token.text === 'true', span: cursor.spanFrom(start) };
  return undefined;
}
