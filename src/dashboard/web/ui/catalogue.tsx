/** The names of events that were seen, for suggestions. */
import { useAnswer } from '../api.js';

interface EventTypes {
  data: { name: string }[];
}

export const useEventNames = (): readonly string[] =>
  (useAnswer<EventTypes>({ path: '/v1/analytics/event-types?limit=1000' }).data?.data ?? []).map(
    (type) => type.name,
  );
