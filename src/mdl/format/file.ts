/**
 * The formatter: one way to write a file of metrics. Fields and comments stay in their order; spacing, quotes and the
 * inside of formulas become canonical. Formatting twice changes nothing more. A formula with a comment in it, or over
 * several lines, is its author's layout and stays as it is.
 *
 * A comment on a line of its own stays above what followed it; one behind something stays behind it.
 */

import { type Diagnostic, hasErrors } from '../diagnostics.js';
import { lexText } from '../lex/lexer.js';
import { mendText } from '../lex/text.js';
import { parseMetrics } from '../parse/file.js';
import { parseFilter, parseFormula } from '../parse/formula.js';
import type {
  Comment,
  FieldNode,
  FieldValue,
  ListValue,
  MetricFile,
  MetricNode,
  Span,
  StringValue,
} from '../tree.js';
import { escapeText, formatEventCondition, formatSeries } from './formula.js';

/** Longest line a list is kept on. */
const LINE_WIDTH = 110;

export type Formatted = { readonly text: string } | { readonly diagnostics: readonly Diagnostic[] };

/** The file in canonical form, or what is wrong with it: a file with errors is left alone. */
export function formatMetrics(source: string): Formatted {
  const text = mendText(source);
  const { file, diagnostics } = parseMetrics(text);
  if (hasErrors(diagnostics)) return { diagnostics };
  return { text: printFile(text, file) };
}

interface Page {
  /** Prints the comments that stand before the offset, each on a line of its own. */
  printCommentsBefore(offset: number, indent: string): void;
  /** Adds to the last line the comment that stood behind `end` on the same line. */
  appendCommentBehind(end: number): void;
  line(text: string): void;
  hasCommentsIn(span: Span): boolean;
}

function printFile(text: string, file: MetricFile): string {
  const lines: string[] = [];
  const page = createPage(text, file.comments, lines);
  for (const metric of file.metrics) {
    if (lines.length > 0) lines.push('');
    page.printCommentsBefore(metric.span.start, '');
    printMetric(page, text, metric);
  }
  if (file.comments.some((c) => c.span.start > (file.metrics.at(-1)?.span.end ?? 0) && c.ownLine))
    lines.push('');
  page.printCommentsBefore(text.length + 1, '');
  return `${lines.join('\n')}\n`;
}

function createPage(text: string, comments: readonly Comment[], lines: string[]): Page {
  let next = 0;
  return {
    printCommentsBefore(offset, indent) {
      for (; next < comments.length && comments[next]!.span.start < offset; next++)
        lines.push(indent + comments[next]!.text);
    },
    appendCommentBehind(end) {
      const comment = comments[next];
      if (
        !comment ||
        comment.ownLine ||
        comment.span.start < end ||
        text.slice(end, comment.span.start).includes('\n')
      )
        return;
      lines[lines.length - 1] += `  ${comment.text}`;
      next++;
    },
    line: (line) => lines.push(line),
    hasCommentsIn: (span) => comments.some((c) => c.span.start > span.start && c.span.end <= span.end),
  };
}

function printMetric(page: Page, text: string, metric: MetricNode): void {
  page.line(`metric ${quoteText(metric.name)} {`);
  const open = text.indexOf('{', metric.nameSpan.end) + 1;
  if (!(metric.fields[0] && metric.fields[0].span.start < text.indexOf('\n', open)))
    page.appendCommentBehind(open);
  for (const field of metric.fields) {
    page.printCommentsBefore(field.span.start, '  ');
    printField(page, text, field);
    page.appendCommentBehind(field.span.end);
  }
  page.printCommentsBefore(metric.span.end, '  ');
  page.line('}');
  page.appendCommentBehind(metric.span.end);
}

function printField(page: Page, text: string, field: FieldNode): void {
  const head = `  ${field.name} = `;
  if (field.value.kind !== 'list') {
    page.line(head + printValue(text, field.name, field.value));
    return;
  }
  const short = `${head}[${field.value.items.map((item) => printValue(text, field.name, item)).join(', ')}]`;
  if (short.length <= LINE_WIDTH && !page.hasCommentsIn(field.value.span)) page.line(short);
  else printLongList(page, text, head, field.name, field.value);
}

function printLongList(page: Page, text: string, head: string, name: string, list: ListValue): void {
  page.line(`${head}[`);
  for (const item of list.items) {
    page.printCommentsBefore(item.span.start, '    ');
    page.line(`    ${printValue(text, name, item)},`);
    const comma = /^\s*,/.exec(text.slice(item.span.end));
    page.appendCommentBehind(item.span.end + (comma?.[0].length ?? 0));
  }
  page.printCommentsBefore(list.span.end, '    ');
  page.line('  ]');
}

function printValue(text: string, field: string, value: FieldValue): string {
  switch (value.kind) {
    case 'string':
      return printString(text, field, value);
    case 'number':
    case 'boolean':
      return String(value.value);
    default:
      return text.slice(value.span.start, value.span.end);
  }
}

function printString(text: string, field: string, value: StringValue): string {
  const asWritten = text.slice(value.span.start, value.span.end);
  if (value.block) return asWritten;
  if (field !== 'formula' && field !== 'filter') return quoteText(value.value);
  if (lexText(value.value).some((token) => token.type === 'comment')) return asWritten;
  const silent = (): void => {};
  const canonical =
    field === 'formula'
      ? formatSeries(parseFormula(value, silent))
      : formatEventCondition(parseFilter(value, silent));
  return quoteText(canonical);
}

/** A text in double quotes, or in single ones where that saves escapes. */
function quoteText(text: string): string {
  const quote = text.includes('"') && !text.includes("'") ? "'" : '"';
  return quote + escapeText(text).replaceAll(quote, `\\${quote}`) + quote;
}
