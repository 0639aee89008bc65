import type { RejectCode } from '../../event/types.js';

/** Why an event can be rejected: `code` in ingest answers and in /v1/rejected-events, and of the 422 to a single event. */
export const REJECTS: Readonly<Record<RejectCode, string>> = {
  malformed_json: 'The line or element is not JSON.',
  not_an_object: 'An event is a JSON object.',
  missing_event: 'The event has no name.',
  invalid_event: 'The name of the event is not a string, empty or too long.',
  missing_user: 'The event has neither user_id nor anonymous_id.',
  invalid_user_id: 'user_id is not a string or number, empty or too long.',
  invalid_anonymous_id: 'anonymous_id is not a string or number, empty or too long.',
  invalid_session_id: 'session_id is not a string or number, or too long.',
  invalid_event_id: 'event_id is not a string or number, empty or too long.',
  invalid_timestamp: 'timestamp or sent_at is not an ISO 8601 time or epoch milliseconds.',
  timestamp_out_of_range: 'timestamp lies before 1990 or more than a day in the future.',
  invalid_properties: 'properties is not an object, or a key in it is too long.',
  invalid_context: 'context is not an object.',
  too_deep: 'Objects and arrays lie too deep inside each other.',
  too_many_properties: 'The event has too many properties.',
  event_too_large: 'The event has more than 256 kB of JSON.',
  unsafe_number: 'An integer beyond 2^53, which JSON readers would silently change: send it as a string.',
  duplicate_key: 'A key occurs twice in one object.',
  forbidden_key: 'A key such as __proto__.',
  event_id_conflict: 'Another event with this event_id was stored first.',
  unknown_event_type: 'The project takes registered event types only.',
  schema_violation: 'The event breaks the rules of its type.',
  stage_error: 'The rules of the event’s type could not be applied to it.',
  plugin_rejected: 'A plugin found something wrong with the event; the message names it.',
  plugin_failed:
    'A plugin failed at the event, or made something of it that cannot be stored; the message names it.',
  plugin_timeout: 'A plugin took too long over the event and was stopped; the message names it.',
  plugin_memory: 'A plugin took too much memory over the event and was stopped; the message names it.',
  poison: 'Processing the request the event came in crashed a worker.',
};
