/**
 * Matching without backtracking: the position automaton is turned into a deterministic one state by state, as texts
 * need them. A state is the set of positions an attempt may stand at, for attempts begun anywhere before (patterns
 * search, they are not anchored), with what the assertions need to know of the character before. A step on a state
 * seen before is one table look-up; a new one costs its positions and edges. So the time is linear in the text for
 * every pattern, at worst POSITIONS_MAX look-ups a character.
 *
 * States are kept up to STATES_MAX a pattern, then all are forgotten and made anew as needed.
 */
import { type Alphabet, buildAlphabet } from './alphabet.js';
import type { AssertionKind, Automaton } from './automaton.js';
import { contains, WORD } from './char-set.js';

/** States kept for one pattern: at worst 8 kB each, usually below 100 bytes, and usually fewer than 20 of them. */
const STATES_MAX = 500;

const ACCEPT = -1;
const UNKNOWN = -2;
const DEAD = -3;

interface State {
  positions: readonly number[];
  atStart: boolean;
  afterWord: boolean;
  /** Number of the next state by class of character, or ACCEPT, DEAD, UNKNOWN. */
  next: Int32Array;
  /** Whether the text may end here: ACCEPT, DEAD or UNKNOWN. */
  end: number;
}

/** What assertions are judged by: what lies on the two sides of a place in the text. */
interface Place {
  atStart: boolean;
  atEnd: boolean;
  boundary: boolean;
}

export interface Matcher {
  /** Whether some part of the text matches the pattern. */
  test(text: string): boolean;
}

export function createMatcher(automaton: Automaton): Matcher {
  if (automaton.nullable) return { test: () => true };
  return new LazyMatcher(automaton);
}

class LazyMatcher implements Matcher {
  private readonly alphabet: Alphabet;
  private readonly wordClasses: Uint8Array;
  private readonly takes: readonly Uint8Array[];
  private readonly follow: readonly number[][];
  private readonly readsWords: boolean;
  private readonly onlyAtStart: boolean;
  private states: State[] = [];
  private ids = new Map<string, number>();

  constructor(private readonly automaton: Automaton) {
    const { positions, follow, first } = automaton;
    this.readsWords = positions.some(({ assertion }) => assertion?.endsWith('boundary'));
    this.alphabet = buildAlphabet(
      positions.map(({ set }) => set),
      this.readsWords,
    );
    const { samples } = this.alphabet;
    this.wordClasses = Uint8Array.from(samples, (point) => Number(contains(WORD, point)));
    this.takes = positions.map(({ set }) =>
      Uint8Array.from(samples, (point) => Number(contains(set, point))),
    );
    this.follow = follow.map((edges) => [...edges.keys()]);
    this.onlyAtStart = first.every((p) => positions[p]!.assertion === 'start');
    this.forget();
  }

  test(text: string): boolean {
    let at = 0;
    for (let i = 0; i < text.length; ) {
      const point = text.codePointAt(i)!;
      i += point > 0xffff ? 2 : 1;
      const kind = this.alphabet.classOf(point);
      let next = this.states[at]!.next[kind]!;
      if (next === UNKNOWN) next = this.makeStep(at, kind);
      if (next < 0) return next === ACCEPT;
      at = next;
    }
    const state = this.states[at]!;
    if (state.end === UNKNOWN) state.end = this.mayEnd(state) ? ACCEPT : DEAD;
    return state.end === ACCEPT;
  }

  private forget(): void {
    this.states = [];
    this.ids = new Map();
    this.stateId([], true, false);
  }

  private makeStep(from: number, kind: number): number {
    const state = this.states[from]!;
    const isWord = this.wordClasses[kind] === 1;
    const place = { atStart: state.atStart, atEnd: false, boundary: state.afterWord !== isWord };
    const candidates = this.findCandidates(state, place);
    const reached = candidates?.filter((p) => this.takes[p]![kind] === 1);
    let next: number;
    if (reached === undefined || reached.some((p) => this.automaton.last.has(p))) next = ACCEPT;
    else if (reached.length === 0 && this.onlyAtStart) next = DEAD;
    else next = this.stateId(reached, false, this.readsWords && isWord);
    state.next[kind] = next;
    return next;
  }

  /** Positions that may take the next character; undefined when the pattern is matched already. */
  private findCandidates(state: State, place: Place): number[] | undefined {
    const { positions, first, last } = this.automaton;
    const seen = new Set<number>();
    const queue: number[] = [];
    const add = (p: number): void => {
      if (seen.has(p)) return;
      seen.add(p);
      queue.push(p);
    };
    for (const p of first) add(p);
    for (const from of state.positions) for (const p of this.follow[from]!) add(p);
    const candidates: number[] = [];
    for (let i = 0; i < queue.length; i++) {
      const p = queue[i]!;
      const { assertion } = positions[p]!;
      if (assertion === undefined) candidates.push(p);
      else if (holds(assertion, place)) {
        if (last.has(p)) return undefined;
        for (const q of this.follow[p]!) add(q);
      }
    }
    return candidates;
  }

  private mayEnd(state: State): boolean {
    const place = { atStart: state.atStart, atEnd: true, boundary: state.afterWord };
    return this.findCandidates(state, place) === undefined;
  }

  private stateId(reached: readonly number[], atStart: boolean, afterWord: boolean): number {
    const positions = [...reached].sort((a, b) => a - b);
    const key = `${positions.join()};${atStart};${afterWord}`;
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    if (this.states.length >= STATES_MAX) this.forget();
    const id = this.states.length;
    const next = new Int32Array(this.alphabet.classes).fill(UNKNOWN);
    this.states.push({ positions, atStart, afterWord, next, end: UNKNOWN });
    this.ids.set(key, id);
    return id;
  }
}

function holds(assertion: AssertionKind, { atStart, atEnd, boundary }: Place): boolean {
  switch (assertion) {
    case 'start':
      return atStart;
    case 'end':
      return atEnd;
    case 'boundary':
      return boundary;
    case 'not_boundary':
      return !boundary;
  }
}
