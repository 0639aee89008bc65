/** From a funnel question to the program the solvers run: routes for optional steps and graphs, spans for exclusions. */
import { refuseField } from '../request.js';
import { type ClassTable, createClassTable, listMatchers, type Matchers } from './classes.js';
import type { FunnelDefinition } from './definition.js';
import { areDisjoint } from './disjoint.js';
import { listBetween } from './graph.js';
import type { Program, Route, Span } from './program.js';
import type { FunnelQuestion } from './request.js';

/** Each optional step that has to be tried both ways doubles the routes. */
const MAX_TRIED_OPTIONAL = 6;

export interface Compiled {
  readonly program: Program;
  readonly matchers: Matchers;
  readonly table: ClassTable;
}

/** @throws RequestError 422 when optional steps make more routes than are tried */
export function compileFunnel(question: FunnelQuestion): Compiled {
  const { definition, range } = question;
  const matchers = listMatchers(question);
  const table = createClassTable(matchers);
  const program: Program = {
    order: definition.order,
    ties: definition.ties,
    count: definition.count,
    reentry: definition.reentry,
    fromMs: range.fromMs,
    toMs: range.toMs,
    windowMs: definition.windowMs,
    stepCount: definition.steps.length,
    matches: table.matches,
    classCount: table.classCount,
    excluded: table.excluded,
    routes: listRoutes(definition),
    graph: definition.graph !== undefined,
    optional: Uint8Array.from(definition.steps, (step) => (step.optional ? 1 : 0)),
    disjoint: isDisjoint(matchers),
    hold: definition.hold.length > 0,
    attribution: question.breakdown.length > 0 ? question.attribution : undefined,
    amounts: question.value !== undefined,
  };
  return { program, matchers, table };
}

/** Whether no event can match two of the steps. */
export function isDisjoint({ list, ofStep }: Matchers): boolean {
  return ofStep.every((a, i) => ofStep.slice(i + 1).every((b) => a !== b && areDisjoint(list[a]!, list[b]!)));
}

function listRoutes(definition: FunnelDefinition): Route[] {
  const { steps, graph } = definition;
  if (graph) return graph.paths.map((path) => createRoute(definition, path));
  const all = [...steps.keys()];
  const optional = all.filter((step) => steps[step]!.optional);
  const tried = listTried(definition, optional);
  if (tried.length > MAX_TRIED_OPTIONAL)
    throw refuseField(
      'steps',
      `At most ${MAX_TRIED_OPTIONAL} steps may be optional where the order is strict or a later step has within.`,
    );
  const choose = (upTo: number, target?: number): Route[] => {
    const open = tried.filter((step) => step < upTo && step !== target);
    return Array.from({ length: 2 ** open.length }, (_, choice) => {
      const taken = open.filter((_, bit) => (choice >> bit) & 1);
      const route = all.filter(
        (step) => step === target || (step < upTo && (!steps[step]!.optional || taken.includes(step))),
      );
      return createRoute(definition, route, target);
    });
  };
  return [...choose(steps.length), ...optional.flatMap((step) => choose(step, step))];
}

/**
 * Optional steps whose filling may let the chain reach further: where neighbours must be close in time or adjacent. Others
 * only cost a chain events, so the level is found without them.
 */
function listTried({ order, steps }: FunnelDefinition, optional: readonly number[]): readonly number[] {
  if (order === 'strict') return optional;
  return optional.filter((step) => {
    const required = steps.findIndex((one, index) => index > step && !one.optional);
    return steps.slice(step + 1, required + 1).some(({ withinMs }) => withinMs !== undefined);
  });
}

function createRoute(definition: FunnelDefinition, route: readonly number[], target?: number): Route {
  const { steps, graph } = definition;
  const withinMs = route.map((step, position) => {
    const edge = graph?.edges.find(({ from, to }) => to === step && from === route[position - 1]);
    return (
      (edge ? edge.withinMs : position === 0 ? undefined : steps[step]!.withinMs) ?? Number.POSITIVE_INFINITY
    );
  });
  const base = { steps: route, withinMs, spans: listSpans(definition, route) };
  return target === undefined ? base : { ...base, target };
}

/**
 * An exclusion looks at the part of the route between its two steps: from the first to the last position there. Without them at
 * all of it, wherever the paths of a graph begin and end.
 */
function listSpans({ exclusions, graph }: FunnelDefinition, route: readonly number[]): Span[] {
  return exclusions.flatMap(({ from, to }, exclusion) => {
    const between = graph && listBetween(graph, from, to);
    const inside = route.flatMap((step, position) =>
      (between ? between.has(step) : step >= (from ?? 0) && step <= (to ?? step)) ? [position] : [],
    );
    const first = inside[0];
    const last = inside[inside.length - 1];
    return first === undefined || last === undefined || first === last
      ? []
      : [{ exclusion, from: first, to: last }];
  });
}
