/** The names of events that were seen, for suggestions. */
import { useAnswer } from '../api.js';

interface EventsSeen {
  data: { name: string }[];
}

export const useEventNames = (): readonly string[] =>
  (useAnswer<EventsSeen>({ path: '/v1/analytics/events/seen' }).data?.data ?? []).map((type) => type.name);
