/**
 * How a funnel will be answered. The plan is a value: everything that was decided and why, before any SQL is written.
 *
 * window-funnel  the engine's windowFunnel gives every unit's level, nothing else leaves the engine. Exact when no event can
 *                match two steps and no rule but order and window applies. It knows no times and no values, so it answers
 *                questions that ask for counts only
 * fold           the engine prunes, sorts and groups each unit's events; the judge computes the rest. Exact for everything
 */

import type { UnitKind } from '../event-rows.js';
import type { Range } from '../time/buckets.js';
import { MAX_INSTANT_MS } from '../time/instant.js';
import type { Matchers } from './classes.js';
import type { Compiled } from './compile.js';
import type { FunnelDefinition } from './definition.js';
import type { Dimension, FunnelQuestion, FunnelValue } from './request.js';

export type Strategy = 'window-funnel' | 'fold';

export interface FunnelPlan {
  readonly strategy: Strategy;
  readonly reason: string;
  readonly unit: UnitKind;
  readonly range: Range;
  /** Events before this instant may be part of a chain: the range and one window. */
  readonly untilMs: number;
  readonly definition: FunnelDefinition;
  readonly breakdown: readonly Dimension[];
  readonly value: FunnelValue | undefined;
  readonly matchers: Matchers;
  /** Steps a chain may begin with. */
  readonly startSteps: readonly number[];
  /** Steps a chain may fill after its first. */
  readonly laterSteps: readonly number[];
  readonly persons: FunnelQuestion['persons'];
}

/** windowFunnel takes 32 conditions. */
const MAX_WINDOW_FUNNEL_STEPS = 32;

/** Why windowFunnel would not be exact, or could not tell what is asked; undefined when it is and can. */
function findObstacle(question: FunnelQuestion, compiled: Compiled): string | undefined {
  const { definition } = question;
  if (question.times) return "times to convert need each unit's chain, not only its level";
  if (question.breakdown.length > 0) return 'a breakdown needs the events of each chain';
  if (question.value) return 'values need the events of each chain';
  if (question.trend) return 'a trend needs the instant each chain begins';
  if (definition.graph) return 'a graph has several paths';
  if (definition.order !== 'ordered') return `the order is ${definition.order}`;
  if (definition.ties !== 'any') return 'ties are strict';
  if (definition.count === 'conversions') return 'one unit may convert several times';
  if (definition.reentry !== 'best') return 'only the first entry counts';
  if (definition.hold.length > 0) return 'properties are held';
  if (definition.exclusions.length > 0) return 'events are excluded';
  if (definition.steps.some(({ withinMs }) => withinMs !== undefined)) return 'a step has within';
  if (definition.steps.some(({ optional }) => optional)) return 'a step is optional';
  if (definition.steps.length > MAX_WINDOW_FUNNEL_STEPS)
    return `there are more than ${MAX_WINDOW_FUNNEL_STEPS} steps`;
  return compiled.program.disjoint ? undefined : 'an event may match two steps';
}

export function planFunnel(question: FunnelQuestion, compiled: Compiled, unit: UnitKind): FunnelPlan {
  const { definition, range } = question;
  const obstacle = findObstacle(question, compiled);
  const all = [...definition.steps.keys()];
  const untilMs = Math.min(range.toMs + definition.windowMs, MAX_INSTANT_MS);
  return {
    strategy: obstacle === undefined ? 'window-funnel' : 'fold',
    reason: obstacle ?? 'no event can match two steps, and only order and window rule',
    unit,
    range,
    untilMs,
    definition,
    breakdown: question.breakdown,
    value: question.value,
    matchers: compiled.matchers,
    persons: question.persons,
    laterSteps:
      definition.order === 'unordered'
        ? all
        : [...new Set(compiled.program.routes.flatMap(({ steps }) => steps.slice(1)))],
    startSteps:
      definition.order === 'unordered' && definition.count !== 'conversions' && definition.reentry === 'best'
        ? all
        : [...new Set(compiled.program.routes.map((route) => route.steps[0]!))],
  };
}
