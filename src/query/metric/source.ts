/**
 * Where a planned question is answered from: whichever costs least of the events and the rollups that answer it exactly.
 *
 * What a source costs is its rows times what a row costs. A row of the events is 1, and more for each dimension, whose text is
 * made of the JSON column. A row of a rollup costs more than that, for its states; and states of distinct values hold what the
 * events behind them hold, so merging them costs by the events. Where a range begins or ends inside a bucket, those events
 * are read too. The weights were chosen after a few readings of processor time, not fitted.
 */
import { findObstacle, splitRange } from '../../mdl/plan/rollup.js';
import type { QueryPlan } from '../../mdl/plan/types.js';
import type { RollupSource } from '../../mdl/print/rollup-facts.js';
import type { QueryContext } from '../context.js';
import { countEvents, countRolledUp } from './row-counts.js';
import type { AnsweringRollup } from './sources.js';

/** In rows of the events without dimensions. */
const DIMENSION_COST = 0.5;
const ROLLUP_ROW_COST = 3;
const DISTINCT_COST = 0.7;
/** Costs that differ by less are alike, some milliseconds: then a rollup is taken, of long buckets before short ones. */
const ALIKE = 20_000;

/** A source that would answer, as explanations show it. */
export interface ConsideredSource {
  readonly source: 'raw' | `rollup:${string}`;
  /** Rows it would read. */
  readonly rows: number;
  /** In rows of the events without dimensions. */
  readonly cost: number;
}

export interface ChosenSource {
  /** As meta.source says it. */
  readonly name: ConsideredSource['source'];
  /** Undefined: the events. */
  readonly rollup: RollupSource | undefined;
  /** Rows it reads. */
  readonly rows: number;
  /** Every source that answers exactly, the chosen one included. */
  readonly considered: readonly ConsideredSource[];
  readonly reason: string;
  /** Rollups that do not answer the question, and why. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

interface Candidate extends ConsideredSource {
  readonly rollup: AnsweringRollup | undefined;
}

function compareShapes(plan: QueryPlan, a: AnsweringRollup, b: AnsweringRollup): number {
  const [edgesOfA, edgesOfB] = [a, b].map((one) => splitRange(one.plan, plan).hasEdges);
  if (edgesOfA !== edgesOfB) return edgesOfA ? 1 : -1;
  const longer = b.plan.grainMs - a.plan.grainMs;
  return (edgesOfA ? -longer : longer) || a.plan.dimensions.length - b.plan.dimensions.length;
}

const costOfEvents = (plan: QueryPlan, rows: number): number =>
  Math.round(rows * (1 + DIMENSION_COST * plan.dimensions.length));

/** A rollup's cost, its events at the edges of the range as a share of all. */
function weigh(plan: QueryPlan, rollup: AnsweringRollup, held: number, events: number): Candidate {
  const { fromMs, toMs } = splitRange(rollup.plan, plan);
  const share = 1 - (toMs - fromMs) / (plan.toMs - plan.scanFromMs);
  const atEdges = Math.round(events * share);
  const isDistinct = plan.metric.measures.some(({ aggregate }) => aggregate === 'uniq');
  const merged = held * ROLLUP_ROW_COST + (isDistinct ? events * DISTINCT_COST : 0);
  return {
    source: `rollup:${rollup.name}`,
    rows: held + atEdges,
    cost: Math.round(merged) + costOfEvents(plan, atEdges),
    rollup,
  };
}

/** Chooses among the candidates, which are in the order in which they are preferred at like costs. */
const choose = (candidates: readonly Candidate[]): Candidate =>
  candidates.reduce((best, next) => (next.cost + ALIKE < best.cost ? next : best));

interface JudgedRollup {
  readonly rollup: AnsweringRollup;
  /** Why it does not answer the question exactly; undefined: it does. */
  readonly obstacle: string | undefined;
}

const judge = (plan: QueryPlan, rollup: AnsweringRollup): JudgedRollup => ({
  rollup,
  obstacle: rollup.doubt ?? findObstacle(rollup.plan, plan),
});

/** Decides by the rows that the events and each rollup's table would be read. */
export function decideSource(
  plan: QueryPlan,
  rollups: readonly AnsweringRollup[],
  events: number,
  rowsOf: (rollup: AnsweringRollup) => number,
): ChosenSource {
  const judged = rollups.map((rollup) => judge(plan, rollup));
  const exact = judged
    .filter(({ obstacle }) => obstacle === undefined)
    .map(({ rollup }) => rollup)
    .sort((a, b) => compareShapes(plan, a, b));
  const raw: Candidate = { source: 'raw', rows: events, cost: costOfEvents(plan, events), rollup: undefined };
  const candidates = [...exact.map((rollup) => weigh(plan, rollup, rowsOf(rollup), events)), raw];
  const best = choose(candidates);
  return {
    name: best.source,
    rollup: best.rollup && { rollup: best.rollup.plan, table: best.rollup.table },
    rows: best.rows,
    considered: candidates.map(({ source, rows, cost }) => ({ source, rows, cost })),
    reason: explainChoice(candidates, best),
    refused: judged.flatMap(({ rollup, obstacle }) =>
      obstacle === undefined ? [] : [{ name: rollup.name, reason: obstacle }],
    ),
  };
}

/** Asks the engine what there is to read, and decides. @throws EngineError */
export async function chooseSource(
  context: QueryContext,
  plan: QueryPlan,
  rollups: readonly AnsweringRollup[],
): Promise<ChosenSource> {
  const asked = rollups.filter((rollup) => judge(plan, rollup).obstacle === undefined);
  const [events, ...held] = await Promise.all([
    countEvents(context, plan),
    ...asked.map(({ table }) => countRolledUp(context, plan, table)),
  ]);
  return decideSource(plan, rollups, events, (rollup) => held[asked.indexOf(rollup)]!);
}

function explainChoice(candidates: readonly Candidate[], best: Candidate): string {
  if (candidates.length === 1) return 'nothing else answers exactly';
  const least = Math.min(...candidates.map(({ cost }) => cost));
  return best.cost === least
    ? 'it costs least'
    : 'it costs about as little as any, and leaves the events alone';
}
