/**
 * The best chain of a unit among all routes and parts, as an outcome: the greatest level; among those the earliest t₁, then t₂,
 * …; among those, which differ only in which of several tied events they use, the one with the smallest breakdown value.
 */
import type { ValuedHistory } from './history.js';
import type { Program, Route, Solver } from './program.js';
import { createOrderedSolver } from './solve-ordered.js';
import { createStrictSolver } from './solve-strict.js';
import { createUnorderedSolver } from './solve-unordered.js';
import { createEventLister, createValuePicker, findLeastAmount, pickLess } from './value-picker.js';

/** What one unit (or one attempt, or one unit for one value) did. Reused between calls: copy what must stay. */
export interface Outcome {
  /** Required steps reached; in a graph, positions of the longest chain. */
  level: number;
  /** 1 for each step reached. */
  readonly reached: Uint8Array;
  /** Milliseconds from the step before, on the canonical chain; NaN where it begins and where it does not go. */
  readonly deltas: Float64Array;
  /** First and last instant of the canonical chain. */
  startMs: number;
  endMs: number;
  complete: boolean;
  /** Route of the canonical chain, and the instants of its positions that count for the level: the first `level` are valid. */
  route: number;
  readonly times: Float64Array;
  /** Number of the breakdown value within the unit, -1 for none. */
  value: number;
  /** Number of the event at each of those positions, NaN where it has none. Only when they are wanted. */
  readonly amounts: Float64Array;
  /** Positions reached on each route, and the route of the canonical complete chain or -1: what graphs count. */
  readonly routeLevels: Int32Array;
  firstRoute: number;
  /** The earliest chain that fills each optional step reached. */
  readonly optionalChains: ReadonlyMap<number, OptionalChain>;
}

/** A chain that ends with an optional step. */
export interface OptionalChain {
  readonly route: Route;
  /** Instants of the route's positions. */
  readonly times: readonly number[];
  /** Those of its required steps and of its end. */
  readonly instants: readonly number[];
}

/** Orders breakdown values of one unit, given by their numbers. */
export type CompareValues = (a: number, b: number) => number;

export const NO_VALUE = -1;

export interface ChainSearch {
  /**
   * Looks in each part for chains that begin in [lowMs, highMs]. `value` is what the outcome's value is where the chain does
   * not decide it. Undefined when no chain begins there.
   */
  search(
    parts: readonly ValuedHistory[],
    lowMs: number,
    highMs: number,
    value: number,
    compare: CompareValues,
  ): Outcome | undefined;
}

interface Track {
  readonly route: Route;
  readonly solver: Solver;
}

interface Best {
  level: number;
  route: number;
  readonly times: Float64Array;
  value: number;
}

function createSolver(program: Program, route: Route): Solver {
  if (program.order === 'strict') return createStrictSolver(program, route);
  return program.order === 'unordered'
    ? createUnorderedSolver(program, route)
    : createOrderedSolver(program, route);
}

export function createChainSearch(program: Program): ChainSearch {
  const { stepCount, routes } = program;
  const tracks: Track[] = routes.map((route) => ({ route, solver: createSolver(program, route) }));
  const requiredSteps = [...program.optional.keys()].filter((step) => program.optional[step] === 0);
  const listEvents = createEventLister(program);
  const pickValue = createValuePicker(program, listEvents);
  const optionalChains = new Map<number, OptionalChain>();
  const best: Best = { level: 0, route: -1, times: new Float64Array(stepCount), value: NO_VALUE };
  const outcome: Outcome = {
    level: 0,
    reached: new Uint8Array(stepCount),
    deltas: new Float64Array(stepCount),
    startMs: 0,
    endMs: 0,
    complete: false,
    route: -1,
    times: best.times,
    amounts: new Float64Array(stepCount),
    value: NO_VALUE,
    routeLevels: new Int32Array(routes.length),
    firstRoute: -1,
    optionalChains,
  };

  function search(
    parts: readonly ValuedHistory[],
    lowMs: number,
    highMs: number,
    value: number,
    compare: CompareValues,
  ): Outcome | undefined {
    best.level = 0;
    best.value = value;
    for (let route = 0; route < tracks.length; route++) outcome.routeLevels[route] = 0;
    // Clearing an empty map costs more than the rest of a small unit.
    if (optionalChains.size > 0) optionalChains.clear();
    for (const part of parts)
      for (let index = 0; index < tracks.length; index++) {
        const { route, solver } = tracks[index]!;
        const reached = solver.solve(part, lowMs, highMs);
        if (reached > outcome.routeLevels[index]!) outcome.routeLevels[index] = reached;
        if (route.target === undefined) offer(part, index, reached, compare, value);
        else if (reached === route.steps.length) offerOptional(route, solver.times);
      }
    if (best.level === 0) return undefined;
    report();
    return outcome;
  }

  /** Positions of the route that count for the level: in a funnel its required steps, in a graph all. */
  const countsFor = (route: Route, position: number): boolean =>
    program.graph || program.optional[route.steps[position]!] === 0;

  const candidate = new Float64Array(stepCount);

  /** Keeps the chain the solver of a route found when it is better than the best so far. */
  function offer(
    part: ValuedHistory,
    index: number,
    reached: number,
    compare: CompareValues,
    value: number,
  ): void {
    const { route, solver } = tracks[index]!;
    let level = 0;
    let lastPosition = -1;
    for (let position = 0; position < reached; position++)
      if (countsFor(route, position)) {
        candidate[level++] = solver.times[position]!;
        lastPosition = position;
      }
    if (level === 0) return;
    const order = compareChains(level, isWhole(route, level), index);
    if (order > 0) return;
    if (program.amounts) pickAmounts(part, index, reached, order < 0);
    const picked =
      program.attribution === undefined || program.attribution.kind === 'all'
        ? value
        : pickValue(part, route, solver.times, reached, lastPosition, compare);
    if (order === 0 && (picked === NO_VALUE || (best.value !== NO_VALUE && compare(picked, best.value) >= 0)))
      return;
    best.level = level;
    best.route = index;
    best.value = picked;
    for (let i = 0; i < level; i++) best.times[i] = candidate[i]!;
  }

  /** Of equally early chains the smallest number at each place. */
  function pickAmounts(part: ValuedHistory, index: number, reached: number, anew: boolean): void {
    const { route, solver } = tracks[index]!;
    let level = 0;
    for (let position = 0; position < reached; position++) {
      if (!countsFor(route, position)) continue;
      const events = listEvents(part, route, solver.times, reached, position);
      const least = findLeastAmount(part, events);
      outcome.amounts[level] = anew ? least : pickLess(outcome.amounts[level]!, least);
      level++;
    }
  }

  const isWhole = (route: Route, level: number): boolean =>
    program.graph ? level === route.steps.length : level === requiredSteps.length;

  /** Negative when the candidate is better than the best, positive when worse, 0 when they differ in no instant. */
  function compareChains(level: number, whole: boolean, index: number): number {
    if (best.level === 0) return -1;
    if (program.graph) {
      // Routes have different lengths: a whole way through beats any part of one, whichever is longer.
      const bestWhole = isWhole(routes[best.route]!, best.level);
      if (whole !== bestWhole) return whole ? -1 : 1;
      if (!whole && level !== best.level) return best.level - level;
    } else if (level !== best.level) return best.level - level;
    const shared = Math.min(level, best.level);
    for (let i = 0; i < shared; i++) {
      const difference = candidate[i]! - best.times[i]!;
      if (difference !== 0) return difference;
    }
    if (level !== best.level) return level - best.level;
    return program.graph ? index - best.route : 0;
  }

  /** An optional step is timed on the earliest chain of the required steps before it and itself. */
  function offerOptional(route: Route, times: Float64Array): void {
    const instants: number[] = [];
    for (let position = 0; position < route.steps.length; position++)
      if (position === route.steps.length - 1 || countsFor(route, position)) instants.push(times[position]!);
    const step = route.target!;
    const known = optionalChains.get(step)?.instants;
    const first = known?.findIndex((time, i) => time !== instants[i]) ?? 0;
    if (known === undefined || (first !== -1 && instants[first]! < known[first]!))
      optionalChains.set(step, {
        route,
        times: Array.from(times.subarray(0, route.steps.length)),
        instants,
      });
  }

  function report(): void {
    outcome.level = best.level;
    outcome.value = best.value;
    outcome.startMs = best.times[0]!;
    outcome.endMs = best.times[best.level - 1]!;
    outcome.route = best.route;
    outcome.complete = isWhole(routes[best.route]!, best.level);
    outcome.firstRoute = outcome.complete ? best.route : -1;
    for (let step = 0; step < stepCount; step++) {
      outcome.reached[step] = 0;
      outcome.deltas[step] = Number.NaN;
    }
    const chainSteps = program.graph ? routes[best.route]!.steps : requiredSteps;
    for (let i = 0; i < best.level; i++) {
      if (!program.graph) outcome.reached[chainSteps[i]!] = 1;
      if (i > 0) outcome.deltas[chainSteps[i]!] = best.times[i]! - best.times[i - 1]!;
    }
    if (optionalChains.size > 0) reportOptional();
    if (program.graph) reportGraph();
  }

  function reportOptional(): void {
    for (const [step, { instants }] of optionalChains) {
      outcome.reached[step] = 1;
      outcome.deltas[step] = instants[instants.length - 1]! - instants[instants.length - 2]!;
    }
  }

  function reportGraph(): void {
    for (const [index, { route }] of tracks.entries())
      for (let position = 0; position < outcome.routeLevels[index]!; position++)
        outcome.reached[route.steps[position]!] = 1;
  }

  return { search };
}
