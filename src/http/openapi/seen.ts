/** What was sent, described. */
import { answers, inQuery, list, object, type Paths, text, whole } from './types.js';

export const SEEN_PATHS: Paths = {
  '/v1/analytics/events/seen': {
    get: {
      summary: 'Event types that were sent',
      description: 'Registered or not, the most frequent first, at most 1,000.',
      tags: ['Questions'],
      'x-scope': 'read',
      responses: answers(
        200,
        'Event types',
        object({
          data: list(object({ name: text(), seen: whole(), last_seen: text() })),
          next_cursor: { type: 'null' },
        }),
      ),
    },
  },
  '/v1/analytics/properties/seen': {
    get: {
      summary: 'Properties that events were sent with',
      description:
        'Of the event types named, at most twenty; of the most frequent ones when none is named. Read from the newest thousand events of each.',
      tags: ['Questions'],
      'x-scope': 'read',
      parameters: [inQuery('event', 'An event type; may be repeated')],
      responses: answers(
        200,
        'Properties',
        object({
          data: list(object({ event: text(), property: text(), types: list(text()), seen: whole() })),
          next_cursor: { type: 'null' },
        }),
      ),
    },
  },
};
