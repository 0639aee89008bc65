/**
 * Funnels by trying everything. For each unit every chain is listed by backtracking and judged by the sentences of
 * SEMANTICS; nothing is skipped, sorted out beforehand or remembered. Only for units of a few events.
 */
import { holds, type OracleEvent, readProperty, type Where } from './condition.js';

interface OracleMatch {
  event?: string;
  any_of?: string[];
  where?: Where;
}

/** A funnel request, with durations in milliseconds so that this file need not read them. */
export interface OracleFunnel {
  steps: (OracleMatch & { id?: string; optional?: boolean; within?: number })[];
  window: number;
  from: number;
  to: number;
  order?: 'ordered' | 'strict' | 'unordered';
  ties?: 'any' | 'strict';
  count?: 'users' | 'sessions' | 'conversions';
  reentry?: 'best' | 'first' | 'every';
  hold?: string[];
  exclusions?: (OracleMatch & { from_step?: number; to_step?: number })[];
  paths?: { from: string; to: string; within?: number }[];
  breakdown?: string[];
  attribution?: string;
  value?: { property: string; step?: number };
}

/** A chain: the step of each event, by index into the unit's events. */
interface Link {
  readonly step: number;
  readonly event: number;
}
type Chain = readonly Link[];

/** What one unit, attempt, or unit for one value contributes. */
export interface OracleOutcome {
  reached: number[];
  deltas: (number | undefined)[];
  start: number;
  total: number | undefined;
  /** Values the attributed event may have: more than one when tied events could stand there. JSON texts. */
  values: string[];
  /** The smallest number the event at each required place may have, when asked for; not for graphs. */
  amounts: (number | undefined)[];
  /** For graphs: edges "a>b" and whole paths "a>b>c" with a chain, and the paths the canonical chain may have. */
  edges: string[];
  paths: string[];
  firstPaths: string[];
}

const matches = (match: OracleMatch, event: OracleEvent): boolean =>
  (match.any_of ?? [match.event]).includes(event.event) && holds(match.where, event);

export function judgeUnit(asked: OracleFunnel, unsorted: readonly OracleEvent[]): OracleOutcome[] {
  const funnel: OracleFunnel = asked.reentry === 'every' ? { ...asked, count: 'conversions' } : asked;
  const events = [...unsorted].sort((a, b) => a.t - b.t);
  if (funnel.breakdown && funnel.attribution === 'all') {
    const values = new Set(events.map((event) => readValue(funnel, event)));
    return [...values].flatMap((value) =>
      countUnit(funnel, events, (event) => readValue(funnel, event) === value).map((one) => ({
        ...one,
        values: [value],
      })),
    );
  }
  return countUnit(funnel, events, () => true);
}

/** The number of an event that is added up, undefined when the property is no number. */
export function readAmount(funnel: OracleFunnel, event: OracleEvent): number | undefined {
  const value = readProperty(event, funnel.value!.property);
  return typeof value === 'number' ? value : undefined;
}

function listAmounts(
  funnel: OracleFunnel,
  events: readonly OracleEvent[],
  canonical: readonly Chain[],
): (number | undefined)[] {
  if (!funnel.value) return [];
  return canonical[0]!.map((_, position) => {
    const amounts = canonical.map((chain) => readAmount(funnel, events[chain[position]!.event]!));
    return amounts.filter((amount) => amount !== undefined).sort((a, b) => a - b)[0];
  });
}

export const readValue = (funnel: OracleFunnel, event: OracleEvent): string =>
  JSON.stringify(funnel.breakdown!.map((name) => readProperty(event, name) ?? null));

function countUnit(
  funnel: OracleFunnel,
  events: readonly OracleEvent[],
  allowed: (event: OracleEvent) => boolean,
): OracleOutcome[] {
  const chains = listChains(funnel, events).filter((chain) =>
    chain.every(({ event }) => allowed(events[event]!)),
  );
  const starts = startSteps(funnel);
  const begins = (event: OracleEvent): boolean =>
    event.t >= funnel.from &&
    event.t < funnel.to &&
    starts.some((step) => matches(funnel.steps[step]!, event));
  /** Chains that begin at an event that matches step 1 and stands at this instant. */
  const beginningAt = (t: number): Chain[] =>
    chains.filter((chain) => {
      const first = events[chain[0]!.event]!;
      const atInstant = chain.some(({ event }) => events[event]!.t === t && begins(events[event]!));
      return first.t === t && (funnel.order === 'unordered' ? atInstant : begins(first));
    });
  if (funnel.count === 'conversions') {
    const outcomes: OracleOutcome[] = [];
    const all = funnel.attribution === 'all' && funnel.breakdown ? events.filter(allowed) : events;
    let cursor = Number.NEGATIVE_INFINITY;
    for (;;) {
      const start = all.find((event) => begins(event) && event.t > cursor);
      if (!start) return outcomes;
      const mine = beginningAt(start.t);
      const outcome = summarise(funnel, events, mine);
      if (outcome) outcomes.push(outcome);
      cursor = start.t + (outcome?.total ?? funnel.window);
    }
  }
  const first = events.find(begins);
  const usable = funnel.reentry !== 'first' ? chains : first === undefined ? [] : beginningAt(first.t);
  const outcome = summarise(funnel, events, usable);
  return outcome ? [outcome] : [];
}

const requiredSteps = (funnel: OracleFunnel): number[] =>
  [...funnel.steps.keys()].filter((step) => !funnel.steps[step]!.optional);

const idOf = (funnel: OracleFunnel, step: number): string => funnel.steps[step]!.id ?? String(step + 1);

function startSteps(funnel: OracleFunnel): number[] {
  if (!funnel.paths) return [0];
  return [...funnel.steps.keys()].filter(
    (step) => !funnel.paths!.some(({ to }) => to === idOf(funnel, step)),
  );
}

/** Steps that may follow a step. */
function nextSteps(funnel: OracleFunnel, step: number): number[] {
  const all = [...funnel.steps.keys()];
  if (funnel.paths) {
    const targets = funnel.paths.filter(({ from }) => from === idOf(funnel, step)).map(({ to }) => to);
    return all.filter((one) => targets.includes(idOf(funnel, one)));
  }
  if (funnel.order === 'unordered') return all;
  return all.filter(
    (one) =>
      one > step &&
      all.every((skipped) => skipped <= step || skipped >= one || funnel.steps[skipped]!.optional),
  );
}

function listChains(funnel: OracleFunnel, events: readonly OracleEvent[]): Chain[] {
  const found: Chain[] = [];
  const extend = (chain: Chain): void => {
    found.push(chain);
    const last = chain[chain.length - 1]!;
    for (const step of nextSteps(funnel, last.step))
      for (let event = 0; event < events.length; event++) {
        if (chain.some((link) => link.event === event || link.step === step)) continue;
        if (!matches(funnel.steps[step]!, events[event]!)) continue;
        const longer = [...chain, { step, event }];
        if (isChain(funnel, events, longer)) extend(longer);
      }
  };
  const starts = funnel.order === 'unordered' ? [...funnel.steps.keys()] : startSteps(funnel);
  for (const step of starts)
    for (let event = 0; event < events.length; event++)
      if (matches(funnel.steps[step]!, events[event]!) && isChain(funnel, events, [{ step, event }]))
        extend([{ step, event }]);
  return found;
}

/** Every rule of a chain, for a chain of any length. Prefixes of chains are chains, so extending one by one finds all. */
function isChain(funnel: OracleFunnel, events: readonly OracleEvent[], chain: Chain): boolean {
  const t = chain.map(({ event }) => events[event]!.t);
  const last = t.length - 1;
  if (t[0]! < funnel.from || t[0]! >= funnel.to) return false;
  for (let i = 1; i <= last; i++) {
    if (t[i]! < t[i - 1]!) return false;
    if (funnel.ties === 'strict' && funnel.order !== 'unordered' && t[i] === t[i - 1]) return false;
    const edge = funnel.paths?.find(
      ({ from, to }) => from === idOf(funnel, chain[i - 1]!.step) && to === idOf(funnel, chain[i]!.step),
    );
    const within = edge?.within ?? funnel.steps[chain[i]!.step]!.within;
    if (within !== undefined && t[i]! - t[i - 1]! > within) return false;
  }
  if (t[last]! - t[0]! > funnel.window) return false;
  return (
    holdsTogether(funnel, events, chain) &&
    isFree(funnel, events, chain) &&
    isConsecutive(funnel, events, chain)
  );
}

function holdsTogether(funnel: OracleFunnel, events: readonly OracleEvent[], chain: Chain): boolean {
  return (funnel.hold ?? []).every((name) => {
    const values = chain.map(({ event }) => JSON.stringify(readProperty(events[event]!, name)));
    return values[0] !== undefined && values.every((value) => value === values[0]);
  });
}

function isFree(funnel: OracleFunnel, events: readonly OracleEvent[], chain: Chain): boolean {
  return (funnel.exclusions ?? []).every((exclusion) => {
    const { from_step, to_step } = exclusion;
    const inside = chain.filter(
      ({ step }) =>
        (from_step === undefined || isBetween(funnel, from_step - 1, step)) &&
        (to_step === undefined || isBetween(funnel, step, to_step - 1)),
    );
    if (inside.length < 2) return true;
    const begin = events[inside[0]!.event]!.t;
    const end = events[inside[inside.length - 1]!.event]!.t;
    return !events.some((event) => matches(exclusion, event) && event.t > begin && event.t < end);
  });
}

/** Whether a chain can lead from one step to the other. */
function isBetween(funnel: OracleFunnel, from: number, to: number): boolean {
  if (!funnel.paths) return from <= to;
  return from === to || nextSteps(funnel, from).some((step) => isBetween(funnel, step, to));
}

/** Strict order: can the unit's events be put in an order that respects time and has the chain's events side by side? */
function isConsecutive(funnel: OracleFunnel, events: readonly OracleEvent[], chain: Chain): boolean {
  if (funnel.order !== 'strict') return true;
  const used = new Set(chain.map(({ event }) => event));
  const begin = events[chain[0]!.event]!.t;
  const end = events[chain[chain.length - 1]!.event]!.t;
  // An event strictly between first and last instant cannot be moved out of the way; one at those instants can.
  return !events.some((event, index) => !used.has(index) && event.t > begin && event.t < end);
}

function compareTimes(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

const earliest = (chains: readonly (readonly number[])[]): readonly number[] | undefined =>
  [...chains].sort(compareTimes)[0];

function summarise(
  funnel: OracleFunnel,
  events: readonly OracleEvent[],
  chains: readonly Chain[],
): OracleOutcome | undefined {
  if (chains.length === 0) return undefined;
  return funnel.paths ? summariseGraph(funnel, events, chains) : summariseSteps(funnel, events, chains);
}

function summariseSteps(
  funnel: OracleFunnel,
  events: readonly OracleEvent[],
  chains: readonly Chain[],
): OracleOutcome {
  const required = requiredSteps(funnel);
  const requiredLinks = (chain: Chain): Chain => chain.filter(({ step }) => !funnel.steps[step]!.optional);
  const timesOf = (chain: Chain): number[] => chain.map(({ event }) => events[event]!.t);
  const level = Math.max(...chains.map((chain) => requiredLinks(chain).length));
  const longest = chains.map(requiredLinks).filter((links) => links.length === level);
  const times = earliest(longest.map(timesOf))!;
  const canonical = longest.filter((links) => compareTimes(timesOf(links), times) === 0);
  const reached = required.slice(0, level);
  const deltas: (number | undefined)[] = funnel.steps.map(() => undefined);
  for (let i = 1; i < level; i++) deltas[required[i]!] = times[i]! - times[i - 1]!;
  for (const step of funnel.steps.keys()) {
    if (!funnel.steps[step]!.optional) continue;
    const filling = chains.filter((chain) => chain[chain.length - 1]!.step === step);
    if (filling.length === 0) continue;
    reached.push(step);
    const best = earliest(
      filling.map((chain) =>
        timesOf(chain.filter((link) => link.step === step || !funnel.steps[link.step]!.optional)),
      ),
    )!;
    deltas[step] = best[best.length - 1]! - best[best.length - 2]!;
  }
  return {
    reached: reached.sort((a, b) => a - b),
    deltas,
    start: times[0]!,
    total: level === required.length ? times[level - 1]! - times[0]! : undefined,
    values: listValues(funnel, events, canonical),
    amounts: listAmounts(funnel, events, canonical),
    edges: [],
    paths: [],
    firstPaths: [],
  };
}

function listValues(
  funnel: OracleFunnel,
  events: readonly OracleEvent[],
  canonical: readonly Chain[],
): string[] {
  if (!funnel.breakdown) return [];
  const attribution = funnel.attribution ?? 'first';
  const none = JSON.stringify(funnel.breakdown.map(() => null));
  const values = canonical.map((chain) => {
    const wanted = Number(attribution.split(':')[1]) - 1;
    const link =
      attribution === 'first'
        ? chain[0]
        : attribution === 'last'
          ? chain[chain.length - 1]
          : funnel.order === 'unordered'
            ? chain[wanted]
            : chain.find(({ step }) => step === wanted);
    return link ? readValue(funnel, events[link.event]!) : none;
  });
  return [...new Set(values)];
}

function summariseGraph(
  funnel: OracleFunnel,
  events: readonly OracleEvent[],
  chains: readonly Chain[],
): OracleOutcome {
  const timesOf = (chain: Chain): number[] => chain.map(({ event }) => events[event]!.t);
  const nameOf = (chain: Chain): string => chain.map(({ step }) => idOf(funnel, step)).join('>');
  const whole = chains.filter((chain) => nextSteps(funnel, chain[chain.length - 1]!.step).length === 0);
  const longest = Math.max(...chains.map((chain) => chain.length));
  const candidates = whole.length > 0 ? whole : chains.filter((chain) => chain.length === longest);
  const times = earliest(candidates.map(timesOf))!;
  const canonical = candidates.filter((chain) => compareTimes(timesOf(chain), times) === 0);
  const edges = chains.flatMap((chain) => (chain.length > 1 ? [nameOf(chain.slice(-2))] : []));
  return {
    reached: [...new Set(chains.map((chain) => chain[chain.length - 1]!.step))].sort((a, b) => a - b),
    deltas: [],
    start: times[0]!,
    total: whole.length > 0 ? times[times.length - 1]! - times[0]! : undefined,
    values: listValues(funnel, events, canonical),
    amounts: [],
    edges: [...new Set(edges)].sort(),
    paths: [...new Set(whole.map(nameOf))].sort(),
    firstPaths: whole.length > 0 ? [...new Set(canonical.map(nameOf))] : [],
  };
}
