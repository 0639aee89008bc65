/**
 * Formulas and conditions as text, in the one canonical spacing. Used by the formatter, and as the identity of a
 * selection: two aggregates whose text is the same are one.
 */
import type { Condition, EventOperand, LiteralNode, PathNode, SelectionNode, Series } from '../tree.js';
import { PATH_ROOTS, RESERVED } from '../vocabulary.js';

/** How texts inside a formula are quoted: the outer string usually takes `"`, so single quotes come first. */
export function quoteInside(text: string): string {
  const single = !text.includes("'") || text.includes('"');
  const quote = single ? "'" : '"';
  return quote + escapeText(text).replaceAll(quote, `\\${quote}`) + quote;
}

/** Backslashes and controls escaped; quotes are the caller's. */
export function escapeText(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r')
    .replace(/\p{Cc}/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const WORD = /^[\p{L}_$][\p{L}\p{N}\p{M}_$]*$/u;

/** A name as it stands in a formula: bare when it is a word, else in quotes. */
const formatName = (name: string): string =>
  WORD.test(name) && !RESERVED.includes(name) ? name : quoteInside(name);

function formatSegments(path: PathNode, afterEvent: boolean): string {
  const [first, ...rest] = path.segments;
  const words = path.segments.map((s) => (WORD.test(s) ? s : quoteInside(s)));
  if (path.root !== 'properties') return [path.root, ...words].join('.');
  // The first word would be read as a root, as a literal or as a keyword: name the root.
  const looksRooted = rest.length > 0 && PATH_ROOTS.some((root) => root === first);
  const looksLiteral = !afterEvent && (rest.length === 0 ? !WORD.test(first!) : false);
  const reserved = !afterEvent && RESERVED.includes(first!);
  return looksRooted || looksLiteral || reserved ? ['properties', ...words].join('.') : words.join('.');
}

/** A path as it stands in a condition. */
export const formatPathInCondition = (path: PathNode): string => formatSegments(path, false);

/** `event.path where condition` */
function formatSelection(selection: SelectionNode, path?: PathNode): string {
  const event = selection.event === undefined ? '*' : formatName(selection.event);
  const source = path ? `${event}.${formatSegments(path, true)}` : event;
  return selection.condition ? `${source} where ${formatEventCondition(selection.condition)}` : source;
}

const formatLiteral = (literal: LiteralNode): string =>
  typeof literal.value === 'string' ? quoteInside(literal.value) : String(literal.value);

function formatOperand(operand: EventOperand): string {
  if (operand.kind === 'path') return formatPathInCondition(operand);
  return operand.kind === 'literal' ? formatLiteral(operand) : '';
}

export const formatEventCondition = (condition: Condition<EventOperand>): string =>
  formatCondition(condition, formatOperand);

function formatCondition<O>(condition: Condition<O>, formatOne: (operand: O) => string): string {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.items.map((item) => formatCondition(item, formatOne)).join(` ${condition.kind} `);
    case 'brackets':
      return `(${formatCondition(condition.inner, formatOne)})`;
    case 'not':
      return `not ${formatCondition(condition.inner, formatOne)}`;
    case 'compare':
      return `${formatOne(condition.left)} ${condition.operator} ${formatOne(condition.right)}`;
    case 'is_null':
      return `${formatOne(condition.operand)} is ${condition.negated ? 'not ' : ''}null`;
    case 'in':
      return `${formatOperand(condition.operand)} ${condition.negated ? 'not ' : ''}in (${condition.values.map(formatLiteral).join(', ')})`;
    case 'text':
      return `${formatOperand(condition.operand)} ${condition.negated ? 'not ' : ''}${condition.operator} ${quoteInside(condition.pattern)}`;
    case 'cohort':
      return `user ${condition.negated ? 'not ' : ''}in cohort ${quoteInside(condition.cohort)}`;
    case 'invalid':
      return '';
  }
}

/** A formula in canonical spacing; the author's brackets are kept. */
export function formatSeries(series: Series): string {
  switch (series.kind) {
    case 'number':
      return String(series.value);
    case 'null':
      return 'null';
    case 'aggregate':
      return `${series.name}(${formatSelection(series.selection, series.path)})`;
    case 'conversion':
      return `conversion(${formatSelection(series.start)}, ${formatSelection(series.goal)}, '${series.windowText}')`;
    case 'call': {
      const duration = series.durationText === undefined ? [] : [`'${series.durationText}'`];
      return `${series.name}(${[...series.series.map(formatSeries), ...duration].join(', ')})`;
    }
    case 'choice':
      return `if(${formatCondition(series.condition, formatSeries)}, ${formatSeries(series.whenTrue)}, ${formatSeries(series.whenFalse)})`;
    case 'reference':
      return series.name;
    case 'arithmetic':
      return `${formatSeries(series.left)} ${series.operator} ${formatSeries(series.right)}`;
    case 'negate':
      return `-${formatSeries(series.operand)}`;
    case 'group':
      return `(${formatSeries(series.inner)})`;
    case 'invalid':
      return '';
  }
}

/** What identifies a selection: its canonical text. Two selections of one text are the same events. */
export const describeSelection = (selection: SelectionNode): string => formatSelection(selection);
