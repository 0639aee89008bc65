/**
 * The three forms events are sent in. A dialect says which route takes it, how a request's events are put together, and, by the
 * pipeline's own stage, what Weir will read in an event: that is what filters and comparisons look at.
 */
import type { JsonValue } from '../../event/json.js';
import { Draft, type PayloadFacts } from '../../pipeline/draft.js';
import { createPayloadClocks } from '../../pipeline/enrich/clock.js';
import { describeSender } from '../../pipeline/enrich/sender.js';
import { normalise } from '../../pipeline/normalise.js';

export type Dialect = 'native' | 'segment' | 'posthog';

interface Wire {
  path: string;
  type: string;
  /** Lines of JSON as one body. */
  join(lines: readonly string[]): string;
}

const joinBatch = (lines: readonly string[]): string => `{"batch":[${lines.join(',')}]}`;

export const WIRES: Readonly<Record<Dialect, Wire>> = {
  native: { path: '/v1/events', type: 'application/x-ndjson', join: (lines) => lines.join('\n') },
  segment: { path: '/v1/batch', type: 'application/json', join: joinBatch },
  posthog: { path: '/batch/', type: 'application/json', join: joinBatch },
};

const FORMATS = { native: 'ndjson', segment: 'segment', posthog: 'posthog' } as const;

/** What sends imports: Weir takes its events as second-hand, and corrects no clock by their `sent_at`. */
export const USER_AGENT = 'weir-import';

const payloadOf = (dialect: Dialect): PayloadFacts => ({
  project: '',
  payloadId: '',
  format: FORMATS[dialect],
  receivedAtMs: 0,
  wrapper: undefined,
  sender: describeSender('', USER_AGENT),
  clocks: createPayloadClocks(0),
});

const PAYLOADS: Readonly<Record<Dialect, PayloadFacts>> = {
  native: payloadOf('native'),
  segment: payloadOf('segment'),
  posthog: payloadOf('posthog'),
};

/** What Weir will read in an event; undefined when it is no JSON. Its `problems` are those of the envelope. */
export function readDraft(dialect: Dialect, json: string): Draft | undefined {
  let raw: JsonValue;
  try {
    raw = JSON.parse(json);
  } catch {
    return undefined;
  }
  const draft = new Draft(0, raw, json.length);
  normalise(draft, PAYLOADS[dialect]);
  return draft;
}

/** A draft as the native event it is, for people and for the validate route. */
export function showDraft(draft: Draft): Record<string, unknown> {
  const isSet = (value: unknown): boolean => value !== '' && !Number.isNaN(value);
  const time = (ms: number): string | undefined =>
    Number.isNaN(ms) || Math.abs(ms) > 8.64e15 ? undefined : new Date(ms).toISOString();
  const fields: [string, unknown][] = [
    ['event', draft.event],
    ['event_id', draft.eventId],
    ['user_id', draft.userId],
    ['anonymous_id', draft.anonymousId],
    ['session_id', draft.sessionId],
    ['timestamp', time(draft.timestampMs)],
    ['sent_at', time(draft.sentAtMs)],
    ['properties', draft.properties],
    ['context', Object.keys(draft.context).length > 0 ? draft.context : undefined],
  ];
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined && isSet(value)));
}
