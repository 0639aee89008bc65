/**
 * The native form of an event (API.md). Keys it does not know are ignored: a client may send more than we read, and a
 * newer client must not be refused by an older Weir.
 */
import type { JsonObject } from '../event/json.js';
import type { Draft } from './draft.js';
import { describeType, readId, readName, readObject, readTime } from './fields.js';

/** The name; where a list was meant that is none, the list is what is spoken of. */
function readEvent(draft: Draft, { event, events }: JsonObject): string {
  if ((event !== undefined && event !== null) || events === undefined) return readName(draft, event, 'event');
  const message = `"event" is missing, and "events" is ${describeType(events)}: events are sent as one array, {"events": [{"event": "signed_up", …}]}, or one by itself with its name as "event"`;
  draft.fail('missing_event', 'event', message);
  return '';
}

export function normaliseNative(draft: Draft, raw: JsonObject): void {
  draft.event = readEvent(draft, raw);
  draft.eventId = readId(draft, raw.event_id, 'event_id', 'invalid_event_id');
  draft.userId = readId(draft, raw.user_id, 'user_id', 'invalid_user_id');
  draft.anonymousId = readId(draft, raw.anonymous_id, 'anonymous_id', 'invalid_anonymous_id');
  draft.sessionId = readId(draft, raw.session_id, 'session_id', 'invalid_session_id');
  draft.timestampMs = readTime(draft, raw.timestamp, 'timestamp');
  draft.sentAtMs = readTime(draft, raw.sent_at, 'sent_at');
  draft.properties = readObject(draft, raw.properties, 'properties', 'invalid_properties');
  draft.context = readObject(draft, raw.context, 'context', 'invalid_context');
}
