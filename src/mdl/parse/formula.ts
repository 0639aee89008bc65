/** The texts of a file that are languages of their own: a formula, and the condition of a filter. */
import type { Report } from '../diagnostics.js';
import type { EventCondition, Series, StringValue } from '../tree.js';
import { parseEventCondition } from './condition.js';
import { type Cursor, createCursor } from './cursor.js';
import { parseSeries } from './series.js';

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
