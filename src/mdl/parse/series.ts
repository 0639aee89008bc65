/**
 * Series: sums of products of atoms, by recursive descent. An atom is a number, a metric or what stands before a bracket:
 * aggregates, conversions, `if`, and functions over series. Every function answers a node; what could not be read is `invalid`,
 * has been reported, and reading goes on behind it, so one pass finds several mistakes.
 */
import { findSuggestion } from '../suggest.js';
import type { ArithmeticOperator, CallNode, Series, SeriesCondition } from '../tree.js';
import { AGGREGATES, FUNCTIONS, type FunctionWord, RESERVED, SPECIAL_FORMS } from '../vocabulary.js';
import { closeBracket, parseCondition, takeComparison, takeNullTest } from './condition.js';
import { type Cursor, describeLexeme, type Lexeme, parseDurationArgument, takeNumber } from './cursor.js';
import { parseSelection } from './selection.js';

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
const parseSeriesCondition = (cursor: Cursor): SeriesCondition =>
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

/** A name and the brackets behind it. */
function parseCall(cursor: Cursor): Series {
  const start = cursor.next();
  cursor.next();
  const parsed = cursor.nest(() => parseInside(cursor, start));
  closeBracket(cursor);
  const span = cursor.spanFrom(start);
  return parsed && parsed.kind !== 'invalid' ? { ...parsed, span } : { kind: 'invalid', span };
}

function parseInside(cursor: Cursor, start: Lexeme): Series {
  if (Object.hasOwn(AGGREGATES, start.text)) return parseAggregate(cursor, start);
  if (start.text === 'conversion') return parseConversion(cursor, start);
  if (start.text === 'if') return parseChoice(cursor, start);
  if (Object.hasOwn(FUNCTIONS, start.text)) return parseFunction(cursor, start, FUNCTIONS[start.text]!);
  return reportUnknownFunction(cursor, start);
}

function reportUnknownFunction(cursor: Cursor, start: Lexeme): Series {
  const known = [...Object.keys(AGGREGATES), ...Object.keys(FUNCTIONS), ...Object.keys(SPECIAL_FORMS)];
  const nearest = findSuggestion(start.text, known);
  const hint = nearest
    ? `did you mean ${nearest}?`
    : `known are ${known.filter((name) => !name.includes('_approx')).join(', ')}`;
  cursor.report('unknown_function', cursor.spanOf(start), `unknown function "${start.text}"`, {
    found: start.text,
    hint,
  });
  skipToClosing(cursor);
  return { kind: 'invalid', span: cursor.spanFrom(start) };
}

function skipToClosing(cursor: Cursor): void {
  cursor.skipToDelimiter();
  while (cursor.takeSymbol(',')) cursor.skipToDelimiter();
}

function parseAggregate(cursor: Cursor, start: Lexeme): Series {
  const { selection, path } = parseSelection(cursor, start.text);
  if (cursor.isSymbol(',')) {
    cursor.reportUnexpected(
      '")" or where',
      `${start.text} takes one event; add two aggregates to count two: ${start.text}(a) + ${start.text}(b)`,
    );
    skipToClosing(cursor);
  }
  const span = cursor.spanFrom(start);
  return { kind: 'aggregate', name: start.text, nameSpan: cursor.spanOf(start), selection, path, span };
}

function parseConversion(cursor: Cursor, start: Lexeme): Series {
  const expected = `three arguments: ${SPECIAL_FORMS.conversion}`;
  const from = parseConversionEvent(cursor);
  if (!cursor.takeSymbol(',')) return reportArguments(cursor, start, expected);
  const goal = parseConversionEvent(cursor);
  if (!cursor.takeSymbol(',')) return reportArguments(cursor, start, expected);
  const window = parseDurationArgument(cursor);
  if (!window) return skipArguments(cursor, start);
  return {
    kind: 'conversion',
    nameSpan: cursor.spanOf(start),
    start: from,
    goal,
    windowMs: window.ms,
    windowText: window.text,
    span: cursor.spanFrom(start),
  };
}

function parseConversionEvent(cursor: Cursor): ReturnType<typeof parseSelection>['selection'] {
  const { selection, path } = parseSelection(cursor, 'conversion');
  if (path) {
    cursor.report(
      'wrong_arguments',
      path.span,
      'conversion counts persons and takes events, not their properties',
      {
        expected: 'an event',
        hint: 'leave the property out, or test it with where',
      },
    );
  }
  return selection;
}

function reportArguments(cursor: Cursor, start: Lexeme, expected: string): Series {
  cursor.report('wrong_arguments', cursor.spanOf(start), `${start.text} takes ${expected}`, { expected });
  return skipArguments(cursor, start);
}

function skipArguments(cursor: Cursor, start: Lexeme): Series {
  skipToClosing(cursor);
  return { kind: 'invalid', span: cursor.spanFrom(start) };
}

function parseChoice(cursor: Cursor, start: Lexeme): Series {
  const expected = `a condition and two values: ${SPECIAL_FORMS.if}`;
  const condition = parseSeriesCondition(cursor);
  if (condition.kind === 'invalid') cursor.skipToDelimiter();
  if (!cursor.takeSymbol(',')) return reportArguments(cursor, start, expected);
  const whenTrue = parseArgument(cursor);
  if (!cursor.takeSymbol(',')) return reportArguments(cursor, start, expected);
  const whenFalse = parseArgument(cursor);
  return { kind: 'choice', condition, whenTrue, whenFalse, span: cursor.spanFrom(start) };
}

/** A series up to the next comma or bracket; what stands in between is reported and skipped. */
function parseArgument(cursor: Cursor): Series {
  const series = parseSeries(cursor);
  if (!cursor.isSymbol(',') && !cursor.isSymbol(')')) {
    cursor.reportUnexpected('an operator, "," or ")"');
    cursor.skipToDelimiter();
  }
  return series;
}

function parseFunction(cursor: Cursor, start: Lexeme, word: FunctionWord): Series {
  const series: Series[] = [];
  let duration: { ms: number; text: string } | undefined;
  let durationFailed = false;
  if (!cursor.isSymbol(')')) {
    do {
      const token = cursor.peek();
      const isDuration = word.duration !== 'none' && series.length >= word.series[1];
      if (isDuration || (token.type === 'string' && word.duration !== 'none')) {
        const parsed = parseDurationArgument(cursor);
        if (!parsed) [durationFailed] = [true, cursor.skipToDelimiter()];
        duration = parsed ?? duration;
      } else series.push(parseArgument(cursor));
    } while (cursor.takeSymbol(','));
  }
  const missing = word.duration === 'required' && !duration && !durationFailed;
  if (series.length < word.series[0] || series.length > word.series[1] || missing) {
    return reportArguments(cursor, start, describeArguments(word));
  }
  return {
    kind: 'call',
    name: start.text,
    nameSpan: cursor.spanOf(start),
    series,
    durationMs: duration?.ms,
    durationText: duration?.text,
    span: cursor.spanFrom(start),
  } satisfies CallNode;
}

const COUNTS = ['none', 'one series', 'two series', 'three series'];

function describeArguments(word: FunctionWord): string {
  const [least, most] = word.series;
  const series =
    least === most ? COUNTS[least] : most > 3 ? `${least} to ${most} series` : `${COUNTS[least]} or ${most}`;
  const duration = word.duration === 'required' ? ' and a duration' : '';
  return `${series}${duration}: ${word.form}`;
}
