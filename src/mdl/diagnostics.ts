/**
 * What is wrong with a definition, as values. Every stage returns them; none throws for what an author wrote.
 * `code` is stable and typed; `message` says what is wrong, `expected` and `found` what would have been right and what
 * stood there, `hint` the way out. Rendered for people exactly as the reference page shows:
 *
 *     conversion_rate:2:20  unknown event "checkout_complete"
 *         formula = "count(checkout_complete) / count(checkout_started) * 100"
 *                          ^^^^^^^^^^^^^^^^^
 *         did you mean "checkout_completed"? (seen 12,304 times in the last 7 days)
 */
import type { Span } from './tree.js';

export const DIAGNOSTIC_CODES = [
  // lexing
  'unknown_character',
  'unclosed_string',
  'unknown_escape',
  'invalid_number',
  // parsing
  'unexpected_token',
  'missing_bracket',
  'expected_metric',
  'missing_field',
  'unknown_field',
  'duplicate_field',
  'invalid_field',
  'empty_formula',
  'unknown_function',
  'wrong_arguments',
  'invalid_duration',
  'invalid_name',
  'invalid_path',
  // limits
  'too_long',
  'too_deep',
  'too_many_aggregates',
  'too_many_dimensions',
  'too_many_references',
  'too_many_terms',
  'too_many_conditions',
  'too_many_items',
  'too_many_buckets',
  'too_many_groups',
  // checking
  'duplicate_metric',
  'unknown_event',
  'unknown_property',
  'unknown_metric',
  'unknown_cohort',
  'unknown_dimension',
  'duplicate_dimension',
  'wrong_type',
  'wrong_unit',
  'reference_cycle',
  'invalid_nesting',
  'invalid_pattern',
  'different_sources',
  'always_false',
  // planning
  'invalid_range',
  'window_not_whole',
] as const;

export type DiagnosticCode = (typeof DIAGNOSTIC_CODES)[number];

export interface Diagnostic {
  readonly code: DiagnosticCode;
  /** A warning does not stop a definition. */
  readonly severity: 'error' | 'warning';
  /** Offsets in the file. */
  readonly span: Span;
  readonly message: string;
  readonly expected?: string;
  readonly found?: string;
  readonly hint?: string;
  /** The metric it is in, when that is known. */
  readonly metric?: string;
}

/** A place in a text as people count it: line and column from 1, in characters; length at least 1, within the line. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** Takes what was found; an error unless it says otherwise. */
export type Report = (
  diagnostic: Omit<Diagnostic, 'severity'> & { severity?: Diagnostic['severity'] },
) => void;

export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some((d) => d.severity === 'error');

const countCharacters = (text: string): number => [...text].length;

function findLine(text: string, offset: number): { number: number; start: number; end: number } {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const newline = text.indexOf('\n', offset);
  const end = newline === -1 ? text.length : newline;
  let number = 1;
  for (let i = text.indexOf('\n'); i !== -1 && i < start; i = text.indexOf('\n', i + 1)) number++;
  return { number, start, end };
}

/** Where a span lies in the text. A span over several lines is cut at the end of its first. */
export function locateSpan(text: string, span: Span): Place {
  const start = Math.min(span.start, text.length);
  const line = findLine(text, start);
  const end = Math.max(start, Math.min(span.end, line.end));
  return {
    line: line.number,
    column: countCharacters(text.slice(line.start, start)) + 1,
    length: Math.max(1, countCharacters(text.slice(start, end))),
  };
}

/** Widest source line shown; a longer one is cut around the place, with "…" where something is left out. */
const SHOWN_WIDTH = 120;

/** A character that would move or hide the carets (tabs, controls) is shown as a space. */
const showPlainly = (characters: readonly string[]): string => characters.join('').replace(/\p{C}|\s/gu, ' ');

function quoteSource(text: string, span: Span): [line: string, carets: string] {
  const place = locateSpan(text, span);
  const line = findLine(text, Math.min(span.start, text.length));
  const characters = [...text.slice(line.start, line.end).replace(/\r$/, '')];
  const indent = Math.min(
    characters.findIndex((c) => !/\s/.test(c)) === -1 ? 0 : characters.findIndex((c) => !/\s/.test(c)),
    place.column - 1,
  );
  const before = place.column - 1;
  const from = Math.max(indent, before + Math.min(place.length, 40) - SHOWN_WIDTH + 20);
  const to = Math.min(characters.length, from + SHOWN_WIDTH);
  const head = from > indent ? '…' : '';
  const shown = head + showPlainly(characters.slice(from, to)) + (to < characters.length ? '…' : '');
  const carets = Math.max(1, Math.min(place.length, to - before));
  return [shown, ' '.repeat(head.length + before - from) + '^'.repeat(carets)];
}

/**
 * One diagnostic as people read it. `name` stands for the file where no metric is known yet.
 */
export function renderDiagnostic(diagnostic: Diagnostic, text: string, name = 'definition'): string {
  const place = locateSpan(text, diagnostic.span);
  const [source, carets] = quoteSource(text, diagnostic.span);
  const label = diagnostic.severity === 'warning' ? 'warning: ' : '';
  const lines = [
    `${diagnostic.metric ?? name}:${place.line}:${place.column}  ${label}${diagnostic.message}`,
    `    ${source}`.trimEnd(),
    `    ${carets}`,
  ];
  if (diagnostic.hint !== undefined) lines.push(`    ${diagnostic.hint}`);
  return lines.join('\n');
}

/** All of them, in the order of the text, a blank line between. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], text: string, name?: string): string {
  return sortDiagnostics(diagnostics)
    .map((d) => renderDiagnostic(d, text, name))
    .join('\n\n');
}

/** In the order of the text, each once. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return [...diagnostics]
    .sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end)
    .filter((d) => {
      const key = `${d.span.start}:${d.span.end}:${d.code}:${d.message}`;
      return !seen.has(key) && seen.add(key);
    });
}
