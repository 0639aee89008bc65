/** The stage that adds what the client did not say. */
import type { Draft, PayloadFacts } from './draft.js';
import { anonymiseProperties, enrichContext } from './enrich/context.js';

/**
 * Marks an event id that the client did not give. The id then says where the event stood, "~<payload id>#<index>", so
 * a repeat of the same stream entry is recognised, and two equal events of one payload stay two.
 */
export const DERIVED_ID_PREFIX = '~';

/** What DateTime64(3) holds. A `sent_at` outside, from a clock that was never set, is as good as none. */
const SENT_AT_MIN_MS = Date.UTC(1970, 0, 1);
const SENT_AT_MAX_MS = Date.UTC(2200, 0, 1);

export function enrich(draft: Draft, payload: PayloadFacts): void {
  if (draft.eventId === '') draft.eventId = `${DERIVED_ID_PREFIX}${payload.payloadId}#${draft.index}`;
  draft.hasOwnTimestamp = !Number.isNaN(draft.timestampMs);
  if (!draft.hasOwnTimestamp) draft.timestampMs = payload.receivedAtMs;
  if (!(draft.sentAtMs >= SENT_AT_MIN_MS && draft.sentAtMs <= SENT_AT_MAX_MS)) draft.sentAtMs = Number.NaN;
  draft.context = enrichContext(draft.context, draft.properties, {
    sender: payload.sender,
    clockOffsetMs: draft.clockOffsetMs,
    originalTimestampMs: draft.timestampMs - draft.clockOffsetMs,
  });
  draft.properties = anonymiseProperties(draft.properties);
}
