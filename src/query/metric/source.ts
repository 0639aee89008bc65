/**
 * Where a planned question is answered from: the events, or the cheapest rollup that answers it exactly. The longer a
 * rollup's buckets and the fewer its dimensions, the fewer its rows; but where a range begins or ends inside a bucket, short
 * buckets leave less to be read from the events.
 */
import { findObstacle, splitRange } from '../../mdl/plan/rollup.js';
import type { QueryPlan } from '../../mdl/plan/types.js';
import type { RollupSource } from '../../mdl/print/rollup-facts.js';
import type { AnsweringRollup } from './sources.js';

export interface ChosenSource {
  /** As meta.source says it. */
  readonly name: 'raw' | `rollup:${string}`;
  /** Undefined: the events. */
  readonly rollup: RollupSource | undefined;
  /** Rollups that do not answer the question, and why. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

function compareCosts(plan: QueryPlan, a: AnsweringRollup, b: AnsweringRollup): number {
  const [edgesOfA, edgesOfB] = [a, b].map((one) => splitRange(one.plan, plan).hasEdges);
  if (edgesOfA !== edgesOfB) return edgesOfA ? 1 : -1;
  const longer = b.plan.grainMs - a.plan.grainMs;
  return (edgesOfA ? -longer : longer) || a.plan.dimensions.length - b.plan.dimensions.length;
}

export function chooseSource(plan: QueryPlan, rollups: readonly AnsweringRollup[]): ChosenSource {
  const judged = rollups.map((rollup) => ({
    rollup,
    reason: rollup.doubt ?? findObstacle(rollup.plan, plan),
  }));
  const [best] = judged
    .filter(({ reason }) => reason === undefined)
    .map(({ rollup }) => rollup)
    .sort((a, b) => compareCosts(plan, a, b));
  return {
    name: best ? `rollup:${best.name}` : 'raw',
    rollup: best && { rollup: best.plan, table: best.table },
    refused: judged.flatMap(({ rollup, reason }) =>
      reason === undefined ? [] : [{ name: rollup.name, reason }],
    ),
  };
}
