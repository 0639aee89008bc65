import { type CharSet, CODE_POINT_MAX, contains, WORD } from './char-set.js';

/** All code points cut into classes that a pattern cannot tell apart. */
export interface Alphabet {
  classes: number;
  /** One code point of each class. */
  samples: readonly number[];
  classOf(codePoint: number): number;
}

/** Cuts the code points at the edges of every set; `splitWords` also tells word characters from others. */
export function buildAlphabet(sets: readonly CharSet[], splitWords: boolean): Alphabet {
  const cuts = new Set<number>([0]);
  for (const set of splitWords ? [...sets, WORD] : sets) {
    for (let i = 0; i < set.length; i += 2) {
      cuts.add(set[i]!);
      if (set[i + 1]! < CODE_POINT_MAX) cuts.add(set[i + 1]! + 1);
    }
  }
  const starts = [...cuts].sort((a, b) => a - b);
  const { kinds, samples } = mergeAlike(starts, splitWords ? [...sets, WORD] : sets);
  const ascii = Uint16Array.from({ length: 128 }, (_, point) => kinds[findRange(starts, point)]!);
  return {
    classes: samples.length,
    samples,
    classOf: (point) => (point < 128 ? ascii[point]! : kinds[findRange(starts, point)]!),
  };
}

/** Ranges that lie in the same sets are one class: `[a-z0-9]` is one, not two. */
function mergeAlike(starts: readonly number[], sets: readonly CharSet[]) {
  const distinct = [...new Map(sets.map((set) => [set.join(), set])).values()];
  const known = new Map<string, number>();
  const samples: number[] = [];
  const kinds = starts.map((start) => {
    const key = distinct.map((set) => (contains(set, start) ? '1' : '0')).join('');
    let kind = known.get(key);
    if (kind === undefined) {
      kind = samples.length;
      known.set(key, kind);
      samples.push(start);
    }
    return kind;
  });
  return { kinds: Uint16Array.from(kinds), samples };
}

function findRange(starts: readonly number[], point: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= point) low = middle;
    else high = middle - 1;
  }
  return low;
}
