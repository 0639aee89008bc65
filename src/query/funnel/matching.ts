/**
 * Which steps distinct events can fill: a matching between steps and events that grows and shrinks one event at a time
 * (augmenting paths). Events of one class are interchangeable, so the graph is between steps and classes, a class having as
 * many places as it has events. Steps and classes are few; events may be many.
 */
import type { Program } from './program.js';

export interface Matching {
  /** Forgets steps and events. */
  clear(): void;
  /** Forgets steps; events stay, all of them free. */
  clearSteps(): void;
  /** Adds an event; true when it could be used to fill one step more. */
  addEvent(eventClass: number): boolean;
  /** Takes an event away again; true when a step had to be given up. */
  removeEvent(eventClass: number): boolean;
  /** Adds a step to be filled; true when it could be. */
  addStep(step: number): boolean;
  /** Whether one more event of the class would fill one step more. Changes nothing. */
  wouldGrow(eventClass: number): boolean;
  readonly size: number;
}

export function createMatching({
  matches,
  stepCount,
  classCount,
}: Pick<Program, 'matches' | 'stepCount' | 'classCount'>): Matching {
  const places = new Int32Array(classCount);
  const used = new Int32Array(classCount);
  /** Class whose place the step takes, -1 when it is unfilled. */
  const filledBy = new Int32Array(stepCount).fill(-1);
  const steps: number[] = [];
  const classes: number[] = [];
  const seen = new Int32Array(classCount);
  let round = 0;
  let size = 0;

  /** Finds a place for the step, moving others if need be. Classes seen in this round are known to lead nowhere. */
  function fill(step: number): boolean {
    for (const one of classes) {
      if (seen[one] === round || places[one] === 0 || matches[one * stepCount + step] === 0) continue;
      seen[one] = round;
      if (used[one]! < places[one]!) {
        used[one]!++;
        filledBy[step] = one;
        return true;
      }
      for (const other of steps) {
        if (filledBy[other] !== one) continue;
        filledBy[other] = -1;
        if (fill(other)) {
          filledBy[step] = one;
          return true;
        }
        filledBy[other] = one;
      }
    }
    return false;
  }

  function fillAny(): boolean {
    round++;
    for (const step of steps)
      if (filledBy[step] === -1 && fill(step)) {
        size++;
        return true;
      }
    return false;
  }

  function addEvent(eventClass: number): boolean {
    if (places[eventClass]!++ === 0 && !classes.includes(eventClass)) classes.push(eventClass);
    return size < steps.length && fillAny();
  }

  function removeEvent(eventClass: number): boolean {
    places[eventClass]!--;
    if (used[eventClass]! <= places[eventClass]!) return false;
    used[eventClass]!--;
    size--;
    const step = steps.find((one) => filledBy[one] === eventClass)!;
    filledBy[step] = -1;
    round++;
    if (!fill(step)) return true;
    size++;
    return false;
  }

  function clearSteps(): void {
    for (const one of classes) used[one] = 0;
    for (const step of steps) filledBy[step] = -1;
    steps.length = 0;
    size = 0;
  }

  return {
    clearSteps,
    clear() {
      clearSteps();
      for (const one of classes) places[one] = 0;
      classes.length = 0;
    },
    addEvent,
    removeEvent,
    addStep(step) {
      steps.push(step);
      round++;
      if (!fill(step)) return false;
      size++;
      return true;
    },
    wouldGrow(eventClass) {
      const grew = addEvent(eventClass);
      removeEvent(eventClass);
      return grew;
    },
    get size() {
      return size;
    },
  };
}
