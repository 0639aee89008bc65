/**
 * The canonical chain of an ordered route, in time linear in the events.
 *
 * Fix a length. Every rule of a chain bounds one position's instant by a growing function of another's: a later event no
 * earlier than the one before it (t_i ≤ t_j), the window, `within` and exclusions no later than a deadline that an earlier event
 * sets (t_j ≤ d(t_i), and a later t_i never means an earlier deadline: for an exclusion the deadline is the next excluded
 * event). Rules of that form have this property: of two chains, the one that takes at each position the earlier of the
 * two instants is a chain as well. So, if there is any chain, there is one that is earliest at all positions at once. That
 * one is the canonical chain, and it is found by raising lower bounds: start each position at its earliest matching
 * event; while a rule is broken, move the one position that can mend it to its next event; no chain can use what was
 * passed over. Positions only move forward, so all of it costs at most one pass over the events for each position.
 * Lengths are tried in turn, each continuing from the chain of the length before.
 *
 * Distinctness keeps the property. Only events of one instant can be wanted twice; the positions that stand at one instant
 * are neighbours, and they fit when a matching gives each its own event. If positions p…j do not fit while p…j−1 do, no
 * chain has j there, and j moves on.
 *
 * Rejected: the latest possible start kept for each step (what the usual fold does) gives the level but no canonical chain, and
 * needs more than one start a step once an exclusion begins at a later step than the first; backtracking is exponential.
 */
import { createMatching } from './matching.js';
import {
  findEvent,
  findLatestBefore,
  type History,
  type Program,
  type Route,
  type Solver,
} from './program.js';

/** Whether the steps at positions from…to of the route can be filled by distinct events of the instant that begins at `first`. */
function createFit(
  program: Program,
  route: Route,
): (history: History, first: number, from: number, to: number) => boolean {
  const matching = createMatching(program);
  let lastHistory: History | undefined;
  let lastFirst = -1;
  return (history, first, from, to) => {
    const { firsts, classes, end } = history;
    // Nearly always the instant has fewer events than positions stand at it.
    if (first + to - from >= end || firsts[first + to - from] !== first) return false;
    if (history === lastHistory && first === lastFirst) matching.clearSteps();
    else {
      matching.clear();
      for (let i = first; i < end && firsts[i] === first; i++) matching.addEvent(classes[i]!);
      lastHistory = history;
      lastFirst = first;
    }
    for (let position = from; position <= to; position++)
      if (!matching.addStep(route.steps[position]!)) return false;
    return true;
  };
}

export function createOrderedSolver(program: Program, route: Route): Solver {
  const { matches, stepCount, windowMs, disjoint } = program;
  const length = route.steps.length;
  const strictTies = program.ties === 'strict';
  const { steps, withinMs } = route;
  const hasWithin = withinMs.some((ms) => ms !== Number.POSITIVE_INFINITY);
  const spans = route.spans;
  const fits = createFit(program, route);
  /** Event each position stands at, and its copy while a longer chain is tried. */
  const at = new Int32Array(length);
  const kept = new Int32Array(length);
  const times = new Float64Array(length);

  let history: History;
  let highMs = 0;
  /** No chain can use a later event. */
  let limitMs = 0;

  /** Moves a position to the first matching event from `index` on that is not before `instant`. False when there is none. */
  function move(position: number, index: number, instant: number): boolean {
    const { times: eventTimes, classes, end } = history;
    const step = steps[position]!;
    for (let i = index; i < end && eventTimes[i]! <= limitMs; i++)
      if (eventTimes[i]! >= instant && matches[classes[i]! * stepCount + step] === 1) {
        at[position] = i;
        return true;
      }
    return false;
  }

  /** Makes a position follow the one before it, by distinct events. */
  function order(position: number): boolean {
    const { times: eventTimes, firsts } = history;
    const before = at[position - 1]!;
    const instant = eventTimes[before]!;
    const own = eventTimes[at[position]!]!;
    if (own > instant) return true;
    if (strictTies) return moveAfter(position, instant);
    if (own < instant && !move(position, Math.max(at[position]!, firsts[before]!), instant)) return false;
    if (disjoint || eventTimes[at[position]!]! > instant) return true;
    const first = firsts[before]!;
    let from = position - 1;
    while (from > 0 && firsts[at[from - 1]!] === first) from--;
    return fits(history, first, from, position) || moveAfter(position, instant);
  }

  function moveAfter(position: number, instant: number): boolean {
    const { times: eventTimes, end } = history;
    let index = at[position]!;
    while (index < end && eventTimes[index]! <= instant) index++;
    return move(position, index, instant);
  }

  /**
   * Mends what is broken among positions 0…last after position `changed` moved. False when no chain of this length is left.
   * Forward: each position follows its predecessor. Backward: whoever sets a deadline that is missed moves up.
   */
  function settle(changed: number, last: number): boolean {
    const { times: eventTimes, excludedTimes } = history;
    let dirty = changed;
    for (;;) {
      for (let position = Math.max(dirty, 1); position <= last; position++)
        if (!order(position)) return false;
      dirty = last + 1;
      for (const span of spans) {
        const end = Math.min(span.to, last);
        if (end <= span.from) continue;
        const latest = findLatestBefore(excludedTimes[span.exclusion]!, eventTimes[at[end]!]!);
        if (eventTimes[at[span.from]!]! >= latest) continue;
        if (!move(span.from, at[span.from]!, latest)) return false;
        dirty = Math.min(dirty, span.from);
      }
      if (hasWithin)
        for (let position = last; position >= 1; position--) {
          const earliest = eventTimes[at[position]!]! - withinMs[position]!;
          if (eventTimes[at[position - 1]!]! >= earliest) continue;
          if (!move(position - 1, at[position - 1]!, earliest)) return false;
          dirty = Math.min(dirty, position - 1);
        }
      const earliest = eventTimes[at[last]!]! - windowMs;
      if (eventTimes[at[0]!]! < earliest) {
        if (!move(0, at[0]!, earliest)) return false;
        dirty = 0;
      }
      if (eventTimes[at[0]!]! > highMs) return false;
      if (dirty > last) return true;
    }
  }

  return {
    times,
    solve(given, lowMs, high) {
      history = given;
      highMs = high;
      limitMs = high + windowMs;
      let level = 0;
      while (level < length) {
        for (let position = 0; position < level; position++) kept[position] = at[position]!;
        const start = level === 0 ? findEvent(history, lowMs) : history.firsts[at[level - 1]!]!;
        if (!move(level, start, lowMs) || !settle(level, level)) {
          for (let position = 0; position < level; position++) at[position] = kept[position]!;
          break;
        }
        level++;
      }
      for (let position = 0; position < level; position++) times[position] = history.times[at[position]!]!;
      return level;
    },
  };
}
