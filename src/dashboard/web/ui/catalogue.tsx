/** Names that were seen, for suggestions. What cannot be read is suggested as nothing: one can always type. */
import { type Answer, useAnswer } from '../api.js';

interface EventsSeen {
  data: { name: string }[];
}

const SEEN = '/v1/analytics/events/seen';

/** Event types that were stored, the most frequent first. */
export const useEventsSeen = (refreshMs?: number): Answer<EventsSeen> =>
  useAnswer<EventsSeen>({ path: SEEN }, refreshMs);

export const useEventNames = (): readonly string[] =>
  (useEventsSeen().data?.data ?? []).map((type) => type.name);

/** Properties that hold for every event and person. */
const ALWAYS = [
  'in_cohort',
  'event.user_id',
  'event.session_id',
  'context.page.path',
  'context.campaign.source',
];

interface PropertiesSeen {
  data: { event: string; property: string }[];
}

/** Properties seen with the events, or with the most frequent ones when none is named. */
export function useProperties(events: readonly string[]): readonly string[] {
  const named = [...new Set(events.filter((event) => event !== ''))].sort();
  const query = new URLSearchParams(named.map((event) => ['event', event]));
  const { data } = useAnswer<PropertiesSeen>({ path: `/v1/analytics/properties/seen?${query}` });
  return [...new Set([...(data?.data ?? []).map(({ property }) => property), ...ALWAYS])];
}
