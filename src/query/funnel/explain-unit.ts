/**
 * Explains one unit: which event filled which step, and the first reason the next step was not reached. Told along the canonical
 * chain, the one the unit's times are taken from: another chain may fail for another reason, and none gets further.
 */

import type { FunnelDefinition } from './definition.js';
import type { Program } from './program.js';
import { findChains, matchesStep, type SeenChain, type SeenEvent } from './unit-chain.js';

export type ReasonCode =
  | 'no_event' // the unit has no event of the step's types
  | 'condition_not_met' // it has, and none fulfils the step's where
  | 'outside_range' // events of the first step lie before from or from to on
  | 'property_missing' // events of the first step lack a held property
  | 'property_changed' // a later event has another held value, or none
  | 'too_early' // only before the step before
  | 'tied' // only at the same instant, and ties are strict
  | 'already_used' // the only event fills another step
  | 'window_over'
  | 'within_over'
  | 'excluded'
  | 'event_between' // strict order
  | 'not_together' // each event would do, not all at once
  | 'step_before_missing';

export interface Reason {
  readonly code: ReasonCode;
  /** The event the reason is about: the one that did not fit, or the one that was in the way. */
  readonly event?: SeenEvent;
  /** When the window or the step's own limit was over. */
  readonly atMs?: number;
}

export interface StepExplanation {
  readonly step: number;
  readonly reached: boolean;
  readonly event?: SeenEvent;
  readonly reason?: Reason;
}

export interface ChainExplanation {
  readonly complete: boolean;
  readonly steps: readonly StepExplanation[];
}

interface Telling {
  readonly program: Program;
  readonly definition: FunnelDefinition;
  readonly events: readonly SeenEvent[];
}

/** The explanations of one unit, and how many attempts have none. */
export interface UnitExplanation {
  readonly chains: readonly ChainExplanation[];
  readonly leftOut: number;
}

/** @param events all the unit's events, sorted by time, then id. One explanation, or with `conversions` one an attempt */
export function explainUnit(
  program: Program,
  definition: FunnelDefinition,
  events: readonly SeenEvent[],
): UnitExplanation {
  const telling = { program, definition, events };
  const { chains, leftOut } = findChains(program, events);
  if (chains.length === 0) return { chains: [{ complete: false, steps: explainNothing(telling) }], leftOut };
  const told = chains.map((chain) => ({ complete: chain.complete, steps: explainChain(telling, chain) }));
  return { chains: told, leftOut };
}

/** Nobody entered: the first step says why, the others have a step before them that is missing. */
function explainNothing(telling: Telling): StepExplanation[] {
  const { definition, program } = telling;
  const starts = new Set(program.routes.map(({ steps }) => steps[0]));
  return definition.steps.map((_, step) => ({
    step,
    reached: false,
    reason: starts.has(step) ? explainStart(telling, step) : { code: 'step_before_missing' },
  }));
}

function explainStart({ program, definition, events }: Telling, step: number): Reason {
  const matching = events.filter((event) => matchesStep(program, event, step));
  const inRange = matching.filter(({ t }) => t >= program.fromMs && t < program.toMs);
  if (inRange.length > 0)
    return { code: program.hold ? 'property_missing' : 'not_together', event: inRange[0]! };
  if (matching.length > 0) return { code: 'outside_range', event: matching[0]! };
  return explainAbsence(definition, events, step, program.fromMs);
}

/** No event matches: was there one of the type? The one after `afterMs`, or else the latest. */
function explainAbsence(
  { steps }: FunnelDefinition,
  events: readonly SeenEvent[],
  step: number,
  afterMs: number,
): Reason {
  const typed = events.filter(({ event }) => steps[step]!.events.includes(event));
  const event = typed.find(({ t }) => t >= afterMs) ?? typed.at(-1);
  return event ? { code: 'condition_not_met', event } : { code: 'no_event' };
}

function explainChain(telling: Telling, chain: SeenChain): StepExplanation[] {
  const { definition, program } = telling;
  const { filled, reached, route } = chain;
  const required = route.steps.filter((step) => program.graph || program.optional[step] === 0);
  const missing = required.find((step) => !filled.has(step));
  return definition.steps.map((_, step) => {
    const event = filled.get(step) ?? chain.optional.get(step);
    if (event) return { step, reached: true, event };
    // In a graph other paths may pass here.
    if (reached.has(step) && program.order !== 'unordered') return { step, reached: true };
    if (program.order === 'unordered')
      return { step, reached: false, reason: explainUnordered(telling, chain, step) };
    const isNext = step === missing || program.optional[step] === 1;
    const reason: Reason = isNext ? explainNext(telling, chain, step) : { code: 'step_before_missing' };
    return { step, reached: false, reason };
  });
}

function explainUnordered({ program, definition, events }: Telling, chain: SeenChain, step: number): Reason {
  const matching = events.filter((event) => matchesStep(program, event, step));
  if (matching.length === 0) return explainAbsence(definition, events, step, chain.startMs);
  const endMs = chain.startMs + program.windowMs;
  const inside = matching.filter(({ t }) => t >= chain.startMs && t <= endMs);
  if (inside.length > 0) {
    const other = inside.find(({ held }) => program.hold && held !== chain.held);
    return other ? { code: 'property_changed', event: other } : { code: 'already_used', event: inside[0]! };
  }
  const later = matching.find(({ t }) => t > endMs);
  return later
    ? { code: 'window_over', event: later, atMs: endMs }
    : { code: 'too_early', event: matching.at(-1)! };
}

/** Why no event fills the step after the chain's last: the first rule that the nearest candidate breaks. */
function explainNext(telling: Telling, chain: SeenChain, step: number): Reason {
  const { program, definition, events } = telling;
  const before = [...chain.filled].filter(([one]) => one < step || program.graph).map(([, event]) => event);
  const last = before.reduce((latest, event) => (event.t >= latest.t ? event : latest));
  const matching = events.filter((event) => matchesStep(program, event, step));
  if (matching.length === 0) return explainAbsence(definition, events, step, last.t);
  const free = matching.filter((event) => !before.includes(event) && event.t >= last.t);
  if (free.length === 0) {
    const used = matching.find((event) => before.includes(event));
    return used ? { code: 'already_used', event: used } : { code: 'too_early', event: matching.at(-1)! };
  }
  const following = program.ties === 'strict' ? free.filter(({ t }) => t > last.t) : free;
  if (following.length === 0) return { code: 'tied', event: free[0]! };
  const held = program.hold ? following.filter((event) => event.held === chain.held) : following;
  if (held.length === 0) return { code: 'property_changed', event: following[0]! };
  return explainCandidate(telling, chain, step, last, held[0]!);
}

function explainCandidate(
  { program, events }: Telling,
  chain: SeenChain,
  step: number,
  last: SeenEvent,
  candidate: SeenEvent,
): Reason {
  const { route, startMs } = chain;
  const endMs = startMs + program.windowMs;
  if (candidate.t > endMs) return { code: 'window_over', event: candidate, atMs: endMs };
  const position = route.steps.indexOf(step);
  const withinMs = position > 0 ? route.withinMs[position]! : Number.POSITIVE_INFINITY;
  if (candidate.t - last.t > withinMs)
    return { code: 'within_over', event: candidate, atMs: last.t + withinMs };
  for (const span of route.spans) {
    const from = chain.filled.get(route.steps[span.from]!);
    if (!from || position <= span.from || position > span.to) continue;
    const excluded = program.excluded[span.exclusion]!;
    const event = events.find(({ t, class: one }) => excluded[one] === 1 && t > from.t && t < candidate.t);
    if (event) return { code: 'excluded', event };
  }
  if (program.order === 'strict') {
    const used = new Set(chain.filled.values());
    const between = events.find(
      (event) => event.t >= last.t && event.t < candidate.t && !used.has(event) && event !== candidate,
    );
    if (between) return { code: 'event_between', event: between };
  }
  return { code: 'not_together', event: candidate };
}
