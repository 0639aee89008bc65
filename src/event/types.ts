/**
 * The words of ingest, as types. Nothing here does anything.
 *
 * payload   what one client request carries: one event or many, perhaps compressed, as it came
 * entry     a payload's record in a Redis stream; its entry id is Redis's own ("1764000000000-0")
 * partition one of the streams; a project's payloads all go to the same one
 * event     one thing a client reported
 * batch     entries of one partition that are processed and inserted together
 * outcome   what became of an event: stored, rejected or duplicate; each accepted event has exactly one
 */

/**
 * Which wire form a payload is in. `ndjson` is one native event a line; `events` is an object, an array or `{events}`;
 * `segment` is a batch or a call that names its own type, `segment-track` and so on a call whose route names it.
 */
export type PayloadFormat =
  | 'events'
  | 'ndjson'
  | 'segment'
  | 'segment-track'
  | 'segment-identify'
  | 'segment-page'
  | 'segment-screen'
  | 'segment-group'
  | 'segment-alias'
  | 'posthog';

export type ContentEncoding = '' | 'gzip' | 'deflate' | 'br' | 'zstd';

/** What the front knows of a payload when it appends it. */
export interface Payload {
  project: string;
  format: PayloadFormat;
  encoding: ContentEncoding;
  /** Events counted by the front's scan, before any of them is validated. */
  eventCount: number;
  receivedAtMs: number;
  /** The client's address as the front saw it; empty when unknown. */
  ip: string;
  userAgent: string;
  /** The request body exactly as it came, still compressed. */
  body: Uint8Array;
}

/** A payload in a stream. */
export interface Entry extends Payload {
  partition: number;
  /** Redis entry id, "ms-seq". */
  id: string;
}

/** The id clients see: `batch_id` of an ingest answer. One for each payload. */
export const formatPayloadId = (partition: number, entryId: string): string => `${partition}-${entryId}`;

const PAYLOAD_ID = /^(\d{1,4})-(\d{1,16}-\d{1,16})$/;

/** The partition and entry id behind a `batch_id`, or undefined when it is not one of ours. */
export function parsePayloadId(id: string): { partition: number; entryId: string } | undefined {
  const match = PAYLOAD_ID.exec(id);
  return match ? { partition: Number(match[1]), entryId: match[2]! } : undefined;
}

/** Why an event was rejected: a closed set, stable names, documented in docs/reject-codes.md. */
export const REJECT_CODES = [
  'malformed_json', // a line of NDJSON, or an element, that is not JSON
  'not_an_object',
  'missing_event',
  'invalid_event', // the name is not a string, empty or too long
  'missing_user', // neither user_id nor anonymous_id
  'invalid_user_id',
  'invalid_anonymous_id',
  'invalid_session_id',
  'invalid_event_id',
  'invalid_timestamp',
  'timestamp_out_of_range',
  'invalid_properties',
  'invalid_context',
  'too_deep',
  'too_many_properties',
  'event_too_large',
  'unsafe_number', // an integer beyond 2^53 that JSON readers would silently change
  'duplicate_key',
  'forbidden_key', // __proto__ and its like
  'event_id_conflict', // another event with this event_id was stored first
  'unknown_event_type',
  'schema_violation',
  'stage_error', // code written for a type's rules failed on the event
  'plugin_rejected', // a plugin of kind validate found something wrong
  'plugin_failed', // a plugin threw, or its answer makes no sense
  'plugin_timeout', // a plugin took too long and was stopped
  'plugin_memory', // a plugin took too much memory and was stopped
  'poison', // processing the event's entry crashed or exhausted a worker
] as const;

export type RejectCode = (typeof REJECT_CODES)[number];

/** One thing wrong with one event. `path` is dotted, relative to the event: "properties.items[2].price". */
export interface Problem {
  code: RejectCode;
  path: string;
  message: string;
}

/** A rejected event as it is kept: where it stood and why it was refused. */
export interface RejectedEvent extends Problem {
  project: string;
  /** The payload it came in and its place there, from 0. */
  payloadId: string;
  index: number;
  receivedAtMs: number;
  /** What could be read of it; empty when nothing could. */
  event: string;
  eventId: string;
  /** The event's JSON as it came, cut at 64 kB. */
  raw: string;
}
