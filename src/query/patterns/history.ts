/** What people did, as the thread that looks for patterns holds it. */
import { type Collected, readCollected } from '../collected.js';

/** One person's events: moments rise, and events of the same instant have no order among themselves. */
export interface History {
  readonly member: boolean;
  /** Epoch ms. */
  readonly instants: Float64Array;
  /** Event types, from 0. */
  readonly kinds: Uint32Array;
}

/** Reads the result of pattern-histories.sql; `truncated`: people of whom only the first moments are there. */
export async function readHistories(
  result: Collected,
): Promise<{ histories: readonly History[]; truncated: number }> {
  const histories: History[] = [];
  let truncated = 0;
  for await (const { rows, columns } of readCollected(result)) {
    const [facts, instants, kinds] = columns;
    let start = 0;
    for (let row = 0; row < rows; row++) {
      const end = instants!.ends![row]!;
      truncated += facts!.values[2 * row + 1] as number;
      histories.push({
        member: facts!.values[2 * row] === 1,
        instants: (instants!.values as Float64Array).subarray(start, end),
        kinds: (kinds!.values as Uint32Array).subarray(start, end).map((kind) => kind - 1),
      });
      start = end;
    }
  }
  return { histories, truncated };
}
