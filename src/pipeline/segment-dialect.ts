/**
 * Segment's HTTP tracking form, which RudderStack's clients speak as well.
 *
 *   call       event        properties
 *   track      its `event`  `properties`
 *   page       $page        `properties`, with `name` and `category` of the call
 *   screen     $screen      the same
 *   identify   $identify    {"$set": traits}
 *   group      $group       {"group_id": groupId, "traits": traits}
 *   alias      $alias       {"previous_id": previousId}
 *
 * A call says its type itself (`type`), or its route does. What the batch around it says of `context` and `sentAt`
 * holds for each call that does not say it itself.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.js';
import type { Draft, PayloadFacts } from './draft.js';
import { readId, readName, readObject, readTime } from './fields.js';

const CALLS = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const;
type Call = (typeof CALLS)[number];

/** The call a raw event is: as it says, else as its route says, else, when it names an event, a track. */
function findCall(raw: JsonObject, payload: PayloadFacts): Call | undefined {
  const route = payload.format.slice('segment-'.length);
  const said =
    typeof raw.type === 'string' ? raw.type : route !== '' ? route : raw.event !== undefined ? 'track' : '';
  return CALLS.find((call) => call === said);
}

export function normaliseSegment(draft: Draft, raw: JsonObject, payload: PayloadFacts): void {
  const call = findCall(raw, payload);
  if (call === undefined) {
    draft.fail('invalid_event', 'type', `"type" must be one of ${CALLS.join(', ')}`);
    return;
  }
  const { wrapper } = payload;
  draft.eventId = readId(draft, raw.messageId, 'messageId', 'invalid_event_id');
  draft.userId = readId(draft, raw.userId, 'userId', 'invalid_user_id');
  draft.anonymousId = readId(draft, raw.anonymousId, 'anonymousId', 'invalid_anonymous_id');
  draft.timestampMs =
    raw.timestamp === undefined
      ? readTime(draft, raw.originalTimestamp, 'originalTimestamp')
      : readTime(draft, raw.timestamp, 'timestamp');
  draft.sentAtMs = readTime(draft, raw.sentAt ?? wrapper?.sentAt, 'sentAt');
  draft.context = readContext(draft, raw.context, wrapper?.context);
  draft.sessionId = readId(draft, draft.context.sessionId, 'context.sessionId', 'invalid_session_id');
  draft.event = call === 'track' ? readName(draft, raw.event, 'event') : `$${call}`;
  draft.properties = readCallProperties(draft, call, raw);
}

function readContext(draft: Draft, own: JsonValue | undefined, shared: JsonValue | undefined): JsonObject {
  const context = readObject(draft, own, 'context', 'invalid_context');
  return isJsonObject(shared) ? { ...shared, ...context } : context;
}

function readCallProperties(draft: Draft, call: Call, raw: JsonObject): JsonObject {
  switch (call) {
    case 'track':
      return readObject(draft, raw.properties, 'properties', 'invalid_properties');
    case 'page':
    case 'screen': {
      const properties = readObject(draft, raw.properties, 'properties', 'invalid_properties');
      return { ...pick(raw, 'name'), ...pick(raw, 'category'), ...properties };
    }
    case 'identify':
      return { $set: readObject(draft, raw.traits, 'traits', 'invalid_properties') };
    case 'group': {
      const traits = readObject(draft, raw.traits, 'traits', 'invalid_properties');
      return { group_id: readId(draft, raw.groupId, 'groupId', 'invalid_properties'), traits };
    }
    case 'alias':
      return { previous_id: readId(draft, raw.previousId, 'previousId', 'invalid_properties') };
  }
}

const pick = (raw: JsonObject, key: string): JsonObject =>
  raw[key] === undefined ? {} : { [key]: raw[key] };
