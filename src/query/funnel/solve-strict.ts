/**
 * Chains of `order: "strict"`: no other event of the unit stands between two neighbours of the chain.
 *
 * The events of one instant can be put in any order, so a chain takes the last r of the instant it begins in, all events of
 * each instant it passes through, and the first q of the one it ends in. At the end of an instant a chain of length p that
 * may still go on is therefore determined by p alone: counting back p events, whole instants at a time, leads to its start. So
 * one pass over the instants with at most one open chain for each length is exhaustive.
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

/** A chain that may go on: the positions filled so far, linked back instant by instant. */
interface Link {
  readonly length: number;
  readonly instant: number;
  readonly startMs: number;
  readonly before: Link | undefined;
}

/** Instant of a position of the chain. */
function readTime(link: Link, position: number): number {
  let one = link;
  while (one.before && one.before.length > position) one = one.before;
  return one.instant;
}

export function createStrictSolver(program: Program, route: Route): Solver {
  const { windowMs, matches, stepCount } = program;
  const { steps, withinMs, spans } = route;
  const length = steps.length;
  const runLimit = program.ties === 'strict' ? 1 : length;
  const matching = createMatching(program);
  const times = new Float64Array(length);
  const candidate = new Float64Array(length);

  /** How many positions from `from` on distinct events first…end−1 can fill. */
  function countRun(history: History, first: number, end: number, from: number): number {
    if (end - first === 1) return matches[history.classes[first]! * stepCount + steps[from]!]!;
    matching.clear();
    for (let i = first; i < end; i++) matching.addEvent(history.classes[i]!);
    let run = 0;
    while (run < runLimit && from + run < length && matching.addStep(steps[from + run]!)) run++;
    return run;
  }

  function mayGoOn(history: History, link: Link, instant: number): boolean {
    const position = link.length;
    if (instant - link.startMs > windowMs || instant - link.instant > withinMs[position]!) return false;
    return spans.every(
      (span) =>
        position <= span.from ||
        position > span.to ||
        findLatestBefore(history.excludedTimes[span.exclusion]!, instant) <= readTime(link, span.from),
    );
  }

  /** Keeps the chain link + run positions at the instant when it is longer than the best, or as long and earlier. */
  function offer(level: number, link: Link | undefined, run: number, instant: number): number {
    const reached = (link?.length ?? 0) + run;
    if (reached < level || reached === 0) return level;
    candidate.fill(instant, link?.length ?? 0, reached);
    for (let one = link; one; one = one.before)
      candidate.fill(one.instant, one.before?.length ?? 0, one.length);
    if (reached === level) {
      let position = 0;
      while (position < level && candidate[position] === times[position]) position++;
      if (position === level || candidate[position]! > times[position]!) return level;
    }
    times.set(candidate.subarray(0, reached));
    return reached;
  }

  return {
    times,
    solve(history, lowMs, highMs) {
      let level = 0;
      let open: Link[] = [];
      let previous = -2;
      for (let first = findEvent(history, lowMs); first < history.end; ) {
        const instant = history.times[first]!;
        let end = first + 1;
        while (end < history.end && history.firsts[end] === first) end++;
        if (history.instants[first]! !== previous + 1) open = [];
        previous = history.instants[first]!;
        if (instant > highMs && open.length === 0) break;
        const crowd = history.crowds[first]!;
        const next: Link[] = [];
        for (const link of open) {
          if (!mayGoOn(history, link, instant)) continue;
          const run = countRun(history, first, end, link.length);
          level = offer(level, link, run, instant);
          if (run >= crowd && link.length + crowd < length)
            next.push({ length: link.length + crowd, instant, startMs: link.startMs, before: link });
        }
        if (instant >= lowMs && instant <= highMs) {
          const run = countRun(history, first, end, 0);
          level = offer(level, undefined, run, instant);
          for (let size = 1; size <= run && size < length; size++)
            next.push({ length: size, instant, startMs: instant, before: undefined });
        }
        open = next;
        first = end;
      }
      return level;
    },
  };
}
