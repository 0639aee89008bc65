/** Counts those who converted and those who did not by what is asked of them: a property's values, or events on the way. */
import type { NativeBlock } from '../native-result.js';
import type { Outcome } from './chain-search.js';
import type { Compiled } from './compile.js';
import { foldUnits } from './fold.js';
import type { ObservedTask, ValuesTask } from './fold-task.js';
import { decodeBlock } from './histories.js';
import type { Unit } from './history.js';
import { createJudge } from './judge.js';
import { findEvent, type Program } from './program.js';

export interface Share {
  readonly entered: number;
  readonly converted: number;
}

export interface Shares {
  readonly total: Share;
  /** For the most frequent values, as JSON texts, or for each observed event type in its order. */
  readonly parts: readonly (Share & { readonly value: string })[];
  /** Keys of units with more matching events than were looked at. */
  readonly truncated: readonly string[];
}

/** The values with the most units. @throws RequestError 422 */
export async function foldValues(
  task: ValuesTask,
  compiled: Compiled,
  blocks: AsyncIterable<NativeBlock>,
): Promise<Shares> {
  const { tally, truncated } = await foldUnits({ ...task, compiled }, blocks);
  const parts = [...tally.groups].map(([value, { entered, complete }]) => ({
    value,
    entered,
    converted: complete,
  }));
  parts.sort((a, b) => b.entered - a.entered || (a.value < b.value ? -1 : 1));
  return {
    total: { entered: tally.total.entered, converted: tally.total.complete },
    parts: parts.slice(0, task.limit),
    truncated,
  };
}

/** Marks the observed types the unit had strictly between its entry and its conversion, or the end of its window. */
function markObserved(
  { windowMs }: Program,
  observed: Int16Array,
  unit: Unit,
  { startMs, endMs, complete }: Outcome,
  marks: Uint8Array,
): void {
  marks.fill(0);
  // A window includes its edge.
  const untilMs = complete ? endMs : startMs + windowMs + 1;
  for (let i = findEvent(unit, startMs + 1); i < unit.end && unit.times[i]! < untilMs; i++) {
    const one = observed[unit.classes[i]!]!;
    if (one >= 0) marks[one] = 1;
  }
}

/** @throws RequestError 422 */
export async function foldObserved(
  { question, plan }: ObservedTask,
  { program, table }: Compiled,
  blocks: AsyncIterable<NativeBlock>,
): Promise<Shares> {
  const judge = createJudge(program, question.maxEventsPerUnit);
  const count = question.observed.length;
  const marks = new Uint8Array(count);
  const entered = new Float64Array(count);
  const converted = new Float64Array(count);
  const total = { entered: 0, converted: 0 };
  const truncated: string[] = [];
  for await (const native of blocks) {
    const block = decodeBlock(native, plan, table);
    for (let row = 0; row < block.rows; row++) {
      const unit = block.moveTo(row);
      const cut = judge.judge(
        unit,
        () => 0,
        (outcome) => {
          total.entered++;
          if (outcome.complete) total.converted++;
          markObserved(program, table.observed, unit, outcome, marks);
          for (let one = 0; one < count; one++) {
            entered[one]! += marks[one]!;
            if (outcome.complete) converted[one]! += marks[one]!;
          }
        },
      );
      if (cut) truncated.push(String(block.keyOf(row)));
    }
  }
  return {
    total,
    parts: question.observed.map((value, one) => ({
      value,
      entered: entered[one]!,
      converted: converted[one]!,
    })),
    truncated,
  };
}
