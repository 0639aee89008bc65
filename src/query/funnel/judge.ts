/**
 * Judges one unit. Every way of counting is the same two moves: say where a chain may begin, search the unit's parts for the
 * best chain that begins there.
 *
 * parts      the unit's events that share their held values (`hold`), and their breakdown value (attribution `all`). Where
 *            a chain may begin is decided on the whole unit; with attribution `all`, attempts of `conversions` are those of
 *            the value's own events
 * attempts   `conversions`: each begins at the earliest start after the end of the one before
 */
import { type CompareValues, createChainSearch, NO_VALUE, type Outcome } from './chain-search.js';
import { createHistoryReader, type Part, type Unit, type ValuedHistory } from './history.js';
import { findEvent, type Program } from './program.js';

export interface Judge {
  /**
   * Calls `emit` once for each thing counted. `compare` orders the unit's breakdown values. A unit of more events than are looked at is
   * cut for `emit` as well; returns whether it was.
   */
  judge(unit: Unit, compare: CompareValues, emit: (outcome: Outcome) => void): boolean;
}

/** Events whose held properties are not all there belong to no part. */
const NO_HOLD = 0;

/** Where chains may begin and what they may be made of, for one thing that is judged. */
interface Case {
  /** Events that decide where chains begin. */
  readonly starts: ValuedHistory;
  readonly parts: readonly ValuedHistory[];
  /** Parts that have an event at an instant: an attempt looks at no others. */
  partsAt(instant: number): readonly ValuedHistory[];
  readonly value: number;
}

/** @param maxEvents events of a unit that are looked at, first ones first */
export function createJudge(program: Program, maxEvents: number): Judge {
  const { stepCount, matches } = program;
  const histories = createHistoryReader(program);
  const { search } = createChainSearch(program);
  const startSteps = [...new Set(program.routes.map((route) => route.steps[0]!))];

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

  /** Parts by their keys, and how to find those of an instant. */
  function arrange(
    whole: ValuedHistory,
    parts: readonly Part[],
    keyOf: (event: number) => number,
  ): Pick<Case, 'parts' | 'partsAt'> {
    const byKey = new Map(parts.map((part) => [part.key, part]));
    return {
      parts,
      partsAt(instant) {
        const found = new Set<Part>();
        for (let i = findEvent(whole, instant); i < whole.end && whole.times[i] === instant; i++) {
          const part = byKey.get(keyOf(i));
          if (part) found.add(part);
        }
        return [...found];
      },
    };
  }

  function judge(unit: Unit, compare: CompareValues, emit: (outcome: Outcome) => void): boolean {
    const { end, holds } = unit;
    unit.end = cut(unit);
    const whole = histories.readWhole(unit, unit.end);
    if (program.attribution?.kind === 'all')
      for (const one of listValueCases(unit, whole)) count(one, compare, emit);
    else if (!program.hold) {
      const parts = [whole];
      count({ starts: whole, parts, partsAt: () => parts, value: NO_VALUE }, compare, emit);
    } else {
      const keyOf = (i: number): number => holds![i]!;
      const parts = histories.split('parts', keyOf, findMost(holds!, whole));
      count({ starts: whole, ...arrange(whole, parts, keyOf), value: NO_VALUE }, compare, emit);
    }
    return unit.end < end;
  }

  /** Attribution `all`: the unit once for each of its values, on the events that have it. */
  function* listValueCases(unit: Unit, whole: ValuedHistory): Generator<Case> {
    const values = unit.values!;
    const holdCount = program.hold ? findMost(unit.holds!, whole) + 1 : 2;
    // Pairs that occur are few, the products of all many: they are numbered anew, in the order of the values.
    const pairOf = (i: number): number => {
      const hold = program.hold ? unit.holds![i]! : 1;
      return hold === NO_HOLD ? 0 : values[i]! * holdCount + hold;
    };
    const found = new Set<number>();
    for (let i = whole.begin; i < whole.end; i++) found.add(pairOf(i));
    found.delete(0);
    const pairs = [...found].sort((a, b) => a - b);
    const numbers = new Map(pairs.map((pair, index) => [pair, index + 1]));
    const keyOf = (i: number): number => numbers.get(pairOf(i)) ?? 0;
    const parts = histories.split('parts', keyOf, pairs.length);
    const attempts = program.count === 'conversions';
    const own = attempts ? splitByValue(values, whole) : [];
    const startsOf = new Map(own);
    const readValue = ({ key }: Part): number => Math.floor(pairs[key - 1]! / holdCount);
    for (let from = 0; from < parts.length; ) {
      const value = readValue(parts[from]!);
      let until = from + 1;
      while (until < parts.length && readValue(parts[until]!) === value) until++;
      const arranged = arrange(whole, parts.slice(from, until), keyOf);
      yield { starts: startsOf.get(value) ?? whole, ...arranged, value };
      from = until;
    }
  }

  function splitByValue(values: Uint32Array, { begin, end }: ValuedHistory): [number, Part][] {
    const found = [...new Set(values.subarray(begin, end))];
    const numbers = new Map(found.map((value, index) => [value, index + 1]));
    const parts = histories.split('starts', (i) => numbers.get(values[i]!)!, found.length);
    return parts.map((part) => [found[part.key - 1]!, part]);
  }

  function count(one: Case, compare: CompareValues, emit: (outcome: Outcome) => void): void {
    const { starts, value } = one;
    if (program.count !== 'conversions' && program.reentry === 'best') {
      const outcome = search(one.parts, program.fromMs, program.toMs - 1, value, compare);
      if (outcome) emit(outcome);
      return;
    }
    let start = findStart(starts, program.fromMs);
    while (start !== undefined) {
      const outcome = search(one.partsAt(start), start, start, value, compare);
      if (outcome) emit(outcome);
      if (program.count !== 'conversions') return;
      const endMs: number = outcome?.complete ? outcome.endMs : start + program.windowMs;
      start = findStart(starts, endMs + 1);
    }
  }

  return { judge };
}

/** The largest of the unit's numbers, 0 when there is none. */
function findMost(numbers: Uint32Array, { begin, end }: ValuedHistory): number {
  let most = 0;
  for (let i = begin; i < end; i++) if (numbers[i]! > most) most = numbers[i]!;
  return most;
}
