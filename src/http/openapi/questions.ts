import {
  answers,
  inHeader,
  inQuery,
  json,
  list,
  type Operation,
  object,
  oneOf,
  type Paths,
  ref,
  type Schema,
  text,
  whole,
} from './types.js';

const RANGE = {
  from: text('A date (midnight in timezone) or an ISO time'),
  to: text('Not included'),
  timezone: text('Default UTC'),
  week_start: text('Default monday'),
};
const GRAIN = oneOf(['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year', 'all']);
const BREAKDOWN = {
  breakdown: {
    description: 'At most three',
    ...list({ oneOf: [text('A property'), object({ cohort: text('The id of a cohort') }, ['cohort'])] }),
  },
  breakdown_limit: whole('Default 25; the rest is "$other"'),
};

const ask = (
  summary: string,
  description: string,
  question: Schema,
  example: unknown,
  answer: Schema,
): Operation => ({
  summary,
  description,
  tags: ['Questions'],
  'x-scope': 'read',
  parameters: [
    inHeader(
      'Cache-Control',
      'no-cache: computed anew; max-stale=300: an answer that is so many seconds old will do',
    ),
    inQuery(
      'explain',
      '1: plan, SQL, estimate, limit, expected time and cheaper questions instead of the answer',
      {
        type: 'string',
        enum: ['1'],
      },
    ),
  ],
  requestBody: { required: true, content: json(question, example) },
  responses: answers(200, 'The answer', answer, {
    '400': 'Not JSON',
    '422': 'A question that makes no sense, or one over the limit, with the estimate',
  }),
});

export const QUESTION_PATHS: Paths = {
  '/v1/analytics/trends': {
    post: ask(
      'How much of what, over time',
      'A table with time, event, breakdowns and value; buckets without data are there with 0 or null.',
      object(
        {
          events: list({
            allOf: [
              ref('EventMatch'),
              object({
                measure: {
                  description:
                    '"count", "users", "sessions", or {"sum" | "avg" | "min" | "max" | "median" | "p90" | "p99": property}',
                },
                label: text(),
              }),
            ],
          }),
          ...RANGE,
          grain: GRAIN,
          where: ref('Condition'),
          ...BREAKDOWN,
          compare: text('"previous": the period before'),
        },
        ['events', 'from', 'to'],
      ),
      { events: [{ event: 'signup' }], from: '2026-01-01', to: '2026-02-01', grain: 'day' },
      ref('Table'),
    ),
  },
  '/v1/analytics/funnels/analyze': {
    post: ask(
      'How many get from step to step',
      'count of a step is the number of distinct units that reached it.',
      object(
        {
          steps: list({
            allOf: [
              ref('EventMatch'),
              object({
                id: text(),
                label: text(),
                optional: { type: 'boolean' },
                within: text('A duration'),
              }),
            ],
          }),
          window: text('The conversion window: "30m", "7d"'),
          ...RANGE,
          order: oneOf(['ordered', 'strict', 'unordered']),
          ties: oneOf(['any', 'strict']),
          count: oneOf(['users', 'sessions', 'conversions']),
          reentry: oneOf(['best', 'first']),
          hold: list(text('A property that must stay the same')),
          exclusions: list(ref('EventMatch')),
          paths: list(object({ from: text(), to: text(), within: text() })),
          where: ref('Condition'),
          ...BREAKDOWN,
          attribution: text('first, last, all or step:3'),
          grain: GRAIN,
          compare: oneOf(['previous']),
          histogram: { type: 'boolean', description: 'Times to convert in bins as well' },
          value: object({ property: text(), step: whole('Default: each step its own') }, ['property']),
        },
        ['steps', 'window', 'from', 'to'],
      ),
      {
        steps: [{ event: 'signup' }, { event: 'purchase' }],
        window: '7d',
        from: '2026-01-01',
        to: '2026-02-01',
      },
      object({
        steps: list(
          object({
            index: whole(),
            label: text(),
            count: whole(),
            dropped: whole(),
            conversion_from_first: { type: ['number', 'null'] },
            conversion_from_previous: { type: ['number', 'null'] },
            median_seconds: { type: ['number', 'null'] },
            p90_seconds: { type: ['number', 'null'] },
          }),
        ),
        conversion_rate: { type: ['number', 'null'] },
        meta: object({}),
      }),
    ),
  },
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
            rates: list({ type: ['number', 'null'] }),
            complete: list({ type: 'boolean' }),
          }),
        ),
        mean: list({ type: ['number', 'null'] }),
        meta: object({}),
      }),
    ),
  },
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
  '/v1/analytics/predictions/ltv': {
    post: ask(
      'What customers will be worth',
      'BG/NBD for how often, Gamma-Gamma for how much; fitted before calibration_to, judged on what came after.',
      object(
        {
          event: text('The purchase'),
          value: text('The property that holds its amount'),
          from: text(),
          calibration_to: text('Purchases before this fit the model'),
          to: text('Those from there to here judge it'),
          grain: oneOf(['week']),
        },
        ['event', 'value', 'from', 'calibration_to', 'to'],
      ),
      {
        event: 'purchase',
        value: 'amount',
        from: '2025-01-01',
        calibration_to: '2025-07-01',
        to: '2026-01-01',
        grain: 'week',
      },
      object({
        model: text(),
        parameters: object({}),
        backtest: object({}),
        baseline: object({}),
        meta: object({}),
      }),
    ),
  },
  '/v1/analytics/stickiness': {
    post: ask(
      'On how many days of a period people come',
      'For each number of days, weeks or months of the range, how many users were active in as many.',
      object({ event: text(), any_of: list(text()), where: ref('Condition'), ...RANGE, grain: GRAIN }, [
        'from',
        'to',
      ]),
      { event: 'opened', from: '2026-01-01', to: '2026-02-01', grain: 'day' },
      object({ meta: object({}) }),
    ),
  },
  '/v1/analytics/lifecycle': {
    post: ask(
      'Who is new, who returns, who comes back, who is gone',
      'Users of each bucket by what they did in the bucket before and ever.',
      object({ event: text(), any_of: list(text()), where: ref('Condition'), ...RANGE, grain: GRAIN }, [
        'from',
        'to',
      ]),
      { event: 'opened', from: '2026-01-01', to: '2026-02-01', grain: 'week' },
      object({ meta: object({}) }),
    ),
  },
  '/v1/analytics/paths': {
    post: ask(
      'What people do one after another',
      'The most frequent sequences of events, and the links between their places.',
      object(
        {
          ...RANGE,
          where: ref('Condition'),
          start: text('Paths that begin with this event'),
          end: text('Paths that end with this event'),
          between: object({ from: text(), to: text() }),
          around: object({ event: text(), before: whole(), after: whole() }),
          events: list(text('Only these event types')),
          exclude: list(text('Not these')),
          steps: whole(),
          limit: whole(),
          gap: text('A pause that ends a path; default 30m'),
          collapse: { type: 'boolean', description: 'An event repeated at once counts as one' },
        },
        ['from', 'to'],
      ),
      { start: 'signup', from: '2026-01-01', to: '2026-02-01' },
      object({ meta: object({}) }),
    ),
  },
};
