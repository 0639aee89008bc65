/**
 * Would a backtracking matcher need exponential time for this pattern? It would when some text leads from a position
 * back to itself in two ways, for then each repetition of that text doubles the ways to try: `(a+)+`, `(a|a)*`, `(a|ab|b)*`.
 *
 * Two signs of it, inside a loop (a strongly connected component of the automaton):
 * - an edge that can be taken in two ways, as the a → a of `(a+)+`, once by each loop;
 * - two copies of the automaton, reading the same text, that leave one position together, part, and meet there again:
 *   a component of the product automaton with both a pair (p, p) and a pair (p, q) in it.
 *
 * Weir's own matcher never backtracks, so such a pattern would do no harm here. It is refused all the same: it is
 * nearly always a mistake, and the same schema will be given to validators that do backtrack.
 */
import { buildAlphabet } from './alphabet.js';
import type { Automaton } from './automaton.js';
import { contains } from './char-set.js';
import { findComponents } from './components.js';

/** Pairs of positions that may be looked at; about 100 bytes and a microsecond each. */
const PAIRS_MAX = 100_000;
/** Edges between pairs, about 50 ns each. */
const PAIR_EDGES_MAX = 1_000_000;

export type Ambiguity = { kind: 'none' | 'unknown' } | { kind: 'exponential'; at: number };

/** Looks for the two signs. `unknown`: the pattern is too large to tell. `at` is a place in the pattern, from 0. */
export function findAmbiguity(automaton: Automaton): Ambiguity {
  const follow = automaton.follow.map((edges) => [...edges.keys()]);
  const components = findComponents(follow.length, (p) => follow[p]!);
  for (const [p, edges] of automaton.follow.entries()) {
    for (const [q, ways] of edges) {
      if (ways === 2 && components.of[p] === components.of[q]) {
        return { kind: 'exponential', at: automaton.positions[p]!.at };
      }
    }
  }
  return searchProduct(automaton, follow, components.of);
}

function searchProduct(
  automaton: Automaton,
  follow: readonly number[][],
  componentOf: Int32Array,
): Ambiguity {
  const meets = findIntersections(automaton);
  const inside = follow.map((edges, p) => edges.filter((q) => componentOf[q] === componentOf[p]));
  const size = follow.length;
  const ids = new Map<number, number>();
  const pairs: [number, number][] = [];
  const edges: number[][] = [];
  const idOf = (p: number, q: number): number => {
    const key = p * size + q;
    let id = ids.get(key);
    if (id === undefined) {
      id = pairs.length;
      ids.set(key, id);
      pairs.push([p, q]);
    }
    return id;
  };
  for (let p = 0; p < size; p++) if (inside[p]!.length > 0) idOf(p, p);
  let edgeCount = 0;
  for (let id = 0; id < pairs.length; id++) {
    const [p, q] = pairs[id]!;
    const out: number[] = [];
    for (const p2 of inside[p]!) {
      for (const q2 of inside[q]!) {
        if (++edgeCount > PAIR_EDGES_MAX) return { kind: 'unknown' };
        if (meets(p2, q2)) out.push(idOf(p2, q2));
      }
    }
    if (pairs.length > PAIRS_MAX) return { kind: 'unknown' };
    edges.push(out);
  }
  return judgeProduct(automaton, pairs, edges);
}

function judgeProduct(
  automaton: Automaton,
  pairs: readonly [number, number][],
  edges: readonly number[][],
): Ambiguity {
  const { of, count } = findComponents(pairs.length, (id) => edges[id]!);
  const together = new Uint8Array(count);
  for (const [id, [p, q]] of pairs.entries()) if (p === q) together[of[id]!] = 1;
  for (const [id, [p, q]] of pairs.entries()) {
    if (p !== q && together[of[id]!] === 1) return { kind: 'exponential', at: automaton.positions[p]!.at };
  }
  return { kind: 'none' };
}

/** Whether two positions can take the same character. */
function findIntersections({ positions }: Automaton): (p: number, q: number) => boolean {
  const { samples } = buildAlphabet(
    positions.map((position) => position.set),
    false,
  );
  const masks = positions.map(({ set }) =>
    samples.reduce((mask, point, bit) => (contains(set, point) ? mask | (1n << BigInt(bit)) : mask), 0n),
  );
  return (p, q) => (masks[p]! & masks[q]!) !== 0n;
}
