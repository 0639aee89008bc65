/**
 * The checker: whether a definition means something, before anything runs. Input is trees and a catalogue, output is
 * diagnostics; nothing is changed and nothing is read.
 *
 *   names        events, properties, cohorts, metrics and dimensions exist or may yet come   names.ts
 *   types        sum takes a number, 5 is not "5"                                            aggregates.ts conditions.ts
 *   units        euros and seconds are not added                                             series.ts units.ts
 *   references   no cycles, and what they amount to stays within the limits                  references.ts
 *   nesting      which functions over time may stand inside which                            nesting.ts
 */
import type { Catalogue } from '../catalogue.js';
import { type Diagnostic, sortDiagnostics } from '../diagnostics.js';
import { LIMITS } from '../limits.js';
import { formatPath } from '../parse/path.js';
import { findSuggestion } from '../suggest.js';
import type { MetricFile, MetricNode, PathNode, SelectionNode, Series } from '../tree.js';
import { checkCondition } from './conditions.js';
import { checkProperty, findProperty, isTimeColumn } from './names.js';
import { checkNesting } from './nesting.js';
import {
  collectReferences,
  createExtents,
  EXPANDED_DEPTH_MAX,
  findCycle,
  listReferences,
} from './references.js';
import { createScope, type Scope, type Standing } from './scope.js';
import { inferSeries, listChildren, type SeriesType } from './series.js';
import { declareUnit, findBase, formatUnit, UNKNOWN_UNIT } from './units.js';

/** The metrics a file's formulas may refer to: its own before those of the catalogue. */
export function joinMetrics(file: MetricFile, catalogue: Catalogue): ReadonlyMap<string, MetricNode> {
  return new Map([
    ...catalogue.metrics,
    ...[...file.metrics].reverse().map((metric) => [metric.name, metric] as const),
  ]);
}

/** Checks every metric of a file. Diagnostics come in the order of the text; errors of the parser are not repeated. */
export function checkMetrics(
  file: MetricFile,
  catalogue: Catalogue,
  standing: Standing = 'written',
): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const metrics = joinMetrics(file, catalogue);
  const extents = createExtents(metrics);
  const types = new Map<string, SeriesType>();
  const names = new Set<string>();
  for (const metric of file.metrics) {
    const scope = createScope(catalogue, metrics, diagnostics, metric.name, standing);
    if (names.has(metric.name))
      scope.error('duplicate_metric', metric.nameSpan, `a second metric "${metric.name}"`, {
        hint: 'give it another name',
      });
    names.add(metric.name);
    if (diagnostics.filter((d) => d.severity === 'error').length >= LIMITS.diagnostics) break;
    checkMetric(scope, metric, extents, types);
  }
  return sortDiagnostics(diagnostics);
}

function checkMetric(
  scope: Scope,
  metric: MetricNode,
  extents: ReturnType<typeof createExtents>,
  types: Map<string, SeriesType>,
): void {
  const { formula } = metric;
  if (!formula) return;
  const linked = checkReferences(scope, metric, formula);
  const resolve = (name: string): SeriesType => (linked ? resolveType(scope, name, types) : UNKNOWN_TYPE);
  checkUnit(scope, metric, inferSeries(scope, formula, resolve));
  if (!linked) return;
  checkExtent(scope, metric, extents(formula, metric.filter));
  checkNesting(scope, formula, extents);
  const selections = listSelections(formula, scope);
  checkFilter(scope, metric, selections);
  checkDimensions(scope, metric, selections);
}

/** Reports unknown metrics, cycles and too many; answers whether the references can be followed. */
function checkReferences(scope: Scope, metric: MetricNode, formula: Series): boolean {
  const references = listReferences(formula);
  const unknown = references.filter(({ name }) => !scope.metrics.has(name));
  for (const reference of unknown) reportUnknownMetric(scope, metric, reference);
  const reached = collectReferences(metric.name, formula, scope.metrics);
  if (reached.size > LIMITS.references) {
    const message = `more than ${LIMITS.references} metrics referred to, directly or through others`;
    scope.error('too_many_references', formula.span, message, {
      expected: `at most ${LIMITS.references}`,
      hint: 'refer to fewer metrics, or write some of them out',
    });
    return false;
  }
  const others = [...reached.keys()].map((name) =>
    findCycle(name, scope.metrics.get(name)?.formula, scope.metrics),
  );
  const cycle = [findCycle(metric.name, formula, scope.metrics), ...others].find((way) => way !== undefined);
  if (cycle) {
    const reference =
      references.find(({ name }) => (cycle[0] === metric.name ? name === cycle[1] : cycle.includes(name))) ??
      references[0]!;
    scope.error(
      'reference_cycle',
      reference.span,
      `${cycle[0] === metric.name ? 'the metric' : `"${cycle[0]}"`} refers to itself: ${cycle.join(' → ')}`,
      {
        hint: 'a metric is made of events and of metrics that do not need it',
      },
    );
  }
  return unknown.length === 0 && !cycle;
}

function reportUnknownMetric(
  scope: Scope,
  metric: MetricNode,
  { name, span }: Series & { kind: 'reference' },
): void {
  const others = [...scope.metrics.keys()].filter((other) => other !== metric.name);
  const nearest = findSuggestion(name, others);
  const known = nearest
    ? `did you mean "${nearest}"?`
    : 'a name alone refers to another metric; events are counted with count(event)';
  const hint = scope.catalogue.events.has(name) ? `to count events of that name write count(${name})` : known;
  scope.error('unknown_metric', span, `unknown metric "${name}"`, {
    expected: 'the name of a metric',
    found: name,
    hint,
  });
}

const UNKNOWN_TYPE: SeriesType = { value: 'unknown', unit: UNKNOWN_UNIT };

const SILENT: Pick<Scope, 'error' | 'warn'> = { error: () => {}, warn: () => {} };

/** The type of another metric, with the unit it declares; found once. A cycle is of unknown type. */
function resolveType(scope: Scope, name: string, types: Map<string, SeriesType>): SeriesType {
  const known = types.get(name);
  if (known) return known;
  types.set(name, { value: 'unknown', unit: UNKNOWN_UNIT });
  const metric = scope.metrics.get(name);
  if (!metric?.formula) return types.get(name)!;
  const inferred = inferSeries({ ...scope, ...SILENT }, metric.formula, (other) =>
    resolveType(scope, other, types),
  );
  const { unit } = metric.settings;
  const type = { value: inferred.value, unit: unit === undefined ? inferred.unit : declareUnit(unit) };
  types.set(name, type);
  return type;
}

function checkUnit(scope: Scope, metric: MetricNode, type: SeriesType): void {
  const { unit, unitSpan } = metric.settings;
  const base = findBase(type.unit);
  if (unit === undefined || !unitSpan || base === undefined || base === unit) return;
  scope.error('wrong_unit', unitSpan, `the formula is in ${formatUnit(type.unit)}, not in ${unit}`, {
    expected: base,
    found: unit,
    hint: `write unit = "${base}", or convert in the formula`,
  });
}

function checkExtent(
  scope: Scope,
  metric: MetricNode,
  extent: ReturnType<ReturnType<typeof createExtents>>,
): void {
  const { span } = metric.formula!;
  const limit = (
    found: number,
    allowed: number,
    code: Parameters<Scope['error']>[0],
    what: string,
    hint: string,
  ): void => {
    if (found > allowed)
      scope.error(code, span, `more than ${allowed} ${what}`, { expected: `at most ${allowed}`, hint });
  };
  limit(
    extent.aggregates.size,
    LIMITS.aggregates,
    'too_many_aggregates',
    'different aggregates, those of the metrics referred to included',
    'split it into several metrics',
  );
  limit(
    extent.terms,
    LIMITS.terms,
    'too_many_terms',
    'terms once the metrics referred to are written out',
    'split it into several metrics',
  );
  limit(
    extent.tests,
    LIMITS.conditions,
    'too_many_conditions',
    'conditions',
    'make a cohort of the persons, or a property that says what the events have in common',
  );
  limit(
    extent.depth,
    EXPANDED_DEPTH_MAX,
    'too_deep',
    'levels of brackets and references',
    'refer to fewer metrics inside each other',
  );
}

/** Every selection of a formula, those of the metrics it refers to included. References must be free of cycles. */
function listSelections(formula: Series, scope: Pick<Scope, 'metrics'>): readonly SelectionNode[] {
  const seen = new Set<string>();
  const visit = (series: Series): readonly SelectionNode[] => {
    if (series.kind === 'aggregate') return [series.selection];
    if (series.kind === 'conversion') return [series.start, series.goal];
    if (series.kind !== 'reference') return listChildren(series).flatMap(visit);
    const inner = scope.metrics.get(series.name)?.formula;
    if (!inner || seen.has(series.name)) return [];
    seen.add(series.name);
    return visit(inner);
  };
  return visit(formula);
}

function checkFilter(scope: Scope, metric: MetricNode, selections: readonly SelectionNode[]): void {
  if (!metric.filter) return;
  if (selections.length > 0) checkCondition(scope, metric.filter, selections);
  else
    scope.warn(
      'always_false',
      metric.filter.span,
      'the filter filters nothing: the formula has no aggregate',
    );
}

function checkDimensions(scope: Scope, metric: MetricNode, selections: readonly SelectionNode[]): void {
  const seen = new Set<string>();
  for (const path of metric.dimensions) {
    const name = formatPath(path);
    if (seen.has(name))
      scope.error('duplicate_dimension', path.span, `"${name}" is a dimension already`, {
        hint: 'keep one of them',
      });
    else checkDimension(scope, metric, path, name, selections);
    seen.add(name);
  }
}

function checkDimension(
  scope: Scope,
  metric: MetricNode,
  path: PathNode,
  name: string,
  selections: readonly SelectionNode[],
): void {
  if (isTimeColumn(path)) {
    const hint = 'ask for a grain: minute, hour, day, week, month, quarter or year';
    scope.error('unknown_dimension', path.span, 'a time is no dimension', {
      expected: 'a property',
      found: name,
      hint,
    });
  } else if (checkProperty(scope, path, selections)) warnPartial(scope, metric, path, selections);
}

/** Warns of events that do not have the dimension: their part of the formula falls under null. */
function warnPartial(
  scope: Scope,
  metric: MetricNode,
  path: PathNode,
  selections: readonly SelectionNode[],
): void {
  const without = selections.filter(
    (s) => s.event !== undefined && scope.catalogue.events.has(s.event) && !findProperty(scope, path, [s]),
  );
  const names = [...new Set(without.map((s) => s.event))];
  if (path.root !== 'properties' || names.length === 0) return;
  scope.warn(
    'unknown_dimension',
    path.span,
    `${names.join(' and ')} ${names.length === 1 ? 'has' : 'have'} no property "${formatPath(path)}" yet`,
    {
      expected: `a property of every event in ${metric.name}`,
      hint: 'where it is absent, the dimension is null',
    },
  );
}
