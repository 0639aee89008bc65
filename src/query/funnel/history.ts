/**
 * Turns a unit's decoded events into the histories the solvers read: the whole unit, a view on its block, and its parts by held
 * or breakdown value, sorted apart into buffers of their own. Buffers are reused from unit to unit.
 */
import type { History, Program } from './program.js';

/**
 * A unit's events as they come from the engine, sorted by time: events begin…end−1 of a block's columns. `holds` numbers the
 * held values (0: some held property is absent), `values` the breakdown's; both count from 1 within the unit.
 */
export interface Unit {
  begin: number;
  end: number;
  readonly times: Float64Array;
  readonly classes: Uint16Array;
  readonly holds: Uint32Array | undefined;
  readonly values: Uint32Array | undefined;
  /** Numbers that are added up, NaN for none; undefined when none are asked for. */
  readonly amounts?: Float64Array | undefined;
}

/** A history whose events also know their breakdown value and their number; empty where none is asked for. */
export interface ValuedHistory extends History {
  readonly values: Uint32Array;
  readonly amounts: Float64Array;
}

interface Buffer {
  times: Float64Array;
  classes: Uint16Array;
  firsts: Int32Array;
  crowds: Int32Array;
  instants: Int32Array;
  values: Uint32Array;
  amounts: Float64Array;
}

const createBuffer = (size: number): Buffer => ({
  times: new Float64Array(size),
  classes: new Uint16Array(size),
  firsts: new Int32Array(size),
  crowds: new Int32Array(size),
  instants: new Int32Array(size),
  values: new Uint32Array(size),
  amounts: new Float64Array(size),
});

const grow = (buffer: Buffer, size: number): Buffer =>
  buffer.times.length >= size ? buffer : createBuffer(2 ** Math.ceil(Math.log2(size)));

const NO_VALUES = new Uint32Array(0);
const NO_AMOUNTS = new Float64Array(0);

/** Events of one part share its key. */
export interface Part extends ValuedHistory {
  readonly key: number;
}

export interface HistoryReader {
  /** The whole unit up to event `end`. Overwritten by the next call. */
  readWhole(unit: Unit, end: number): ValuedHistory;
  /**
   * The parts of the unit last read whole, by the key of each event (a small whole number; events of key 0 are left out), in
   * the order of the keys. Overwritten by the next call with the same `place`.
   */
  split(place: 'parts' | 'starts', keyOf: (index: number) => number, keyCount: number): Part[];
}

export function createHistoryReader(program: Program): HistoryReader {
  const strict = program.order === 'strict';
  let marks = createBuffer(0);
  const buffers = { parts: createBuffer(0), starts: createBuffer(0) };
  let whole: ValuedHistory | undefined;

  function listExcluded(unit: Unit, end: number, excluded: Uint8Array): Float64Array {
    const times: number[] = [];
    for (let i = unit.begin; i < end; i++) if (excluded[unit.classes[i]!] === 1) times.push(unit.times[i]!);
    return Float64Array.from(times);
  }

  function readWhole(unit: Unit, end: number): ValuedHistory {
    marks = grow(marks, unit.times.length);
    const { begin, times } = unit;
    const { firsts } = marks;
    let first = begin;
    for (let i = begin; i < end; i++) {
      if (times[i] !== times[first]) first = i;
      firsts[i] = first;
    }
    if (strict) numberInstants(marks, begin, end);
    whole = {
      begin,
      end,
      times,
      classes: unit.classes,
      firsts,
      crowds: marks.crowds,
      instants: marks.instants,
      values: unit.values ?? NO_VALUES,
      amounts: unit.amounts ?? NO_AMOUNTS,
      excludedTimes: program.excluded.map((excluded) => listExcluded(unit, end, excluded)),
    };
    return whole;
  }

  function split(place: 'parts' | 'starts', keyOf: (index: number) => number, keyCount: number): Part[] {
    const { begin, end, times, classes, crowds, instants, values, amounts, excludedTimes } = whole!;
    buffers[place] = grow(buffers[place], end - begin);
    const to = buffers[place];
    // Counting sort by key; within a key the order of time stays.
    const ends = new Int32Array(keyCount + 1);
    for (let i = begin; i < end; i++) ends[keyOf(i)]!++;
    ends[0] = 0;
    const parts: Part[] = [];
    for (let key = 1; key <= keyCount; key++) {
      const from = ends[key - 1]!;
      const until = from + ends[key]!;
      ends[key] = until;
      if (until > from) parts.push({ ...to, begin: from, end: until, excludedTimes, key });
    }
    const next = Int32Array.from({ length: keyCount + 1 }, (_, key) => (key === 0 ? 0 : ends[key - 1]!));
    for (let i = begin; i < end; i++) {
      const key = keyOf(i);
      if (key === 0) continue;
      const at = next[key]!++;
      to.times[at] = times[i]!;
      to.classes[at] = classes[i]!;
      to.values[at] = values[i] ?? 0;
      to.amounts[at] = amounts[i] ?? Number.NaN;
      to.crowds[at] = crowds[i]!;
      to.instants[at] = instants[i]!;
      const before = at > ends[key - 1]! ? at - 1 : -1;
      to.firsts[at] = before >= 0 && to.times[before] === to.times[at] ? to.firsts[before]! : at;
    }
    return parts;
  }

  return { readWhole, split };
}

/** How many events share each event's instant, and the instant's number. */
function numberInstants({ firsts, crowds, instants }: Buffer, begin: number, end: number): void {
  let instant = 0;
  for (let first = begin; first < end; instant++) {
    let next = first + 1;
    while (next < end && firsts[next] === first) next++;
    for (let i = first; i < next; i++) {
      crowds[i] = next - first;
      instants[i] = instant;
    }
    first = next;
  }
}
