/** What is asked on the funnel screen, as the address keeps it, and the funnel it means. */
import { type Condition, toWhere } from '../ui/conditions.js';

export interface AskedStep {
  /** One event, or alternatives. */
  events: string[];
  where: Condition[];
  optional: boolean;
  /** Longest time since the step before; empty for none of its own. */
  within: string;
}

export interface AskedFunnel {
  steps: AskedStep[];
  window: string;
  order: string;
  ties: string;
  count: string;
  reentry: string;
  /** Alternatives of a step are branches, each counted on its own. */
  branches: boolean;
  /** Names of properties and events, with commas. */
  hold: string;
  excluded: string;
  breakdown: string[];
  attribution: string;
  compare: boolean;
  grain: string;
  from: string;
  to: string;
  timezone: string;
}

export const EMPTY_STEP: AskedStep = { events: [''], where: [], optional: false, within: '' };

export const splitNames = (text: string): string[] => text.split(',').flatMap((name) => name.trim() || []);

const filledEvents = ({ events }: AskedStep): string[] => events.filter((event) => event !== '');

/** The steps as one row, alternatives as `any_of`. */
function composeRow(steps: readonly AskedStep[]): object {
  return {
    steps: steps.map((step) => {
      const events = filledEvents(step);
      return {
        ...(events.length === 1 ? { event: events[0] } : { any_of: events }),
        where: toWhere(step.where),
        ...(step.optional ? { optional: true } : {}),
        ...(step.within === '' ? {} : { within: step.within }),
      };
    }),
  };
}

/** The steps as a graph: every alternative a node, an edge from each to all those of the next step. */
function composeGraph(steps: readonly AskedStep[]): object {
  const nodes = steps.map((step, i) =>
    filledEvents(step).map((event, j) => ({ id: `s${i + 1}_${j + 1}`, event, where: toWhere(step.where) })),
  );
  const paths = nodes.slice(1).flatMap((next, i) =>
    nodes[i]!.flatMap((from) =>
      next.map((to) => ({
        from: from.id,
        to: to.id,
        ...(steps[i + 1]!.within === '' ? {} : { within: steps[i + 1]!.within }),
      })),
    ),
  );
  return { steps: nodes.flat(), paths };
}

/** What is saved of a funnel; undefined while fewer than two steps have an event. */
export function composeDefinition(asked: AskedFunnel): Record<string, unknown> | undefined {
  const steps = asked.steps.filter((step) => filledEvents(step).length > 0);
  if (steps.length < 2) return undefined;
  const { window, order, ties, count, reentry } = asked;
  const hold = splitNames(asked.hold);
  const excluded = splitNames(asked.excluded);
  return {
    ...(asked.branches ? composeGraph(steps) : composeRow(steps)),
    window,
    order,
    ties,
    count,
    ...(count === 'conversions' ? {} : { reentry }),
    ...(hold.length > 0 ? { hold } : {}),
    ...(excluded.length > 0 ? { exclusions: excluded.map((event) => ({ event })) } : {}),
  };
}

/** The whole question. */
export function composeQuestion(asked: AskedFunnel): Record<string, unknown> | undefined {
  const definition = composeDefinition(asked);
  if (!definition) return undefined;
  const { from, to, timezone, attribution, grain } = asked;
  const breakdown = asked.breakdown.filter((property) => property !== '');
  return {
    ...definition,
    from,
    to,
    timezone,
    ...(breakdown.length > 0 ? { breakdown, attribution } : {}),
    ...(asked.compare ? { compare: 'previous' } : {}),
    ...(grain === '' ? {} : { grain }),
  };
}

interface SavedStep {
  event?: string;
  any_of?: string[];
  optional?: boolean;
  within?: string;
}

/** A saved funnel as the screen asks it: what the screen has no field for (conditions, graphs) is asked as it was saved. */
export function readDefinition(
  definition: Readonly<Record<string, unknown>>,
): Partial<AskedFunnel> | undefined {
  const steps = definition.steps as (SavedStep & { where?: unknown })[];
  if (definition.paths !== undefined || steps.some(({ where }) => where !== undefined)) return undefined;
  const text = (name: string, otherwise: string): string => String(definition[name] ?? otherwise);
  return {
    steps: steps.map(({ event, any_of, optional = false, within = '' }) => ({
      ...EMPTY_STEP,
      events: any_of ?? [event ?? ''],
      optional,
      within,
    })),
    window: text('window', '7d'),
    order: text('order', 'ordered'),
    ties: text('ties', 'any'),
    count: text('count', 'users'),
    reentry: text('reentry', 'best'),
    hold: ((definition.hold as string[] | undefined) ?? []).join(', '),
    excluded: ((definition.exclusions as { event?: string }[] | undefined) ?? [])
      .flatMap(({ event }) => event ?? [])
      .join(', '),
  };
}
