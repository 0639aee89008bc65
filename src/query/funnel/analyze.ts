/** Answers a funnel question: parse, plan, print, run, judge, tally, answer. */
import type { QueryContext } from '../context.js';
import { findSessionKind } from '../event-rows.js';
import { type Explanation, explainStatements } from '../explain.js';
import { createMeta, findNewestReceipt, type Meta } from '../meta.js';
import { type Estimate, estimateStatement, refuseOverLimit, runStatement, type Statement } from '../run.js';
import { formatInstant } from '../time/instant.js';
import {
  type GroupAnswer,
  type PartAnswer,
  type PathsAnswer,
  rankValues,
  type TrendAnswer,
  writeGroups,
  writePart,
  writePaths,
  writeTrend,
} from './answer.js';
import { type Compiled, compileFunnel } from './compile.js';
import { foldUnits } from './fold.js';
import { type FunnelPlan, planFunnel } from './plan.js';
import { printHistories, printWindowFunnel } from './print.js';
import { type FunnelQuestion, readFunnelQuestion } from './request.js';
import { createTally, type FunnelTally } from './tally.js';
import { nameUnits } from './unit-names.js';

export interface FunnelMeta extends Meta {
  readonly strategy: FunnelPlan['strategy'];
  readonly reason: string;
  /** Units with more matching events than were looked at. */
  readonly truncated_units: readonly string[];
}

export interface FunnelAnswer extends PartAnswer {
  readonly breakdown?: readonly GroupAnswer[];
  readonly trend?: readonly TrendAnswer[];
  readonly paths?: PathsAnswer;
  readonly meta: FunnelMeta;
}

/** Truncated units that are named; there are never many. */
const MAX_NAMED_UNITS = 1_000;

export interface Prepared {
  readonly question: FunnelQuestion;
  readonly compiled: Compiled;
  readonly plan: FunnelPlan;
  readonly statement: Statement;
  readonly estimate: Estimate;
}

/** Reads and plans a question; nothing is printed yet. @throws RequestError 422 */
export async function planQuestion(
  context: QueryContext,
  input: unknown,
): Promise<Omit<Prepared, 'statement' | 'estimate'>> {
  const question = readFunnelQuestion(input);
  const compiled = compileFunnel(question);
  const { definition, range } = question;
  const read = { fromMs: range.fromMs, toMs: range.toMs + definition.windowMs };
  const unit = definition.count === 'sessions' ? await findSessionKind(context, read) : 'person';
  return { question, compiled, plan: planFunnel(question, compiled, unit) };
}

async function prepare(context: QueryContext, input: unknown): Promise<Prepared> {
  const planned = await planQuestion(context, input);
  const { plan } = planned;
  const print = plan.strategy === 'window-funnel' ? printWindowFunnel : printHistories;
  const statement = print(plan, context);
  return { ...planned, statement, estimate: await estimateStatement(context, statement) };
}

/** A question as units' histories, whatever the plan for its counts would be. @throws RequestError 422 */
export async function prepareFold(
  context: QueryContext,
  input: unknown,
): Promise<Omit<Prepared, 'estimate'>> {
  const planned = await planQuestion(context, input);
  return { ...planned, statement: printHistories(planned.plan, context) };
}

/** The plan, its SQL and what it would read; nothing is run. @throws RequestError 422 */
export async function explainFunnel(context: QueryContext, input: unknown): Promise<Explanation> {
  const { plan, compiled, statement } = await prepare(context, input);
  return explainStatements(context, [statement], {
    source: 'raw',
    strategy: plan.strategy,
    reason: plan.reason,
    unit: plan.unit,
    from: formatInstant(plan.range.fromMs),
    to: formatInstant(plan.range.toMs),
    reads_until: formatInstant(plan.untilMs),
    window_ms: plan.definition.windowMs,
    disjoint_steps: compiled.program.disjoint,
    conditions: plan.matchers.list.length,
    classes: plan.matchers.packedClasses ?? 'numbered as they occur',
    routes: compiled.program.routes.length,
  });
}

/** Answers `POST /v1/analytics/funnels/analyze`. @throws RequestError 422 */
export async function analyzeFunnel(context: QueryContext, input: unknown): Promise<FunnelAnswer> {
  const startedMs = performance.now();
  const prepared = await prepare(context, input);
  refuseOverLimit(context, prepared.estimate);
  const newest = findNewestReceipt(context);
  // A failure of the question itself is told; this one then has nobody waiting for it.
  newest.catch(() => undefined);
  const result = await compute(context, prepared);
  const newestReceipt = await newest;
  const { question, compiled, plan, estimate } = prepared;
  const { tally, groups, truncated, strategy } = result;
  const paths = writePaths(question, compiled.program, tally.total);
  return {
    ...writePart(question, tally.total),
    ...(question.breakdown.length > 0 && { breakdown: writeGroups(question, plan, groups) }),
    ...(question.trend && { trend: writeTrend(question, tally, newestReceipt) }),
    ...(paths && { paths }),
    meta: {
      ...createMeta(startedMs, estimate.rows, newestReceipt),
      strategy,
      reason: plan.reason,
      truncated_units: await nameTruncated(context, plan, truncated),
    },
  };
}

/** The person, and for sessions her session id, of units that were not computed whole. */
async function nameTruncated(
  context: QueryContext,
  plan: FunnelPlan,
  keys: readonly string[],
): Promise<string[]> {
  const names = await nameUnits(context, plan, keys.slice(0, MAX_NAMED_UNITS));
  return names.map(({ user_id, session_id }) => (session_id ? `${user_id} ${session_id}` : user_id)).sort();
}

interface Computed {
  readonly tally: FunnelTally;
  readonly groups: FunnelTally['groups'];
  readonly truncated: readonly string[];
  readonly strategy: FunnelPlan['strategy'];
}

async function compute(context: QueryContext, prepared: Prepared): Promise<Computed> {
  if (prepared.plan.strategy === 'window-funnel') {
    const tally = await countLevels(context, prepared);
    if (tally) return { tally, groups: tally.groups, truncated: [], strategy: 'window-funnel' };
    // A unit has more events than are looked at: only the fold can cut it off and say so.
    return computeByFold(context, { ...prepared, statement: printHistories(prepared.plan, context) });
  }
  return computeByFold(context, prepared);
}

/** Undefined when a unit has more events than may be looked at. */
async function countLevels(
  context: QueryContext,
  { statement, question, compiled }: Prepared,
): Promise<FunnelTally | undefined> {
  interface Row {
    level: number;
    units: number;
    most_events: number;
  }
  const { rows } = await runStatement<Row>(context, statement);
  const tally = createTally(question, compiled.program);
  for (const { level, units, most_events } of rows) {
    if (Number(most_events) > question.maxEventsPerUnit) return undefined;
    for (let step = 0; step < Number(level); step++) tally.total.counts[step]! += Number(units);
  }
  return tally;
}

async function computeByFold(context: QueryContext, prepared: Prepared): Promise<Computed> {
  const { question } = prepared;
  const folded = await foldUnits(context, prepared);
  const { groups } = folded.tally;
  const shared = question.attribution.kind === 'all' && question.definition.count !== 'conversions';
  if (!shared || groups.size <= question.breakdownLimit) return { ...folded, groups, strategy: 'fold' };
  // A unit may count under several of the values that "$other" stands for, so those are judged together.
  const kept = new Set(rankValues(groups).slice(0, question.breakdownLimit));
  const again = await foldUnits(context, prepared, kept);
  return { ...folded, groups: again.tally.groups, strategy: 'fold' };
}
