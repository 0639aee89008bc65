/** Shapes of what funnels answer, beside their analysis. */
import { pageOf } from './schemas.js';
import { list, object, oneOf, type Schema, text, whole } from './types.js';

export const RATE: Schema = { type: ['number', 'null'] };
export const MEMBERS = pageOf(
  object({ user_id: text(), session_id: text('Where the funnel counts sessions') }),
);
export const EXPLAINED = object({
  user_id: text(),
  chains: list(
    object({
      session_id: text(),
      complete: { type: 'boolean' },
      steps: list(
        object({
          index: whole(),
          label: text(),
          reached: { type: 'boolean' },
          event: { type: ['object', 'null'], description: 'The event that filled the step' },
          reason: { type: ['object', 'null'], description: 'Why none did: code, message, event' },
        }),
      ),
    }),
  ),
  meta: object({ events_read: whole(), truncated: { type: 'boolean' } }),
});
export const STATES = ['reached', 'dropped'];
const SHARE = { entered: whole(), converted: whole(), conversion_rate: RATE };
const NUMBER: Schema = { type: 'number' };
export const FACTORS = object({
  ...SHARE,
  factors: list(
    object({
      kind: oneOf(['property', 'event']),
      name: text(),
      value: { description: 'Of a property; null where the entry does not have it' },
      units: whole('Units with it'),
      converted: whole('Of those'),
      conversion_rate: NUMBER,
      conversion_rate_without: NUMBER,
      lift: { type: ['number', 'null'], description: 'The first rate by the second' },
      p_value: NUMBER,
      q_value: { type: 'number', description: 'Adjusted for all candidates' },
      significant: { type: 'boolean' },
      test: oneOf(['z', 'fisher']),
    }),
  ),
  tested: whole('Candidates compared'),
  skipped: list(object({ name: text(), reason: text() })),
  meta: object({}),
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
  meta: object({}),
});
export const SAVED_COHORT = object({
  id: text(),
  name: text(),
  static: { type: 'boolean' },
  created_at: text(),
});
export const CSV_NOTE =
  'As CSV by ?format=csv or the Accept header text/csv: up to 100,000 users, the cursor of the rest in the header X-Next-Cursor.';
