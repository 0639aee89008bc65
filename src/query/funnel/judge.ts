/**
 * Judges one unit: which steps it reached, by which chain, when. Every way of counting is the same three moves: say where a
 * chain may begin, let the solver of each route look for it in each part of the unit, keep the best.
 *
 * parts      the unit's events that share their held values (`hold`), and their breakdown value (attribution `all`). Where
 *            a chain may begin is decided on the whole unit; with attribution `all`, attempts of `conversions` are those of
 *            the value's own events
 * best       the chain of the greatest level; among those the earliest t₁, then t₂, …; among those, which differ only in
 *            which of several tied events they use, the one with the smallest breakdown value
 * attempts   `conversions`: each begins at the earliest start after the end of the one before
 */
import { createHistoryReader, type Part, type Unit, type ValuedHistory } from './history.js';
import { findEvent, type Program, type Route, type Solver } from './program.js';
import { createOrderedSolver } from './solve-ordered.js';
import { createStrictSolver } from './solve-strict.js';
import { createUnorderedSolver } from './solve-unordered.js';
import { createValuePicker } from './value-picker.js';

/** What one unit (or one attempt, or one unit for one value) did. Reused between calls: copy what must stay. */
export interface Outcome {
  /** Required steps reached; in a graph, positions of the longest chain. */
  level: number;
  /** 1 for each step reached. */
  readonly reached: Uint8Array;
  /** Milliseconds from the step before, on the canonical chain; NaN where it does not go. */
  readonly deltas: Float64Array;
  /** First and last instant of the canonical chain. */
  startMs: number;
  endMs: number;
  complete: boolean;
  /** Number of the breakdown value within the unit, -1 for none. */
  value: number;
  /** Positions reached on each route, and the route of the canonical complete chain or -1: what graphs count. */
  readonly routeLevels: Int32Array;
  firstRoute: number;
}

export interface Judge {
  /** Calls `emit` once for each thing counted. `compare` orders breakdown values of this unit. Returns whether it was cut. */
  judge(unit: Unit, compare: (a: number, b: number) => number, emit: (outcome: Outcome) => void): boolean;
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

export function createSolver(program: Program, route: Route): Solver {
  if (program.order === 'strict') return createStrictSolver(program, route);
  return program.order === 'unordered'
    ? createUnorderedSolver(program, route)
    : createOrderedSolver(program, route);
}

const NO_HOLD = 0;
const NO_VALUE = -1;

/** @param maxEvents events of a unit that are looked at, first ones first */
export function createJudge(program: Program, maxEvents: number): Judge {
  const { stepCount, matches, routes } = program;
  const tracks: Track[] = routes.map((route) => ({ route, solver: createSolver(program, route) }));
  const histories = createHistoryReader(program);
  const requiredSteps = [...program.optional.keys()].filter((step) => program.optional[step] === 0);
  const startSteps = [...new Set(routes.map((route) => route.steps[0]!))];
  const pickValue = createValuePicker(program);
  const outcome: Outcome = {
    level: 0,
    reached: new Uint8Array(stepCount),
    deltas: new Float64Array(stepCount),
    startMs: 0,
    endMs: 0,
    complete: false,
    value: -1,
    routeLevels: new Int32Array(routes.length),
    firstRoute: -1,
  };
  const best: Best = { level: 0, route: -1, times: new Float64Array(stepCount), value: -1 };
  const optionalBest = new Map<number, number[]>();

  const isStart = (eventClass: number): boolean =>
    startSteps.some((step) => matches[eventClass * stepCount + step] === 1);

  /** Instant of the first event at or after `instant` that may begin a chain, undefined when none does before `to`. */
  function findStart(history: ValuedHistory, instant: number): number | undefined {
    for (let i = findEvent(history, instant); i < history.end; i++) {
      if (history.times[i]! >= program.toMs) return undefined;
      if (isStart(history.classes[i]!)) return history.times[i]!;
    }
    return undefined;
  }

  /** Index after the last event that is looked at: `maxEvents` matching ones. */
  function cut(unit: Unit): number {
    if (unit.end - unit.begin <= maxEvents) return unit.end;
    let matching = 0;
    for (let i = unit.begin; i < unit.end; i++) {
      if (unit.classes[i] === 0 && program.order === 'strict') continue;
      if (matching === maxEvents) return i;
      matching++;
    }
    return unit.end;
  }

  /** One more than the largest number of the unit's events, 1 where there are no numbers. */
  function countNumbers(numbers: Uint32Array | undefined, { begin, end }: ValuedHistory): number {
    let most = 0;
    if (numbers) for (let i = begin; i < end; i++) if (numbers[i]! > most) most = numbers[i]!;
    return most + 1;
  }

  function judge(
    unit: Unit,
    compare: (a: number, b: number) => number,
    emit: (outcome: Outcome) => void,
  ): boolean {
    const end = cut(unit);
    const whole = histories.readWhole(unit, end);
    const { holds } = unit;
    if (program.attribution?.kind === 'all') judgeValues(unit, whole, compare, emit);
    else if (!program.hold) count(whole, [whole], compare, NO_VALUE, emit);
    else {
      const parts = histories.split('parts', (i) => holds![i]!, countNumbers(holds, whole) - 1);
      count(whole, parts, compare, NO_VALUE, emit);
    }
    return end < unit.end;
  }

  /** Attribution `all`: the unit once for each of its values, on the events that have it. */
  function judgeValues(
    unit: Unit,
    whole: ValuedHistory,
    compare: (a: number, b: number) => number,
    emit: (outcome: Outcome) => void,
  ): void {
    const { holds, values } = unit;
    const valueCount = countNumbers(values, whole);
    const holdCount = program.hold ? countNumbers(holds, whole) : 2;
    // Numbers that occur together are few, the products of all many: they are numbered anew, in the order of the values.
    const found = new Set<number>();
    const join = (i: number): number => {
      const hold = program.hold ? holds![i]! : 1;
      return hold === NO_HOLD ? 0 : values![i]! * holdCount + hold;
    };
    for (let i = whole.begin; i < whole.end; i++) found.add(join(i));
    found.delete(0);
    const keys = [...found].sort((a, b) => a - b);
    const numbers = new Map(keys.map((key, index) => [key, index + 1]));
    const parts = histories.split('parts', (i) => numbers.get(join(i)) ?? 0, keys.length);
    const readValue = ({ key }: Part): number => Math.floor(keys[key - 1]! / holdCount);
    const attempts = program.count === 'conversions';
    const own = new Map(
      attempts
        ? histories.split('starts', (i) => values![i]!, valueCount - 1).map((one) => [one.key, one])
        : [],
    );
    for (let from = 0; from < parts.length; ) {
      const value = readValue(parts[from]!);
      let until = from + 1;
      while (until < parts.length && readValue(parts[until]!) === value) until++;
      const starts = own.get(value) ?? whole;
      count(starts, parts.slice(from, until), compare, value, emit);
      from = until;
    }
  }

  function count(
    starts: ValuedHistory,
    parts: readonly ValuedHistory[],
    compare: (a: number, b: number) => number,
    value: number,
    emit: (outcome: Outcome) => void,
  ): void {
    if (program.count !== 'conversions') {
      const first = program.reentry === 'first' ? findStart(starts, program.fromMs) : undefined;
      if (program.reentry === 'best') attempt(parts, program.fromMs, program.toMs - 1, compare, value, emit);
      else if (first !== undefined) attempt(parts, first, first, compare, value, emit);
      return;
    }
    let start = findStart(starts, program.fromMs);
    while (start !== undefined) {
      attempt(parts, start, start, compare, value, emit);
      const endMs: number = outcome.complete ? outcome.endMs : start + program.windowMs;
      start = findStart(starts, endMs + 1);
    }
  }

  /** Looks for the best chain that begins in [lowMs, highMs] and tells of it if there is one. */
  function attempt(
    parts: readonly ValuedHistory[],
    lowMs: number,
    highMs: number,
    compare: (a: number, b: number) => number,
    value: number,
    emit: (outcome: Outcome) => void,
  ): void {
    best.level = 0;
    best.value = value;
    outcome.complete = false;
    for (let route = 0; route < tracks.length; route++) outcome.routeLevels[route] = 0;
    // Clearing an empty map costs more than the rest of a small unit.
    if (optionalBest.size > 0) optionalBest.clear();
    for (const part of parts)
      for (let index = 0; index < tracks.length; index++) {
        const { route, solver } = tracks[index]!;
        const reached = solver.solve(part, lowMs, highMs);
        if (reached > outcome.routeLevels[index]!) outcome.routeLevels[index] = reached;
        if (route.target === undefined) offer(part, index, reached, compare, value);
        else if (reached === route.steps.length) offerOptional(route, solver.times);
      }
    if (best.level === 0) return;
    report();
    emit(outcome);
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
    compare: (a: number, b: number) => number,
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
    const picked =
      program.attribution === undefined || program.attribution.kind === 'all'
        ? value
        : pickValue(part, route, solver.times, reached, lastPosition, compare);
    if (order === 0 && (picked === -1 || (best.value !== -1 && compare(picked, best.value) >= 0))) return;
    best.level = level;
    best.route = index;
    best.value = picked;
    for (let i = 0; i < level; i++) best.times[i] = candidate[i]!;
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
    const chain: number[] = [];
    for (let position = 0; position < route.steps.length; position++)
      if (position === route.steps.length - 1 || countsFor(route, position)) chain.push(times[position]!);
    const step = route.target!;
    const known = optionalBest.get(step);
    const first = known?.findIndex((time, i) => time !== chain[i]) ?? 0;
    if (known === undefined || (first !== -1 && chain[first]! < known[first]!)) optionalBest.set(step, chain);
  }

  function report(): void {
    outcome.level = best.level;
    outcome.value = best.value;
    outcome.startMs = best.times[0]!;
    outcome.endMs = best.times[best.level - 1]!;
    outcome.complete = isWhole(routes[best.route]!, best.level);
    outcome.firstRoute = outcome.complete ? best.route : -1;
    for (let step = 0; step < stepCount; step++) {
      outcome.reached[step] = 0;
      outcome.deltas[step] = Number.NaN;
    }
    const chainSteps = program.graph ? routes[best.route]!.steps : requiredSteps;
    for (let i = 0; i < best.level; i++) {
      if (!program.graph) outcome.reached[chainSteps[i]!] = 1;
      outcome.deltas[chainSteps[i]!] = i === 0 ? 0 : best.times[i]! - best.times[i - 1]!;
    }
    if (optionalBest.size > 0) reportOptional();
    if (program.graph) reportGraph();
  }

  function reportOptional(): void {
    for (const [step, chain] of optionalBest) {
      outcome.reached[step] = 1;
      outcome.deltas[step] = chain[chain.length - 1]! - chain[chain.length - 2]!;
    }
  }

  function reportGraph(): void {
    for (const [index, { route }] of tracks.entries())
      for (let position = 0; position < outcome.routeLevels[index]!; position++)
        outcome.reached[route.steps[position]!] = 1;
  }

  return { judge };
}
