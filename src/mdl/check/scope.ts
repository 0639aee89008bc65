/** What every check works with: the catalogue, the metrics in sight, and where problems go. */
import type { Catalogue } from '../catalogue.js';
import type { Diagnostic, DiagnosticCode } from '../diagnostics.js';
import { LIMITS } from '../limits.js';
import type { MetricNode, Span } from '../tree.js';

export type Details = Pick<Diagnostic, 'expected' | 'found' | 'hint'>;

export interface Scope {
  readonly catalogue: Catalogue;
  /** Metrics a formula may refer to, by name: those of the file before those already stored. */
  readonly metrics: ReadonlyMap<string, MetricNode>;
  error(code: DiagnosticCode, span: Span, message: string, details?: Details): void;
  warn(code: DiagnosticCode, span: Span, message: string, details?: Details): void;
  /**
   * A name that is known by nothing here and was probably mistyped: an error while it is written. In a metric that is saved it was
   * taken when nothing resembled it, and what arrived since is no mistake of its author: a warning.
   */
  misnamed(code: DiagnosticCode, span: Span, message: string, details?: Details): void;
}

/** Whether a definition is being written or is one that was taken before. */
export type Standing = 'written' | 'saved';

/** A scope that adds to `diagnostics`, in the name of one metric. */
export function createScope(
  catalogue: Catalogue,
  metrics: ReadonlyMap<string, MetricNode>,
  diagnostics: Diagnostic[],
  metric: string,
  standing: Standing,
): Scope {
  const add = (
    severity: Diagnostic['severity'],
    code: DiagnosticCode,
    span: Span,
    message: string,
    details: Details,
  ): void => {
    const same = diagnostics.filter((d) => d.severity === severity);
    if (same.length >= LIMITS.diagnostics) return;
    // One warning of a kind is enough: the same property may stand in many conditions.
    if (severity === 'warning' && same.some((d) => d.metric === metric && d.message === message)) return;
    diagnostics.push({ code, severity, span, message, metric, ...details });
  };
  return {
    catalogue,
    metrics,
    error: (code, span, message, details = {}) => add('error', code, span, message, details),
    warn: (code, span, message, details = {}) => add('warning', code, span, message, details),
    misnamed: (code, span, message, details = {}) =>
      add(standing === 'saved' ? 'warning' : 'error', code, span, message, details),
  };
}

/** A count with thousands divided, as people read it: 12,304. */
const formatCount = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

/** "12,304 times", "1 time". */
export const formatTimes = (count: number): string =>
  `${formatCount(count)} ${count === 1 ? 'time' : 'times'}`;

/** `did you mean "x"? (seen 12,304 times in the last 7 days)`; without the count when it was not seen lately. */
export function suggest(name: string, seen: number): string {
  const count = ` (seen ${formatTimes(seen)} in the last 7 days)`;
  return `did you mean "${name}"?${seen > 0 ? count : ''}`;
}
