/** A definition looked at without being stored: what an editor shows while somebody types. */
import { hasErrors } from '../mdl/diagnostics.js';
import { formatMetrics } from '../mdl/format/file.js';
import { deriveRollup } from '../mdl/plan/rollup.js';
import type { QueryContext } from '../query/context.js';
import { type DefinitionProblem, inspectDefinition } from '../query/metric/definition.js';
import type { MetricSources } from '../query/metric/sources.js';
import { findKind, type MetricKind } from './kind.js';

export interface CheckedMetric {
  readonly name: string;
  readonly kind: MetricKind;
  readonly dimensions: readonly string[];
  readonly unit: string | null;
  readonly value: 'number' | 'text';
  readonly rollup: { readonly possible: boolean; readonly reasons?: readonly string[] };
}

export interface CheckedDefinition {
  readonly valid: boolean;
  /** Errors and warnings, in the order of the text. */
  readonly problems: readonly DefinitionProblem[];
  /** The problems as they are shown under the text; empty when there are none. */
  readonly rendered: string;
  /** The text in canonical form, null when it cannot be read. */
  readonly formatted: string | null;
  /** Empty when something is wrong. */
  readonly metrics: readonly CheckedMetric[];
}

/** Parses, checks and plans a text; never refuses one for what it says. @throws EngineError, MetadataError */
export async function checkDefinition(
  context: QueryContext,
  sources: MetricSources,
  text: string,
): Promise<CheckedDefinition> {
  const { metrics, plans, diagnostics, problems, rendered } = await inspectDefinition(context, sources, text);
  const formatted = formatMetrics(text);
  return {
    valid: !hasErrors(diagnostics),
    problems,
    rendered,
    formatted: 'text' in formatted ? formatted.text : null,
    metrics: plans.map((plan, i) => {
      const derived = deriveRollup(plan);
      return {
        name: plan.metric,
        kind: findKind(metrics[i]!),
        dimensions: plan.dimensions.map(({ name }) => name),
        unit: plan.unit ?? null,
        value: plan.valueType,
        rollup: derived.possible ? { possible: true } : derived,
      };
    }),
  };
}
