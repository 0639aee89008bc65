/** From a definition's text to its plan, or a 422 that shows every mistake in its place. */
import { RequestError, type RequestProblem } from '../../errors.js';
import type { Standing } from '../../mdl/check/scope.js';
import { type Compiled, compileMetrics } from '../../mdl/compile.js';
import { type Diagnostic, hasErrors, locateSpan, renderDiagnostics } from '../../mdl/diagnostics.js';
import type { MetricPlan } from '../../mdl/plan/types.js';
import type { MetricNode } from '../../mdl/tree.js';
import type { QueryContext } from '../context.js';
import { forgetSeen, gatherCatalogue } from './catalogue.js';
import type { MetricSources } from './sources.js';

/** A problem of a definition, as it stands in `errors[]` of a 422 and in the warnings of a 201. */
export interface DefinitionProblem extends RequestProblem {
  readonly severity: 'error' | 'warning';
  /** From 1, in characters of the definition. */
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly metric?: string;
  readonly expected?: string;
  readonly found?: string;
  readonly hint?: string;
}

/** A diagnostic of a definition as a problem of the request's field `definition`. */
function describeProblem(diagnostic: Diagnostic, text: string): DefinitionProblem {
  const { code, severity, message, metric, expected, found, hint } = diagnostic;
  const optional = { metric, expected, found, hint };
  return {
    path: 'definition',
    code,
    message,
    severity,
    ...locateSpan(text, diagnostic.span),
    ...(Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== undefined),
    ) as Partial<DefinitionProblem>),
  };
}

const DETAIL_LENGTH_MAX = 4_000;

/** The 422 of a definition with mistakes: `detail` shows them as people read them, `errors` as programs do. */
function refuseDefinition(diagnostics: readonly Diagnostic[], text: string): RequestError {
  const errors = diagnostics.filter((d) => d.severity === 'error');
  const rendered = renderDiagnostics(errors, text);
  const detail = rendered.length > DETAIL_LENGTH_MAX ? `${rendered.slice(0, DETAIL_LENGTH_MAX)}…` : rendered;
  return new RequestError(
    422,
    'invalid_definition',
    detail,
    errors.map((d) => describeProblem(d, text)),
  );
}

export interface CompiledDefinition {
  readonly text: string;
  readonly metrics: readonly MetricNode[];
  readonly plans: readonly MetricPlan[];
  readonly warnings: readonly DefinitionProblem[];
}

/** Problems that more recent knowledge of the project may remove. */
const OF_NAMES: readonly Diagnostic['code'][] = [
  'unknown_event',
  'unknown_property',
  'unknown_dimension',
  'wrong_type',
];

async function compileText(
  context: QueryContext,
  sources: MetricSources,
  text: string,
  standing: Standing,
): Promise<Compiled> {
  let compiled = compileMetrics(text, await gatherCatalogue(context, sources, text), standing);
  if (compiled.diagnostics.some((d) => OF_NAMES.includes(d.code))) {
    forgetSeen(context);
    compiled = compileMetrics(text, await gatherCatalogue(context, sources, text), standing);
  }
  return compiled;
}

/** What a text comes to, right or wrong. */
export interface InspectedDefinition {
  readonly metrics: readonly MetricNode[];
  /** Empty when there is an error. */
  readonly plans: readonly MetricPlan[];
  readonly diagnostics: readonly Diagnostic[];
  readonly problems: readonly DefinitionProblem[];
  /** The problems as people read them, each under its line. */
  readonly rendered: string;
}

/** Looks at a text without refusing it. @throws EngineError, MetadataError */
export async function inspectDefinition(
  context: QueryContext,
  sources: MetricSources,
  text: string,
): Promise<InspectedDefinition> {
  const { diagnostics, plans, file } = await compileText(context, sources, text, 'written');
  const problems = diagnostics.map((d) => describeProblem(d, text));
  return {
    metrics: file.metrics,
    plans,
    diagnostics,
    problems,
    rendered: renderDiagnostics(diagnostics, text),
  };
}

/**
 * Compiles a text against what is known of the project; of a `saved` one, names are only warned of.
 * @throws RequestError 422 `invalid_definition`; EngineError; MetadataError
 */
export async function compileDefinition(
  context: QueryContext,
  sources: MetricSources,
  text: string,
  standing: Standing = 'written',
): Promise<CompiledDefinition> {
  const { diagnostics, plans, file } = await compileText(context, sources, text, standing);
  if (hasErrors(diagnostics)) throw refuseDefinition(diagnostics, text);
  return { text, metrics: file.metrics, plans, warnings: diagnostics.map((d) => describeProblem(d, text)) };
}
