/**
 * Where a planned question is answered from: the events, or the cheapest rollup that answers it exactly. The longer a
 * rollup's buckets and the fewer its dimensions, the fewer its rows.
 */
import { findObstacle } from '../../mdl/plan/rollup.js';
import type { QueryPlan } from '../../mdl/plan/types.js';
import type { RollupSource } from '../../mdl/print/rollup.js';
import type { AnsweringRollup } from './sources.js';

export interface ChosenSource {
  /** As meta.source says it. */
  readonly name: 'raw' | `rollup:${string}`;
  /** Undefined: the events. */
  readonly rollup: RollupSource | undefined;
  /** Rollups that do not answer the question, and why. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

export function chooseSource(plan: QueryPlan, rollups: readonly AnsweringRollup[]): ChosenSource {
  const judged = rollups.map((rollup) => ({ rollup, reason: findObstacle(rollup.plan, plan) }));
  const [best] = judged
    .filter(({ reason }) => reason === undefined)
    .map(({ rollup }) => rollup)
    .sort((a, b) => b.plan.grainMs - a.plan.grainMs || a.plan.dimensions.length - b.plan.dimensions.length);
  return {
    name: best ? `rollup:${best.name}` : 'raw',
    rollup: best && { rollup: best.plan, table: best.table },
    refused: judged.flatMap(({ rollup, reason }) =>
      reason === undefined ? [] : [{ name: rollup.name, reason }],
    ),
  };
}
