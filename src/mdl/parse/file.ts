/**
 * A file of metrics. Reading never stops at a mistake: a wrong value skips to the next field, a wrong field to the next
 * metric, and what was readable is in the tree.
 */
import type { Diagnostic, Report } from '../diagnostics.js';
import { lexText } from '../lex/lexer.js';
import { mendText } from '../lex/text.js';
import { LIMITS } from '../limits.js';
import type {
  Comment,
  FieldNode,
  FieldValue,
  ListValue,
  MetricFile,
  MetricNode,
  StringValue,
} from '../tree.js';
import { type Cursor, createCursor, describeLexeme, type Lexeme, takeNumber, takeString } from './cursor.js';
import { readFields } from './fields.js';

export interface ParsedFile {
  readonly file: MetricFile;
  readonly diagnostics: readonly Diagnostic[];
}

/** Parses a file of metric definitions. Never throws; the tree is frozen. */
export function parseMetrics(source: string): ParsedFile {
  const text = mendText(source);
  const diagnostics: Diagnostic[] = [];
  const report: Report = (d) => {
    if (diagnostics.length < LIMITS.diagnostics) diagnostics.push({ severity: 'error', ...d });
  };
  const span = { start: 0, end: text.length };
  const bytes = countBytes(text);
  if (bytes > LIMITS.fileBytes) {
    report({
      code: 'too_long',
      span,
      message: `${bytes} bytes of metrics; a file may have ${LIMITS.fileBytes}`,
      hint: 'split it into several files',
    });
    return { file: { kind: 'file', metrics: [], comments: [], span }, diagnostics };
  }
  const cursor = createCursor(text, report);
  const metrics: MetricNode[] = [];
  while (cursor.peek().type !== 'end') {
    if (startsMetric(cursor)) metrics.push(parseMetric(cursor, text, report));
    else skipToMetric(cursor);
  }
  if (metrics.length === 0 && diagnostics.length === 0) {
    report({
      code: 'expected_metric',
      span,
      message: 'there is no metric here',
      hint: 'write: metric "name" { formula = "count(checkout_completed)" }',
    });
  }
  const file = freezeTree<MetricFile>({ kind: 'file', metrics, comments: listComments(text), span });
  return { file, diagnostics: diagnostics.map((d) => nameMetric(d, metrics)) };
}

/** The diagnostic with the name of the metric it lies in. */
function nameMetric(diagnostic: Diagnostic, metrics: readonly MetricNode[]): Diagnostic {
  const { start } = diagnostic.span;
  const metric = metrics.find((m) => m.span.start <= start && start <= m.span.end);
  return metric && metric.name !== '' ? { ...diagnostic, metric: metric.name } : diagnostic;
}

const countBytes = (text: string): number => new TextEncoder().encode(text).length;

const startsMetric = (cursor: Cursor): boolean =>
  cursor.isWord('metric') &&
  (['string', 'openString', 'block'].includes(cursor.peek(1).type) ||
    cursor.isSymbol('{', 1) ||
    cursor.isSymbol('{', 2));

function skipToMetric(cursor: Cursor): void {
  const found = describeLexeme(cursor.peek());
  const near = cursor.peek().text.toLowerCase() === 'metric';
  cursor.report(
    'expected_metric',
    cursor.spanOf(cursor.peek()),
    `expected metric "name" { … }, found ${found}`,
    {
      expected: 'metric "name" { … }',
      found,
      ...(near ? { hint: 'write: metric "name" { formula = "…" }' } : {}),
    },
  );
  do cursor.next();
  while (cursor.peek().type !== 'end' && !startsMetric(cursor));
}

function parseMetric(cursor: Cursor, text: string, report: Report): MetricNode {
  const start = cursor.next();
  const name = parseMetricName(cursor, report);
  const fields: FieldNode[] = [];
  if (!cursor.takeSymbol('{')) cursor.reportUnexpected('"{"');
  while (!cursor.isSymbol('}') && cursor.peek().type !== 'end' && !startsMetric(cursor)) {
    const field = parseField(cursor);
    if (field) fields.push(field);
  }
  if (!cursor.takeSymbol('}')) {
    cursor.report('missing_bracket', cursor.spanOf(start), 'the metric that begins here is not closed', {
      expected: '"}"',
      hint: 'add a } after its last field',
    });
  }
  const span = cursor.spanFrom(start);
  const bytes = countBytes(text.slice(span.start, span.end));
  const tooLong = bytes > LIMITS.metricBytes;
  if (tooLong)
    report({
      code: 'too_long',
      span: name.span,
      message: `the metric is ${bytes} bytes long; at most ${LIMITS.metricBytes} are allowed`,
      hint: 'split it into several metrics and refer to them by name',
    });
  const read = readFields(tooLong ? [] : fields, name.span, tooLong ? () => {} : report);
  return { kind: 'metric', name: name.value, nameSpan: name.span, fields, ...read, span };
}

function parseMetricName(cursor: Cursor, report: Report): { value: string; span: StringValue['span'] } {
  const name = takeString(cursor);
  if (!name) {
    const token = cursor.peek();
    const hint = token.type === 'name' ? `names are written in quotes: metric "${token.text}"` : undefined;
    cursor.reportUnexpected("the metric's name in quotes", hint);
    if (token.type === 'name') cursor.next();
    return { value: token.type === 'name' ? token.text : '', span: cursor.spanOf(token) };
  }
  if (
    name.value.trim() === '' ||
    name.value !== name.value.trim() ||
    name.value.length > LIMITS.nameLength ||
    /\p{C}/u.test(name.value)
  ) {
    const message =
      name.value.length > LIMITS.nameLength
        ? `a name of ${name.value.length} characters; at most ${LIMITS.nameLength} are allowed`
        : 'a name that is empty, begins or ends with a space, or cannot be printed';
    report({
      code: 'invalid_name',
      span: name.span,
      message,
      hint: 'use letters, digits and _, such as "conversion_rate"',
    });
  }
  return name;
}

/** One field, or undefined after a report, with the cursor at the next one. */
function parseField(cursor: Cursor): FieldNode | undefined {
  const start = cursor.peek();
  if (start.type !== 'name') {
    cursor.reportUnexpected('a field, such as formula = "…"');
    skipToField(cursor);
    return undefined;
  }
  cursor.next();
  if (!cursor.takeSymbol('=')) {
    const colon = cursor.peek().type === 'string' || cursor.isSymbol('[');
    cursor.reportUnexpected('"="', colon ? `write: ${start.text} = ${cursor.peek().text}` : undefined);
    if (!colon) {
      skipToField(cursor);
      return undefined;
    }
  }
  const value = parseValue(cursor);
  cursor.takeSymbol(',');
  return {
    kind: 'field',
    name: start.text,
    nameSpan: cursor.spanOf(start),
    value,
    span: cursor.spanFrom(start),
  };
}

/** Moves at least one token, to a name before `=`, a `}` or the next metric. */
function skipToField(cursor: Cursor): void {
  do {
    if (cursor.isSymbol('}')) return;
    cursor.next();
  } while (
    cursor.peek().type !== 'end' &&
    !startsMetric(cursor) &&
    !(cursor.peek().type === 'name' && cursor.isSymbol('=', 1))
  );
}

function parseValue(cursor: Cursor): FieldValue {
  const start = cursor.peek();
  if (cursor.takeSymbol('[')) return parseList(cursor, start);
  const value = parseScalar(cursor);
  if (value) return value;
  cursor.reportUnexpected(
    'a value: a text in quotes, a number, true, false or a list',
    start.type === 'name' && !cursor.isSymbol('=', 1)
      ? `texts are written in quotes: "${start.text}"`
      : undefined,
  );
  if (!(start.type === 'name' && cursor.isSymbol('=', 1))) skipToField(cursor);
  return { kind: 'invalid', span: cursor.spanOf(start) };
}

function parseList(cursor: Cursor, start: Lexeme): ListValue {
  const items: ListValue['items'][number][] = [];
  while (!cursor.isSymbol(']') && cursor.peek().type !== 'end') {
    const item = parseScalar(cursor);
    if (!item) {
      const token = cursor.peek();
      cursor.reportUnexpected(
        'a text in quotes',
        token.type === 'name' && !cursor.isSymbol('=', 1)
          ? `texts are written in quotes: "${token.text}"`
          : undefined,
      );
      if (cursor.isSymbol('}') || cursor.isSymbol('=', 1) || startsMetric(cursor)) break;
      cursor.next();
      items.push({ kind: 'invalid', span: cursor.spanOf(token) });
    } else items.push(item);
    if (!cursor.takeSymbol(',') && !cursor.isSymbol(']')) {
      cursor.reportUnexpected('"," or "]"');
      if (cursor.peek().type !== 'string') break;
    }
  }
  cursor.takeSymbol(']') || cursor.reportUnexpected('"]"');
  return { kind: 'list', items, span: cursor.spanFrom(start) };
}

function parseScalar(cursor: Cursor): ListValue['items'][number] | undefined {
  const start = cursor.peek();
  const text = takeString(cursor);
  if (text)
    return { kind: 'string', value: text.value, offsets: text.offsets, block: text.block, span: text.span };
  if (start.type === 'badNumber') {
    cursor.next();
    return { kind: 'invalid', span: cursor.spanOf(start) };
  }
  const negative = cursor.isSymbol('-') && cursor.peek(1).type === 'number';
  if (negative) cursor.next();
  const token = cursor.peek();
  const value = takeNumber(cursor);
  if (value !== undefined)
    return { kind: 'number', value: negative ? -value : value, span: cursor.spanFrom(start) };
  if (!cursor.takeWord('true') && !cursor.takeWord('false')) return undefined;
  return { kind: 'boolean', value: token.text === 'true', span: cursor.spanOf(token) };
}

function listComments(text: string): readonly Comment[] {
  return lexText(text)
    .filter((token) => token.type === 'comment')
    .map((token) => ({
      text: token.text.trimEnd(),
      ownLine: text.slice(text.lastIndexOf('\n', token.start - 1) + 1, token.start).trim() === '',
      span: { start: token.start, end: token.end },
    }));
}

/** Freezes a tree of plain data, all the way down. Depth is bounded by the parser's limits. */
function freezeTree<T extends object>(node: T): T {
  for (const child of Object.values(node))
    if (typeof child === 'object' && child !== null && !Object.isFrozen(child)) freezeTree(child as object);
  return Object.freeze(node);
}
