/** Answers a funnel question: parse, plan, print, run, judge, tally, answer. */
import type { QueryContext } from '../context.js';
import { createMeta, findNewestReceipt, type Meta } from '../meta.js';
import { runStatement } from '../run.js';
import { formatInstant } from '../time/instant.js';
import {
  type GroupAnswer,
  type PartAnswer,
  type PathsAnswer,
  type TrendAnswer,
  writeTrend,
} from './answer.js';
import { addPrevious } from './compare.js';
import { runFold } from './fold-thread.js';
import type { FunnelPlan } from './plan.js';
import { askPrevious, type Prepared, prepareQuestion } from './prepare.js';
import { printHistories } from './print.js';
import { readFunnelQuestion } from './request.js';
import { type FoldedAnswer, writeFolded } from './run-fold-task.js';
import { createTally, type FunnelTally } from './tally.js';
import { nameTruncated } from './unit-names.js';

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
  /** The period that `previous_count` and the like are of. */
  readonly previous?: { readonly from: string; readonly to: string };
  readonly meta: FunnelMeta;
}

/** Answers `POST /v1/analytics/funnels/analyze`. @throws RequestError 422 */
export async function analyzeFunnel(context: QueryContext, input: unknown): Promise<FunnelAnswer> {
  const startedMs = performance.now();
  const question = readFunnelQuestion(input);
  const prepared = await prepareQuestion(context, question);
  const newest = findNewestReceipt(context);
  // A failure of the question itself is told; this one then has nobody waiting for it.
  newest.catch(() => undefined);
  const { part, groups, trend, paths, truncated, strategy } = await compute(context, prepared);
  const whole = { ...part, ...(question.breakdown.length > 0 && { breakdown: groups }) };
  const { previous } = question;
  const compared = previous ? await comparePrevious(context, prepared, whole, previous) : undefined;
  const cut = await nameTruncated(context, prepared.plan, truncated);
  const newestReceipt = await newest;
  const rowsRead = prepared.rowsRead + (compared?.rowsRead ?? 0);
  return {
    ...(compared?.answer ?? whole),
    ...(question.trend && { trend: writeTrend(question, trend, newestReceipt) }),
    ...(paths && { paths }),
    ...(previous && {
      previous: { from: formatInstant(previous.fromMs), to: formatInstant(previous.toMs) },
    }),
    meta: {
      ...createMeta(startedMs, rowsRead, newestReceipt),
      strategy,
      reason: prepared.plan.reason,
      truncated_units: [...new Set([...cut, ...(compared?.truncated ?? [])])].sort(),
    },
  };
}

/** The same of the period before, beside each count. Breakdown values are those of this period. */
async function comparePrevious(
  context: QueryContext,
  { question }: Prepared,
  answer: PartAnswer & { breakdown?: readonly GroupAnswer[] },
  range: NonNullable<Prepared['question']['previous']>,
) {
  const earlier = await prepareQuestion(context, askPrevious(question, range));
  const values = answer.breakdown?.map((group) => JSON.stringify(group.values));
  const { part, groups, truncated } = await compute(context, earlier, values);
  return {
    answer: addPrevious(answer, part, groups),
    rowsRead: earlier.rowsRead,
    truncated: await nameTruncated(context, earlier.plan, truncated),
  };
}

interface Computed extends FoldedAnswer {
  readonly strategy: FunnelPlan['strategy'];
}

/** @param values breakdown values to keep, where they are not this question's own most frequent ones */
async function compute(
  context: QueryContext,
  prepared: Prepared,
  values?: readonly string[],
): Promise<Computed> {
  const { question, compiled, plan } = prepared;
  if (plan.strategy === 'window-funnel') {
    const tally = await countLevels(context, prepared);
    if (tally) return { ...writeFolded({ question, plan }, compiled, tally, []), strategy: 'window-funnel' };
  }
  // windowFunnel does not apply, or a unit has more events than are looked at: only the fold can cut it off and say so.
  const statement = plan.strategy === 'fold' ? prepared.statement : printHistories(plan, context);
  const task = { kind: 'answer', question, plan, ...(values && { values }) } as const;
  const folded = await runFold(context, statement, task);
  if (!folded.again) return { ...folded, strategy: 'fold' };
  const { groups } = await runFold(context, statement, { ...task, kept: folded.again });
  return { ...folded, groups, strategy: 'fold' };
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
