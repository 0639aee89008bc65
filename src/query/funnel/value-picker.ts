/**
 * Which breakdown value a chain has at one of its positions. Where several tied events could stand there, the smallest value
 * is taken, so that the answer does not depend on the order events arrived in.
 */

import type { ValuedHistory } from './history.js';
import { createMatching } from './matching.js';
import { findEvent, type Program, type Route } from './program.js';

type Compare = (a: number, b: number) => number;

/** Value at the attributed position of the chain with these instants, -1 when the chain does not reach it. */
export type ValuePicker = (
  history: ValuedHistory,
  route: Route,
  times: Float64Array,
  reached: number,
  lastPosition: number,
  compare: Compare,
) => number;

/** The events that stand at a position of some chain with these instants. */
export type EventLister = (
  history: ValuedHistory,
  route: Route,
  times: Float64Array,
  reached: number,
  position: number,
) => readonly number[];

export function createEventLister(program: Program): EventLister {
  const { matches, stepCount } = program;
  const matching = createMatching(program);

  /** Whether the event can stand at the position while the others at its instant get events of their own. */
  function fitsOrdered(
    history: ValuedHistory,
    route: Route,
    times: Float64Array,
    reached: number,
    position: number,
    event: number,
  ): boolean {
    if (matches[history.classes[event]! * stepCount + route.steps[position]!] !== 1) return false;
    const instant = times[position]!;
    const others: number[] = [];
    for (let i = 0; i < reached; i++)
      if (i !== position && times[i] === instant) others.push(route.steps[i]!);
    if (others.length === 0) return true;
    matching.clear();
    const first = history.firsts[event]!;
    for (let i = first; i < history.end && history.firsts[i] === first; i++)
      if (i !== event) matching.addEvent(history.classes[i]!);
    return others.every((step) => matching.addStep(step));
  }

  /** Unordered: an event of the instant is in some canonical chain when it fills a step more than all events before the instant. */
  function listUnordered(
    history: ValuedHistory,
    route: Route,
    times: Float64Array,
    position: number,
  ): number[] {
    matching.clear();
    for (const step of route.steps) matching.addStep(step);
    let i = findEvent(history, times[0]!);
    for (; history.times[i]! < times[position]!; i++) matching.addEvent(history.classes[i]!);
    const events: number[] = [];
    for (; i < history.end && history.times[i] === times[position]; i++)
      if (matching.wouldGrow(history.classes[i]!)) events.push(i);
    return events;
  }

  return (history, route, times, reached, position) => {
    if (program.order === 'unordered') return listUnordered(history, route, times, position);
    const events: number[] = [];
    const first = findEvent(history, times[position]!);
    for (let i = first; i < history.end && history.times[i] === times[position]; i++)
      if (fitsOrdered(history, route, times, reached, position, i)) events.push(i);
    return events;
  };
}

export function createValuePicker(program: Program, listEvents: EventLister): ValuePicker {
  const { attribution } = program;

  function findPosition(route: Route, reached: number, lastPosition: number): number {
    if (attribution?.kind === 'last') return lastPosition;
    if (attribution?.kind !== 'step') return 0;
    if (program.order === 'unordered') return attribution.step < reached ? attribution.step : -1;
    const position = route.steps.indexOf(attribution.step);
    return position < reached ? position : -1;
  }

  return (history, route, times, reached, lastPosition, compare) => {
    const position = findPosition(route, reached, lastPosition);
    if (position < 0) return -1;
    let least = -1;
    for (const event of listEvents(history, route, times, reached, position)) {
      const value = history.values[event]!;
      if (least === -1 || compare(value, least) < 0) least = value;
    }
    return least;
  };
}

/** The smallest number among events that could stand at one place, NaN when none has one. */
export function findLeastAmount({ amounts }: ValuedHistory, events: readonly number[]): number {
  let least = Number.NaN;
  for (const event of events) least = pickLess(least, amounts[event]!);
  return least;
}

/** The smaller of two numbers, either of which may be NaN: not there. */
export const pickLess = (a: number, b: number): number => (Number.isNaN(a) || b < a ? b : a);
