/** Reads every unit of a funnel once, judges it and adds up what it did. */
import type { NativeBlock } from '../native-result.js';
import { OTHER } from './answer.js';
import type { Outcome } from './chain-search.js';
import type { Compiled } from './compile.js';
import { decodeBlock, readDictionary } from './histories.js';
import { createJudge } from './judge.js';
import type { FunnelPlan } from './plan.js';
import type { FunnelQuestion } from './request.js';
import { createTally, type FunnelTally } from './tally.js';

export interface FoldInput {
  readonly question: FunnelQuestion;
  readonly compiled: Compiled;
  readonly plan: FunnelPlan;
}

export interface Folded {
  readonly tally: FunnelTally;
  /** Keys of units with more matching events than were looked at. */
  readonly truncated: readonly string[];
}

/** Values are numbered in the order of their texts, so that the smaller number is the smaller value. */
const compareValues = (a: number, b: number): number => a - b;

/** With `kept` given, breakdown values beside those count as "$other", each unit once. @throws RequestError 422 */
export async function foldUnits(
  { question, compiled, plan }: FoldInput,
  blocks: AsyncIterable<NativeBlock>,
  kept?: ReadonlySet<string>,
): Promise<Folded> {
  const { program, table } = compiled;
  const tally = createTally(question, program);
  const judge = createJudge(program, question.maxEventsPerUnit);
  // With attribution "all" the units as such are judged beside their values.
  const whole =
    program.attribution?.kind === 'all'
      ? createJudge({ ...program, attribution: undefined }, question.maxEventsPerUnit)
      : undefined;
  const truncated: string[] = [];
  const none = JSON.stringify(plan.breakdown.map(() => null));
  const add = (outcome: Outcome): void => tally.add(outcome);

  function judgeBlock(native: NativeBlock, dictionary: readonly string[]): void {
    const block = decodeBlock(native, plan, table);
    let others: Outcome[] = [];
    const emit = (outcome: Outcome): void => {
      if (!whole) tally.add(outcome);
      if (!program.attribution) return;
      const value = dictionary[outcome.value - 1] ?? none;
      if (!kept || kept.has(value)) tally.addTo(value, outcome);
      else others.push(copyOutcome(outcome));
    };
    for (let row = 0; row < block.rows; row++) {
      const unit = block.moveTo(row);
      const cut = judge.judge(unit, compareValues, emit);
      whole?.judge(unit, compareValues, add);
      if (cut) truncated.push(String(block.keyOf(row)));
      if (others.length === 0) continue;
      tally.addTo(OTHER, joinOutcomes(others));
      others = [];
    }
  }

  if (!program.attribution) for await (const native of blocks) judgeBlock(native, []);
  else for await (const { native, dictionary } of withDictionary(blocks)) judgeBlock(native, dictionary);
  return { tally, truncated };
}

/** The dictionary comes with the engine's first row, whose block need not be the first to arrive: those before it wait. */
async function* withDictionary(
  blocks: AsyncIterable<NativeBlock>,
): AsyncGenerator<{ native: NativeBlock; dictionary: readonly string[] }, void, void> {
  let waiting: NativeBlock[] = [];
  let dictionary: readonly string[] | undefined;
  for await (const native of blocks) {
    dictionary ??= readDictionary(native);
    waiting.push(native);
    if (!dictionary) continue;
    for (const one of waiting) yield { native: one, dictionary };
    waiting = [];
  }
}

const copyOutcome = (outcome: Outcome): Outcome => ({
  ...outcome,
  reached: outcome.reached.slice(),
  deltas: outcome.deltas.slice(),
  amounts: outcome.amounts.slice(),
  routeLevels: outcome.routeLevels.slice(),
});

/** What one unit did under several values, counted once: the furthest and then earliest of them, and every step any reached. */
function joinOutcomes(outcomes: readonly Outcome[]): Outcome {
  const best = [...outcomes].sort(
    (a, b) =>
      Number(b.complete) - Number(a.complete) ||
      b.level - a.level ||
      a.startMs - b.startMs ||
      a.endMs - b.endMs,
  )[0]!;
  for (const other of outcomes) {
    for (let step = 0; step < best.reached.length; step++) {
      best.reached[step]! |= other.reached[step]!;
      if (Number.isNaN(best.deltas[step]!)) best.deltas[step] = other.deltas[step]!;
    }
    for (let route = 0; route < best.routeLevels.length; route++)
      best.routeLevels[route] = Math.max(best.routeLevels[route]!, other.routeLevels[route]!);
  }
  return best;
}
