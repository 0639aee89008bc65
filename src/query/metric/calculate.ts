/**
 * Answers `POST /v1/analytics/metrics/calculate` with a table: time, one column a dimension, value, previous (when compared)
 * and complete; rows in the order of time, then of the dimensions. `totals` is the metric over the whole range.
 */
import { answerWithoutEvents } from '../../mdl/plan/evaluate.js';
import { holdsTotal } from '../../mdl/plan/query.js';
import { deriveRollup } from '../../mdl/plan/rollup.js';
import type { MetricPlan, QueryPlan } from '../../mdl/plan/types.js';
import type { QueryContext } from '../context.js';
import { type Explanation, explainStatements } from '../explain.js';
import { createMeta, findNewestReceipt, type Meta } from '../meta.js';
import { formatInstant } from '../time/instant.js';
import { type AskedMetric, listPeriods, readMetricQuestion } from './asked.js';
import type { DefinitionProblem } from './definition.js';
import type { Period, Question } from './request.js';
import { OTHER, type ResultRow, runPlan, type Value } from './run-plan.js';
import { type ChosenSource, chooseSource } from './source.js';
import type { AnsweringRollup, MetricSources } from './sources.js';
import { planPeriod, planTotal, toStatement } from './statement.js';

export interface MetricAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly totals: { readonly value: Value; readonly previous?: Value };
  readonly meta: Meta & {
    readonly metric: string;
    /** What its values are in; null when its definition does not say. */
    readonly unit: string | null;
    readonly grain: string;
    readonly timezone: string;
    /** The range answered: it begins earlier than asked when the formula needs whole buckets. */
    readonly from: string;
    readonly to: string;
    readonly warnings?: readonly DefinitionProblem[];
  };
}

/** Values by group and number of the bucket, where there are events; groups by their columns, as they came. */
interface Series {
  readonly groups: Map<string, readonly (string | null)[]>;
  readonly values: Map<string, Value>;
}

function collectSeries(rows: readonly ResultRow[], plan: QueryPlan, period: Period): Series {
  const series: Series = { groups: new Map(), values: new Map() };
  if (plan.dimensions.length === 0) series.groups.set('', []);
  const buckets = new Map(period.buckets.bounds.map((start, i) => [start, i]));
  for (const row of rows) {
    const group = plan.dimensions.map((_, i) => row[`g${i}`] ?? null);
    // No JSON text has a NUL in it.
    const key = group.join('\0');
    if (!series.groups.has(key)) series.groups.set(key, group);
    const bucket = plan.grain === 'all' ? 0 : buckets.get(Number(row.bucket))!;
    series.values.set(`${bucket} ${key}`, row.value);
  }
  return series;
}

/** What the metric answers for a bucket without any event: of a group, or of one that only the other period has. */
function answerNothing(plan: QueryPlan, { buckets: { bounds }, range }: Period, bucket: number): Value {
  const fromMs = Math.max(bounds[bucket]!, range.fromMs);
  return answerWithoutEvents(plan, fromMs, Math.min(bounds[bucket + 1]!, range.toMs));
}

const readGroup = (text: string | null): unknown =>
  text === null || text === OTHER ? text : JSON.parse(text);

interface Computed {
  readonly plan: QueryPlan;
  readonly period: Period;
  readonly series: Series;
}

function writeRows(
  current: Computed,
  previous: Computed | undefined,
  newestReceipt: number | undefined,
): unknown[][] {
  const { plan, period } = current;
  const { bounds } = period.buckets;
  const windowMs = Math.max(0, ...plan.metric.conversions.map((conversion) => conversion.windowMs));
  const groups = new Map([...(previous?.series.groups ?? []), ...current.series.groups]);
  const sorted = [...groups]
    .sort(([, a], [, b]) => compareGroups(a, b))
    .map(([key, group]) => [key, group.map(readGroup)] as const);
  const read = (one: Computed, bucket: number, key: string): Value => {
    if (bucket + 1 >= one.period.buckets.bounds.length) return null;
    const value = one.series.values.get(`${bucket} ${key}`);
    return value === undefined ? answerNothing(one.plan, one.period, bucket) : value;
  };
  return bounds.slice(0, -1).flatMap((start, bucket) => {
    const time = formatInstant(start);
    const complete = newestReceipt !== undefined && bounds[bucket + 1]! + windowMs < newestReceipt;
    return sorted.map(([key, group]) => [
      time,
      ...group,
      read(current, bucket, key),
      ...(previous ? [read(previous, bucket, key)] : []),
      complete,
    ]);
  });
}

/** Absent values last, $other after everything. */
function compareGroups(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  for (const [i, one] of a.entries()) {
    const other = b[i]!;
    if (one === other) continue;
    if (one === OTHER || other === OTHER) return one === OTHER ? 1 : -1;
    if (one === null || other === null) return one === null ? 1 : -1;
    return one < other ? -1 : 1;
  }
  return 0;
}

interface Answered extends Computed {
  readonly total: Value;
  readonly rowsRead: number;
  /** Of the rows; the total may come from elsewhere. */
  readonly source: ChosenSource['name'];
}

const sumRowsRead = (answered: readonly Answered[]): number =>
  answered.reduce((sum, { rowsRead }) => sum + rowsRead, 0);

/** The rows of a period, and their total where the rows do not hold it. */
function planStatements(
  context: QueryContext,
  metric: MetricPlan,
  question: Question,
  period: Period,
): readonly [QueryPlan, QueryPlan | undefined] {
  const rows = planPeriod(context, metric, question, period);
  return [rows, holdsTotal(rows) ? undefined : planTotal(context, metric, question, period)];
}

async function answerPeriod(
  context: QueryContext,
  rollups: readonly AnsweringRollup[],
  metric: MetricPlan,
  question: Question,
  period: Period,
): Promise<Answered> {
  const [plan, totals] = planStatements(context, metric, question, period);
  const [rows, total] = await Promise.all([
    runPlan(context, rollups, plan),
    totals && runPlan(context, rollups, totals),
  ]);
  return {
    plan,
    period,
    series: collectSeries(rows.rows, plan, period),
    total: (total ?? rows).total ?? null,
    rowsRead: rows.rowsRead + (total?.rowsRead ?? 0),
    source: rows.source,
  };
}

/** Answers the question. @throws RequestError 404 and 422; EngineError; MetadataError */
export const calculateMetric = async (
  context: QueryContext,
  sources: MetricSources,
  input: unknown,
): Promise<MetricAnswer> => answerMetric(context, sources, await readMetricQuestion(context, sources, input));

/** Answers a question that was read. @throws as calculateMetric */
export async function answerMetric(
  context: QueryContext,
  sources: MetricSources,
  { plan, question, warnings }: AskedMetric,
): Promise<MetricAnswer> {
  const startedMs = performance.now();
  const newest = findNewestReceipt(context);
  newest.catch(() => undefined);
  const rollups = await sources.listRollups(context.project);
  const answered = await Promise.all(
    listPeriods(question).map((period) => answerPeriod(context, rollups, plan, question, period)),
  );
  const [current, previous] = answered;
  const newestReceipt = await newest;
  return {
    columns: [
      'time',
      ...question.dimensions.map(({ name }) => name),
      'value',
      ...(previous ? ['previous'] : []),
      'complete',
    ],
    rows: writeRows(current!, previous, newestReceipt),
    totals: { value: current!.total, ...(previous ? { previous: previous.total } : {}) },
    meta: {
      ...createMeta(startedMs, sumRowsRead(answered), newestReceipt),
      source: current!.source,
      metric: plan.metric,
      unit: plan.unit ?? null,
      grain: question.grain,
      timezone: question.zone.name,
      from: formatInstant(question.range.fromMs),
      to: formatInstant(question.range.toMs),
      ...(warnings.length > 0 ? { warnings } : {}),
    },
  };
}

/** What the question would run and cost, and whether its metric can have a rollup. @throws as calculateMetric */
export async function explainMetric(
  context: QueryContext,
  sources: MetricSources,
  input: unknown,
): Promise<Explanation> {
  const { plan, question } = await readMetricQuestion(context, sources, input);
  const plans = listPeriods(question)
    .flatMap((period) => planStatements(context, plan, question, period))
    .filter((planned) => planned !== undefined);
  const derived = deriveRollup(plan);
  const rollups = await sources.listRollups(context.project);
  const chosen = await Promise.all(plans.map((planned) => chooseSource(context, planned, rollups)));
  const statements = plans.map((planned, i) =>
    toStatement(planned, chosen[i]!.rollup, { total: holdsTotal(planned) }),
  );
  return explainStatements(context, statements, {
    source: chosen[0]!.name,
    considered: chosen[0]!.considered,
    reason: chosen[0]!.reason,
    // Of the metric itself: those of others are of no concern.
    refused_rollups: chosen[0]!.refused.filter(({ name }) => name.startsWith(`${plan.metric}_`)),
    metric: plan.metric,
    measures: plan.measures.map(({ aggregate, selection }) => ({
      aggregate,
      event: plan.selections[selection]!.event ?? '*',
    })),
    dimensions: question.dimensions.map(({ name }) => name),
    from: formatInstant(question.range.fromMs),
    to: formatInstant(question.range.toMs),
    grain: question.grain,
    timezone: question.zone.name,
    buckets: question.buckets.bounds.length - 1,
    rollup: derived.possible ? { possible: true, grain_seconds: derived.rollup.grainMs / 1000 } : derived,
  });
}
