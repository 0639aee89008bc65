/** Which event types are looked at between the steps of a funnel. */

import { listEventsSeen } from '../catalogue/events-seen.js';
import type { QueryContext } from '../context.js';
import { refuseField } from '../request.js';
import type { FunnelQuestion } from './request.js';

/** Each is one more class of events that is read. */
export const OBSERVED_MAX = 50;

/**
 * The types asked for, or the project's most frequent ones, in the order of their names.
 * @param steps whether types of the funnel's own steps are among the latter
 */
export async function chooseObserved(
  context: QueryContext,
  { definition }: FunnelQuestion,
  asked: readonly string[] | undefined,
  steps: 'with steps' | 'without steps',
): Promise<string[]> {
  if (asked) return [...new Set(asked)].sort();
  const own = new Set(definition.steps.flatMap(({ events }) => events));
  const seen = (await listEventsSeen(context)).map(({ name }) => name);
  return seen
    .filter((name) => steps === 'with steps' || !own.has(name))
    .slice(0, OBSERVED_MAX)
    .sort();
}

/** What only an analysis answers. @throws RequestError 422 */
export function refuseAnalysis({ breakdown, trend, value, previous, histogram }: FunnelQuestion): void {
  const asked = { breakdown: breakdown.length > 0, grain: trend, value, compare: previous, histogram };
  for (const [name, is] of Object.entries(asked))
    if (is) throw refuseField(name, `Ask for ${name} with /v1/analytics/funnels/analyze.`);
}
