/** Turns a unit's decoded events into the histories the solvers read: the whole unit, and its parts by held value. */
import type { History, Program } from './program.js';

/**
 * A unit's events as they come from the engine, sorted by time: events begin…end−1 of a block's columns. `holds` numbers the
 * held values (0: some held property is absent), `values` the breakdown's; both count within the unit.
 */
export interface Unit {
  readonly begin: number;
  readonly end: number;
  readonly times: Float64Array;
  readonly classes: Uint16Array | Int32Array;
  readonly holds?: Int32Array | Uint32Array;
  readonly values?: Int32Array | Uint32Array;
}

/** A history whose events also know their breakdown value (-1 where none is asked for). */
export interface ValuedHistory extends History {
  readonly values: Int32Array;
}

interface Buffer extends ValuedHistory {
  length: number;
  times: Float64Array;
  classes: Int32Array;
  firsts: Int32Array;
  crowds: Int32Array;
  instants: Int32Array;
  values: Int32Array;
  excludedTimes: readonly Float64Array[];
}

/** Buffers start for a usual unit and double as needed; the largest unit of a question sets their size. */
const INITIAL_EVENTS = 1_024;

function createBuffer(size: number): Buffer {
  return {
    length: 0,
    times: new Float64Array(size),
    classes: new Int32Array(size),
    firsts: new Int32Array(size),
    crowds: new Int32Array(size),
    instants: new Int32Array(size),
    values: new Int32Array(size),
    excludedTimes: [],
  };
}

/** Times of the events that an exclusion excludes. */
function listExcluded(unit: Unit, end: number, excluded: Uint8Array): Float64Array {
  const times: number[] = [];
  for (let i = unit.begin; i < end; i++) if (excluded[unit.classes[i]!] === 1) times.push(unit.times[i]!);
  return Float64Array.from(times);
}

export interface HistoryReader {
  /** The whole unit up to event `end`. The history is overwritten by the next call. */
  readWhole(unit: Unit, end: number): ValuedHistory;
  /** The events that `keep` accepts, of the unit last read whole; a history of its own. */
  readPart(unit: Unit, keep: (index: number) => boolean): ValuedHistory;
}

export function createHistoryReader(program: Program): HistoryReader {
  let whole = createBuffer(INITIAL_EVENTS);
  const strict = program.order === 'strict';

  function readWhole(unit: Unit, end: number): ValuedHistory {
    const count = end - unit.begin;
    if (whole.times.length < count) whole = createBuffer(2 ** Math.ceil(Math.log2(count)));
    const { times, classes, firsts, values } = whole;
    let first = 0;
    for (let i = 0; i < count; i++) {
      const time = unit.times[unit.begin + i]!;
      if (i > 0 && time !== times[i - 1]) first = i;
      times[i] = time;
      classes[i] = unit.classes[unit.begin + i]!;
      firsts[i] = first;
      values[i] = unit.values ? unit.values[unit.begin + i]! : -1;
    }
    whole.length = count;
    if (strict) numberInstants(whole);
    whole.excludedTimes = program.excluded.map((excluded) => listExcluded(unit, end, excluded));
    return whole;
  }

  function readPart(unit: Unit, keep: (index: number) => boolean): ValuedHistory {
    const kept: number[] = [];
    for (let i = 0; i < whole.length; i++) if (keep(unit.begin + i)) kept.push(i);
    const part = createBuffer(kept.length);
    part.length = kept.length;
    part.excludedTimes = whole.excludedTimes;
    let first = 0;
    for (const [index, i] of kept.entries()) {
      if (index > 0 && whole.firsts[kept[index - 1]!] !== whole.firsts[i]) first = index;
      part.times[index] = whole.times[i]!;
      part.classes[index] = whole.classes[i]!;
      part.values[index] = whole.values[i]!;
      part.crowds[index] = whole.crowds[i]!;
      part.instants[index] = whole.instants[i]!;
      part.firsts[index] = first;
    }
    return part;
  }

  return { readWhole, readPart };
}

function numberInstants(history: Buffer): void {
  const { firsts, crowds, instants, length } = history;
  let instant = -1;
  for (let first = 0; first < length; ) {
    let end = first + 1;
    while (end < length && firsts[end] === first) end++;
    instant++;
    for (let i = first; i < end; i++) {
      crowds[i] = end - first;
      instants[i] = instant;
    }
    first = end;
  }
}
