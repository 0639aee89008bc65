import { describe, expect, it } from 'vitest';
import type { History } from '../../../../src/query/patterns/history.js';
import { type FoundSequence, findSequences } from '../../../../src/query/patterns/sequences.js';
import { createRandom } from '../../../oracle/random.js';

const KINDS = 4;

const historyOf = (
  member: boolean,
  events: readonly (readonly [instant: number, kind: number])[],
): History => ({
  member,
  instants: Float64Array.from(events, ([instant]) => instant),
  kinds: Uint32Array.from(events, ([, kind]) => kind),
});

/** Whether somebody's events contain a sequence, each later than the one before: every choice of events is tried. */
function hasNaively({ instants, kinds }: History, sequence: readonly number[], after = -1): boolean {
  const [first, ...rest] = sequence;
  if (first === undefined) return true;
  return Array.from(kinds).some(
    (kind, at) =>
      kind === first &&
      instants[at]! > after &&
      hasNaively({ member: true, instants, kinds }, rest, instants[at]!),
  );
}

function* listSequences(lengthMax: number): Generator<number[], void, void> {
  let level: number[][] = [[]];
  for (let length = 1; length <= lengthMax; length++) {
    level = level.flatMap((prefix) => Array.from({ length: KINDS }, (_, kind) => [...prefix, kind]));
    yield* level;
  }
}

describe('frequent sequences', () => {
  it.each([1, 2, 3, 4])('have the supports that trying every choice of events finds (seed %i)', (seed) => {
    const random = createRandom(seed);
    const histories = Array.from({ length: 40 }, () =>
      historyOf(
        random.chance(0.4),
        Array.from({ length: random.below(9) }, () => [random.below(6), random.below(KINDS)] as const).sort(
          ([a], [b]) => a - b,
        ),
      ),
    );
    const membersMin = 3;
    const { sequences, complete } = findSequences(histories, KINDS, { lengthMax: 3, membersMin });
    const expected = [...listSequences(3)].flatMap((kinds) => {
      const having = histories.filter((history) => hasNaively(history, kinds));
      const members = having.filter(({ member }) => member).length;
      return members < membersMin ? [] : [{ kinds, members, others: having.length - members }];
    });
    const inOrder = (list: readonly FoundSequence[]) =>
      list.toSorted((a, b) => (a.kinds.join() < b.kinds.join() ? -1 : 1));
    expect(complete).toBe(true);
    expect(expected.length).toBeGreaterThan(5);
    expect(inOrder([...sequences])).toEqual(inOrder(expected));
  });

  it('does not take events of one instant for one after the other', () => {
    const tied = historyOf(true, [
      [5, 0],
      [5, 1],
    ]);
    const { sequences } = findSequences([tied], KINDS, { lengthMax: 2, membersMin: 1 });
    expect(sequences.map(({ kinds }) => kinds)).toEqual([[0], [1]]);
  });
});
