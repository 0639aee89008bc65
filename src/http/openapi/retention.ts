/** Retention, described. */
import { ask, BREAKDOWN, RANGE } from './ask.js';
import { flag, list, maybeNumber, object, oneOf, type Paths, ref, text, whole } from './types.js';

export const RETENTION_PATHS: Paths = {
  '/v1/analytics/retention': {
    post: ask(
      'Who comes back, and when',
      'Each row is the bucket of a user’s start; counts[k] are those with a return event later than their start, k buckets on.',
      object(
        {
          start: ref('EventMatch'),
          return: ref('EventMatch'),
          ...RANGE,
          grain: oneOf(['hour', 'day', 'week', 'month', 'quarter']),
          periods: whole(),
          mode: oneOf(['first_time', 'recurring', 'first_ever']),
          criterion: oneOf(['on', 'on_or_after']),
          min_times: whole(),
          windows: oneOf(['calendar', 'rolling']),
          brackets: list(list(whole())),
          value: { oneOf: [object({ sum: text() }, ['sum']), object({ avg: text() }, ['avg'])] },
          ...BREAKDOWN,
        },
        ['start', 'from', 'to'],
      ),
      {
        start: { event: 'signup' },
        return: { event: 'purchase' },
        grain: 'week',
        from: '2026-01-01',
        to: '2026-02-01',
      },
      object({
        periods: list(
          object({
            start: text(),
            size: whole(),
            counts: list(whole()),
            rates: list(maybeNumber),
            complete: list(flag),
          }),
        ),
        mean: list(maybeNumber),
        meta: ref('Meta'),
      }),
    ),
  },
};
