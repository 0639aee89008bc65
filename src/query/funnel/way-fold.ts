/** What units did after a step of their canonical chain, until the next step or instead of it. */
import type { NativeBlock } from '../native-result.js';
import type { Outcome } from './chain-search.js';
import type { Compiled } from './compile.js';
import type { WaysTask } from './fold-task.js';
import { decodeBlock } from './histories.js';
import type { Unit } from './history.js';
import { createJudge } from './judge.js';
import { findEvent } from './program.js';

/** Different ways that are told apart; those first met later are counted together. */
const WAYS_TOLD_MAX = 200_000;

/** How a way ends: at the next step, nowhere, or beyond the places looked at. */
export type WayEnd = 'next' | 'end' | 'more';
const ENDS: readonly WayEnd[] = ['next', 'end', 'more'];

export interface Ways {
  readonly reached: number;
  readonly converted: number;
  /** Source and target are places in the list of observed event types; source -1 is the step, a target may be how it ends. */
  readonly links: readonly {
    readonly place: number;
    readonly source: number;
    readonly target: number | WayEnd;
    readonly units: number;
  }[];
  readonly ways: readonly {
    readonly events: readonly number[];
    readonly end: WayEnd;
    readonly units: number;
  }[];
  /** Units whose ways were not told apart. */
  readonly others: number;
  /** Keys of units with more matching events than were looked at. */
  readonly truncated: readonly string[];
}

export async function foldWays(
  { question, plan, position, length, collapse, limit }: WaysTask,
  { program, table }: Compiled,
  blocks: AsyncIterable<NativeBlock>,
): Promise<Ways> {
  const judge = createJudge(program, question.maxEventsPerUnit);
  const { observed } = table;
  // Names at a place: the step, the observed types, the ends. A link is one number.
  const base = question.observed.length + ENDS.length + 1;
  const links = new Map<number, number>();
  const ways = new Map<string, number>();
  let reached = 0;
  let converted = 0;
  let others = 0;
  const truncated: string[] = [];

  /** Observed events strictly between two instants, tied ones in the order of their names; at most one more than there are places. */
  function listBetween(unit: Unit, afterMs: number, beforeMs: number): number[] {
    const found: number[] = [];
    for (let i = findEvent(unit, afterMs + 1); i < unit.end && unit.times[i]! < beforeMs; ) {
      const instant = unit.times[i]!;
      const tied: number[] = [];
      for (; i < unit.end && unit.times[i] === instant; i++) tied.push(observed[unit.classes[i]!]!);
      for (const one of tied.sort((a, b) => a - b))
        if (one >= 0 && !(collapse && one === found.at(-1))) found.push(one);
      if (found.length > length) break;
    }
    return found;
  }

  const addLink = (place: number, source: number, target: number): void => {
    const key = (place * base + source + 1) * base + target;
    links.set(key, (links.get(key) ?? 0) + 1);
  };

  function addWay(events: readonly number[], end: number): void {
    let source = -1;
    events.forEach((one, place) => {
      addLink(place, source, one);
      source = one;
    });
    addLink(events.length, source, question.observed.length + end);
    const key = `${events.join()}|${end}`;
    const known = ways.get(key);
    if (known === undefined && ways.size >= WAYS_TOLD_MAX) others++;
    else ways.set(key, (known ?? 0) + 1);
  }

  function add(unit: Unit, { level, times, startMs }: Outcome): void {
    if (level <= position) return;
    reached++;
    const goesOn = level > position + 1;
    if (goesOn) converted++;
    const untilMs = goesOn ? times[position + 1]! : startMs + program.windowMs + 1;
    const events = listBetween(unit, times[position]!, untilMs);
    if (events.length > length) addWay(events.slice(0, length), 2);
    else addWay(events, goesOn ? 0 : 1);
  }

  for await (const native of blocks) {
    const block = decodeBlock(native, plan, table);
    for (let row = 0; row < block.rows; row++) {
      const unit = block.moveTo(row);
      const cut = judge.judge(
        unit,
        () => 0,
        (outcome) => add(unit, outcome),
      );
      if (cut) truncated.push(String(block.keyOf(row)));
    }
  }
  const nameTarget = (target: number): number | WayEnd =>
    target < question.observed.length ? target : ENDS[target - question.observed.length]!;
  return {
    reached,
    converted,
    others,
    truncated,
    links: [...links].map(([key, units]) => ({
      place: Math.floor(key / base / base),
      source: (Math.floor(key / base) % base) - 1,
      target: nameTarget(key % base),
      units,
    })),
    ways: [...ways]
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .slice(0, limit)
      .map(([key, units]) => {
        const [events, end] = key.split('|') as [string, string];
        return { events: events === '' ? [] : events.split(',').map(Number), end: ENDS[Number(end)]!, units };
      }),
  };
}
