/** What stands before a bracket: aggregates, conversions, `if`, and functions over series. */

import { findSuggestion } from '../suggest.js';
import type { CallNode, Series } from '../tree.js';
import { AGGREGATES, FUNCTIONS, type FunctionWord, SPECIAL_FORMS } from '../vocabulary.js';
import { closeBracket } from './condition.js';
import { type Cursor, type Lexeme, parseDurationArgument } from './cursor.js';
import { parseSeries, parseSeriesCondition } from './formula.js';
import { parseSelection } from './selection.js';

/** A name and the brackets behind it. */
export function parseCall(cursor: Cursor): Series {
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
