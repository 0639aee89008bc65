/**
 * Chains of `order: "unordered"`: the most steps that distinct events within one window can fill.
 *
 * A window slides over the events; a matching between its events and the steps grows and shrinks with it. Any event that
 * matches a step is part of some largest matching, so the window may be taken to begin at an event that is used. The canonical
 * chain then takes events in time order whenever they let one more step be filled, which is the earliest at every place.
 */
import { createMatching } from './matching.js';
import { findEvent, type History, type Program, type Route, type Solver } from './program.js';

export function createUnorderedSolver(program: Program, route: Route): Solver {
  const { matches, stepCount, windowMs } = program;
  const length = route.steps.length;
  const matching = createMatching(program);
  const times = new Float64Array(length);
  /** Chains that must begin at a given instant begin at an event that matches step 1. */
  const atStepOne = program.count === 'conversions' || program.reentry === 'first';

  const matchesAny = (eventClass: number): boolean => {
    for (let step = 0; step < stepCount; step++)
      if (matches[eventClass * stepCount + step] === 1) return true;
    return false;
  };
  const useful = Uint8Array.from({ length: program.classCount }, (_, one) => (matchesAny(one) ? 1 : 0));

  function clear(): void {
    matching.clear();
    for (const step of route.steps) matching.addStep(step);
  }

  function mayBegin(history: History, first: number): boolean {
    for (let i = first; i < history.end && history.firsts[i] === first; i++) {
      const one = history.classes[i]!;
      if (atStepOne ? matches[one * stepCount + route.steps[0]!] === 1 : useful[one] === 1) return true;
    }
    return false;
  }

  /** Start of the first window that fills the most steps, and how many those are. */
  function slide(history: History, lowMs: number, highMs: number): { first: number; level: number } {
    const begin = findEvent(history, lowMs);
    let best = { first: begin, level: 0 };
    let end = begin;
    clear();
    for (let first = begin; first < history.end && history.times[first]! <= highMs; ) {
      const start = history.times[first]!;
      end = Math.max(end, first);
      // Attempts would read their window again and again if a full matching did not end it.
      for (; matching.size < length && end < history.end && history.times[end]! <= start + windowMs; end++)
        if (useful[history.classes[end]!] === 1) matching.addEvent(history.classes[end]!);
      if (matching.size > best.level && mayBegin(history, first)) best = { first, level: matching.size };
      if (best.level === length) break;
      const instant = first;
      for (; first < history.end && history.firsts[first] === instant; first++)
        if (first < end && useful[history.classes[first]!] === 1)
          matching.removeEvent(history.classes[first]!);
    }
    return best;
  }

  return {
    times,
    solve(history, lowMs, highMs) {
      const { first, level } = slide(history, lowMs, highMs);
      clear();
      for (let i = first; matching.size < level; i++)
        if (matching.addEvent(history.classes[i]!)) times[matching.size - 1] = history.times[i]!;
      return level;
    },
  };
}
