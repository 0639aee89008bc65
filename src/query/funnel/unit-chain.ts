/** The canonical chains of one unit with the events themselves, which the judge does not need and a person wants to see. */
import { createJudge } from './judge.js';
import type { Program, Route } from './program.js';

/** One event as the engine saw it. */
export interface SeenEvent {
  readonly id: string;
  readonly event: string;
  readonly t: number;
  readonly class: number;
  /** JSON text of the held properties together, '' when one is absent. */
  readonly held: string;
}

/** A chain: the event at each filled step. `route` is the way it went, or came furthest on. */
export interface SeenChain {
  readonly route: Route;
  readonly filled: ReadonlyMap<number, SeenEvent>;
  /** The event of each optional step reached, of the earliest chain that fills it. */
  readonly optional: ReadonlyMap<number, SeenEvent>;
  /** Steps reached, optional ones included, whether or not their event is in `filled`. */
  readonly reached: ReadonlySet<number>;
  readonly held: string;
  readonly startMs: number;
  readonly complete: boolean;
}

/** Attempts that are told of; a person looks at few. */
const MAX_CHAINS = 20;

export const matchesStep = (
  { matches, stepCount }: Program,
  { class: one }: SeenEvent,
  step: number,
): boolean => matches[one * stepCount + step] === 1;

/** What is told of a unit. */
export interface SeenChains {
  readonly chains: readonly SeenChain[];
  /** Attempts after those that are told of. */
  readonly leftOut: number;
}

/** @param events all the unit's events, sorted by time, then id. One chain, or with `conversions` one an attempt */
export function findChains(program: Program, events: readonly SeenEvent[]): SeenChains {
  const byHeld = groupByHeld(events);
  const numbers = new Map([...byHeld.keys()].map((held, index) => [held, index + 1]));
  const chains: SeenChain[] = [];
  let leftOut = 0;
  createJudge({ ...program, attribution: undefined, amounts: false }, events.length).judge(
    {
      begin: 0,
      end: events.length,
      times: Float64Array.from(events, ({ t }) => t),
      classes: Uint16Array.from(events, (event) => event.class),
      holds: Uint32Array.from(events, ({ held }) => numbers.get(held) ?? 0),
      values: undefined,
      amounts: undefined,
    },
    () => 0,
    ({ route, level, times, reached, complete, startMs, optionalChains }) => {
      if (chains.length === MAX_CHAINS) {
        leftOut++;
        return;
      }
      const way = program.routes[route]!;
      const steps = way.steps.filter((step) => program.graph || program.optional[step] === 0).slice(0, level);
      const chain = {
        route: way,
        complete,
        startMs,
        reached: new Set([...reached.keys()].filter((step) => reached[step] === 1)),
      };
      const chosen = chooseEvents(program, events, byHeld, steps, Array.from(times.subarray(0, level)));
      const optional = new Map<number, SeenEvent>();
      for (const [step, { route: to, times: at }] of optionalChains)
        optional.set(
          step,
          chooseEvents(program, events, byHeld, to.steps, at, chosen.filled).filled.get(step)!,
        );
      chains.push({ ...chain, ...chosen, optional });
    },
  );
  return { chains, leftOut };
}

/** Events by their held values; those without are left out. There may be as many values as events. */
function groupByHeld(events: readonly SeenEvent[]): Map<string, SeenEvent[]> {
  const groups = new Map<string, SeenEvent[]>();
  for (const event of events) {
    if (event.held === '') continue;
    const group = groups.get(event.held);
    if (group) group.push(event);
    else groups.set(event.held, [event]);
  }
  return groups;
}

/**
 * Events for the instants of a chain; of several held values the one whose text is smallest. Where tied events would do, a step has
 * the one it has in `beside`, and others do without.
 */
function chooseEvents(
  program: Program,
  events: readonly SeenEvent[],
  byHeld: ReadonlyMap<string, readonly SeenEvent[]>,
  steps: readonly number[],
  times: readonly number[],
  beside: ReadonlyMap<number, SeenEvent> = new Map(),
): Pick<SeenChain, 'filled' | 'held'> {
  const begins = new Set(events.filter(({ t }) => t === times[0]).map(({ held }) => held));
  for (const held of program.hold ? [...begins].sort() : ['']) {
    const mine = program.hold ? (byHeld.get(held) ?? []) : events;
    const filled =
      program.order === 'unordered'
        ? fillUnordered(program, mine, times)
        : fillAtInstants(program, mine, steps, times, beside);
    if (filled) return { filled, held };
  }
  throw new Error('a chain that the judge found has no events');
}

/** Fills a step with one of its candidates, moving others if need be. Whether it could be. */
function fill(
  step: number,
  candidates: (step: number) => readonly SeenEvent[],
  taken: Map<SeenEvent, number>,
  seen: Set<SeenEvent>,
): boolean {
  for (const event of candidates(step)) {
    if (seen.has(event)) continue;
    seen.add(event);
    const holder = taken.get(event);
    if (holder !== undefined && !fill(holder, candidates, taken, seen)) continue;
    taken.set(event, step);
    return true;
  }
  return false;
}

const invert = (taken: ReadonlyMap<SeenEvent, number>): Map<number, SeenEvent> =>
  new Map([...taken].map(([event, step]) => [step, event]));

function fillAtInstants(
  program: Program,
  events: readonly SeenEvent[],
  steps: readonly number[],
  times: readonly number[],
  beside: ReadonlyMap<number, SeenEvent>,
): Map<number, SeenEvent> | undefined {
  const taken = new Map<SeenEvent, number>();
  const used = new Set(beside.values());
  const candidates = (step: number): SeenEvent[] => {
    const rank = (event: SeenEvent): number => (beside.get(step) === event ? 0 : used.has(event) ? 2 : 1);
    return events
      .filter((event) => event.t === times[steps.indexOf(step)] && matchesStep(program, event, step))
      .sort((a, b) => rank(a) - rank(b));
  };
  return steps.every((step) => fill(step, candidates, taken, new Set())) ? invert(taken) : undefined;
}

/** Events at the chain's instants, as many at each as the chain has, and the steps they fill together. */
function fillUnordered(
  program: Program,
  events: readonly SeenEvent[],
  times: readonly number[],
): Map<number, SeenEvent> | undefined {
  const all = [...program.routes[0]!.steps];
  const chosen: SeenEvent[] = [];
  let size = 0;
  for (const event of events) {
    if (!times.includes(event.t) || size === times.length) continue;
    const taken = new Map<SeenEvent, number>();
    const candidates = (step: number): SeenEvent[] =>
      [...chosen, event].filter((one) => matchesStep(program, one, step));
    const filled = all.filter((step) => fill(step, candidates, taken, new Set())).length;
    if (filled <= size) continue;
    size = filled;
    chosen.push(event);
  }
  if (size < times.length) return undefined;
  const taken = new Map<SeenEvent, number>();
  const candidates = (step: number): SeenEvent[] => chosen.filter((one) => matchesStep(program, one, step));
  for (const step of all) fill(step, candidates, taken, new Set());
  return invert(taken);
}
