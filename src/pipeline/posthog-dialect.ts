/**
 * PostHog's capture form: `event`, `distinct_id`, `uuid`, `properties`, `timestamp`, and `$set` beside them.
 *
 * A `distinct_id` is somebody known, unless the event says otherwise: `$is_identified` is false, or the id is the
 * device's own. `$identify` brings the anonymous id it replaces. `$create_alias` becomes `$alias`, as Segment's form
 * has it, and says with `$anon_distinct_id` that users and devices are not told apart there; every other name stays what it is. The key that PostHog's clients repeat in `properties.token` is not kept.
 *
 * Clients told to capture by "v1" put the session beside the properties and call the batch's `sent_at` `created_at`.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.js';
import type { Draft, PayloadFacts } from './draft.js';
import { readId, readName, readObject, readTime } from './fields.js';

export function normalisePosthog(draft: Draft, raw: JsonObject, payload: PayloadFacts): void {
  const sent = readObject(draft, raw.properties, 'properties', 'invalid_properties');
  draft.event = readName(draft, raw.event, 'event');
  draft.eventId = readId(draft, raw.uuid, 'uuid', 'invalid_event_id');
  draft.sessionId =
    sent.$session_id === undefined
      ? readId(draft, raw.session_id, 'session_id', 'invalid_session_id')
      : readId(draft, sent.$session_id, 'properties.$session_id', 'invalid_session_id');
  readPerson(draft, raw, sent);
  draft.timestampMs = readTime(draft, raw.timestamp, 'timestamp');
  if (Number.isNaN(draft.timestampMs) && typeof raw.offset === 'number') {
    draft.timestampMs = payload.receivedAtMs - Math.trunc(raw.offset);
    draft.isTimeReckoned = true;
  }
  const { wrapper } = payload;
  draft.sentAtMs = readTime(draft, raw.sent_at ?? wrapper?.sent_at ?? wrapper?.created_at, 'sent_at');
  draft.properties = readProperties(draft, raw, sent);
}

function readPerson(draft: Draft, raw: JsonObject, sent: JsonObject): void {
  const given = raw.distinct_id ?? raw.$distinct_id ?? sent.distinct_id;
  const id = readId(draft, given, 'distinct_id', 'invalid_user_id');
  const isAnonymous = sent.$is_identified === false || (id !== '' && sent.$device_id === id);
  if (isAnonymous && draft.event !== '$identify') {
    draft.anonymousId = id;
    return;
  }
  draft.userId = id;
  if (draft.event !== '$identify') return;
  draft.anonymousId = readId(
    draft,
    sent.$anon_distinct_id,
    'properties.$anon_distinct_id',
    'invalid_anonymous_id',
  );
}

function readProperties(draft: Draft, raw: JsonObject, sent: JsonObject): JsonObject {
  const properties: JsonObject = {};
  for (const key in sent) if (key !== 'token' && key !== 'distinct_id') properties[key] = sent[key]!;
  for (const key of ['$set', '$set_once']) {
    const beside = raw[key];
    if (isJsonObject(beside)) properties[key] = { ...objectOrEmpty(properties[key]), ...beside };
  }
  if (Array.isArray(raw.$unset)) properties.$unset = raw.$unset;
  if (draft.event === '$create_alias') {
    draft.event = '$alias';
    properties.previous_id = readId(draft, sent.alias, 'properties.alias', 'invalid_properties');
    properties.$anon_distinct_id = properties.previous_id;
    delete properties.alias;
  }
  return properties;
}

const objectOrEmpty = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {});
