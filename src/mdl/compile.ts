/** The stages in a row: text → tree → checked → plan. Printing needs a question and is print/query.ts. */
import type { Catalogue } from './catalogue.js';
import { checkMetrics, joinMetrics } from './check/check.js';
import type { Standing } from './check/scope.js';
import { type Diagnostic, hasErrors, sortDiagnostics } from './diagnostics.js';
import { LIMITS } from './limits.js';
import { parseMetrics } from './parse/file.js';
import { planMetric } from './plan/metric.js';
import type { MetricPlan } from './plan/types.js';
import type { MetricFile } from './tree.js';

export interface Compiled {
  readonly file: MetricFile;
  /** Errors and warnings of every stage, in the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
  /** A plan for each metric of the file, in its order; empty when there is an error anywhere. */
  readonly plans: readonly MetricPlan[];
}

/** Compiles a file of metrics against what is known of the project. Never throws for what the text says. */
export function compileMetrics(text: string, catalogue: Catalogue, standing: Standing = 'written'): Compiled {
  const { file, diagnostics: found } = parseMetrics(text);
  const all = limitDiagnostics([...found, ...checkMetrics(file, catalogue, standing)]);
  if (hasErrors(all)) return { file, diagnostics: all, plans: [] };
  const metrics = joinMetrics(file, catalogue);
  return {
    file,
    diagnostics: all,
    plans: file.metrics.map((metric) => planMetric(metric, metrics, catalogue)),
  };
}

/** The first errors, and the warnings for which there is room behind them, in the order of the text. */
function limitDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const sorted = sortDiagnostics(diagnostics);
  const errors = sorted.filter((d) => d.severity === 'error');
  const warnings = sorted.filter((d) => d.severity === 'warning');
  return sortDiagnostics([...errors, ...warnings].slice(0, LIMITS.diagnostics));
}
