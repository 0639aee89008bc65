/**
 * What judging one unit needs to know, in the form the solvers read. A program is made once a question by compile.ts and used
 * for every unit; it holds no SQL and no names.
 *
 * class    which conditions an event fulfils, as one small number: events of a class are interchangeable
 * route    a list of steps a chain may fill, in order. A plain funnel has one. Optional steps and graphs have several, one for
 *          each way through
 * position place in a route, from 0
 */

export interface Route {
  /** Step at each position. */
  readonly steps: readonly number[];
  /** Longest time from the previous position, Infinity when none is given; [0] is not read. */
  readonly withinMs: readonly number[];
  /** Exclusions that look at this route: no excluded event between the events at positions `from` and `to`. */
  readonly spans: readonly Span[];
  /** The optional step this route exists to reach; it ends there. Undefined for routes that decide the level. */
  readonly target?: number;
}

export interface Span {
  readonly exclusion: number;
  readonly from: number;
  readonly to: number;
}

export interface Program {
  readonly order: 'ordered' | 'strict' | 'unordered';
  readonly ties: 'any' | 'strict';
  readonly count: 'users' | 'sessions' | 'conversions';
  readonly reentry: 'best' | 'first';
  readonly fromMs: number;
  readonly toMs: number;
  readonly windowMs: number;
  readonly stepCount: number;
  /** matches[class * stepCount + step] is 1 when events of the class match the step. */
  readonly matches: Uint8Array;
  readonly classCount: number;
  /** For each exclusion, 1 at each class it excludes. */
  readonly excluded: readonly Uint8Array[];
  readonly routes: readonly Route[];
  /** Whether every route is a whole way through (a graph), or a choice of optional steps of one funnel. */
  readonly graph: boolean;
  /** Steps that may be left out; all 0 in a graph. */
  readonly optional: Uint8Array;
  /** No class matches two steps of one route, so distinctness needs no thought. */
  readonly disjoint: boolean;
  readonly hold: boolean;
  readonly attribution: Attribution | undefined;
  /** Whether the numbers of the chain's events are wanted. */
  readonly amounts: boolean;
}

export type Attribution =
  | { readonly kind: 'first' | 'last' | 'all' }
  | { readonly kind: 'step'; readonly step: number };

/**
 * Events of one unit, or of the part of it that shares its held values, sorted by time. Columns, not objects: a block of units
 * is decoded into a few large arrays and a history is a view on them.
 */
export interface History {
  /** The events are those at begin…end−1 of the columns. */
  readonly begin: number;
  readonly end: number;
  readonly times: Float64Array;
  readonly classes: Uint16Array;
  /** For each event the index of the first event of the same instant. */
  readonly firsts: Int32Array;
  /** For each event, how many of the unit's events share its instant, whether in this history or not. Only for `strict` order. */
  readonly crowds: Int32Array;
  /** Number of the event's instant among all of the unit's instants: neighbours differ by one. */
  readonly instants: Int32Array;
  /** Sorted times of the unit's excluded events, for each exclusion. */
  readonly excludedTimes: readonly Float64Array[];
}

/** Looks for the best chain of one route. `times` holds the canonical chain's instants after a call that found one. */
export interface Solver {
  /**
   * The greatest number of positions a chain can fill whose first event lies in [lowMs, highMs], 0 when none begins there.
   */
  solve(history: History, lowMs: number, highMs: number): number;
  readonly times: Float64Array;
}

/** Index of the first event at or after the instant. */
export function findEvent(history: Pick<History, 'begin' | 'end' | 'times'>, instant: number): number {
  let low = history.begin;
  let high = history.end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (history.times[middle]! < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The latest of the sorted times that lies before the instant, -Infinity when none does. */
export function findLatestBefore(times: Float64Array, instant: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < instant) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? Number.NEGATIVE_INFINITY : times[low - 1]!;
}
