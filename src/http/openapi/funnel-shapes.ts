/** Shapes of what funnels answer, beside their analysis. */
import { pageOf } from './schemas.js';
import {
  answers,
  flag,
  json,
  list,
  maybeNumber,
  number,
  type Operation,
  object,
  oneOf,
  ref,
  text,
  whole,
} from './types.js';

export const FUNNEL_NOT_FOUND = { '404': 'No such funnel' };
export const FUNNEL_REFUSED = { '422': 'The funnel makes no sense; errors[] names each place' };

export const RATE = maybeNumber;

export const FUNNEL = object({
  name: text(undefined, { maxLength: 200 }),
  steps: list({ type: 'object', description: 'As in POST /v1/analytics/funnels/analyze' }),
  window: text('"7d"'),
  order: text(),
  ties: text(),
  count: text(),
  reentry: text(),
  hold: list(text()),
  exclusions: list({ type: 'object' }),
  paths: list({ type: 'object' }),
});

const TRUNCATED = object({ truncated_units: list(text('Of whom not all matching events were looked at')) });
/** What every answer of a funnel says about itself. */
export const FUNNEL_META = { allOf: [ref('Meta'), TRUNCATED] };

export const MEMBERS = {
  allOf: [
    pageOf(object({ user_id: text(), session_id: text('Where the funnel counts sessions') })),
    object({ meta: FUNNEL_META }),
  ],
};
export const EXPLAINED = object({
  user_id: text(),
  chains: list(
    object({
      session_id: text(),
      complete: flag,
      steps: list(
        object({
          index: whole(),
          label: text(),
          reached: flag,
          event: { type: ['object', 'null'], description: 'The event that filled the step' },
          reason: { type: ['object', 'null'], description: 'Why none did: code, message, event' },
        }),
      ),
    }),
  ),
  meta: object({
    events_read: whole(),
    truncated: flag,
    chains_left_out: whole('Attempts after the first 20 of a unit, which are told of'),
  }),
});
export const STATES = ['reached', 'dropped'];
const SHARE = { entered: whole(), converted: whole(), conversion_rate: RATE };
export const FACTORS = object({
  ...SHARE,
  factors: list(
    object({
      kind: oneOf(['property', 'event']),
      name: text(),
      value: { description: 'Of a property; null where the entry does not have it' },
      units: whole('Units with it'),
      converted: whole('Of those'),
      conversion_rate: number,
      conversion_rate_without: number,
      lift: { type: ['number', 'null'], description: 'The first rate by the second' },
      p_value: number,
      q_value: { type: 'number', description: 'Adjusted for all candidates' },
      significant: flag,
      test: oneOf(['z', 'fisher']),
    }),
  ),
  tested: whole('Candidates compared'),
  skipped: list(object({ name: text(), reason: text() })),
  meta: FUNNEL_META,
});
const PLACE = { place: whole('0 is the step'), units: whole() };
export const WAYS = object({
  step: object({ index: whole(), label: text() }),
  next: object({ index: whole(), label: text() }),
  reached: whole(),
  converted: whole(),
  dropped: whole(),
  nodes: list(object({ ...PLACE, event: text('Or "$next", "$end", "$more", "$other"') })),
  links: list(object({ ...PLACE, source: text(), target: text() })),
  ways: list(object({ events: list(text()), units: whole() })),
  meta: FUNNEL_META,
});
const SAVED_COHORT = object({
  id: text(),
  name: text(),
  static: flag,
  created_at: text(),
  meta: TRUNCATED,
});
export const CSV_NOTE =
  'As CSV by ?format=csv or the Accept header text/csv: up to 100,000 users, the cursor of the rest in the header X-Next-Cursor; X-Truncated-Units is the number of units that were not computed whole.';

/** Saves people of a funnel in the body. */
export const saveInBody = (summary: string): Operation => ({
  summary,
  tags: ['Questions'],
  'x-scope': 'define',
  requestBody: {
    required: true,
    content: json(
      object({ name: text(), step: whole('From 1'), state: oneOf(STATES), from: text(), to: text() }),
    ),
  },
  responses: answers(201, 'The cohort, with how many of its people are known', SAVED_COHORT, {
    ...FUNNEL_NOT_FOUND,
    ...FUNNEL_REFUSED,
  }),
});
