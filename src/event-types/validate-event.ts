/**
 * What would become of events, without sending them: every problem of the envelope and of the type's rules, each with its
 * place, what was expected and what was found. The checks are the pipeline's own, on the bytes as they came; only how
 * much is told differs.
 */
import { RequestError } from '../errors.js';
import { sliceEvent } from '../event/decode.js';
import { isJsonObject, type JsonValue } from '../event/json.js';
import { isScanFailure } from '../event/payload-scan.js';
import { scanPayload } from '../event/scan.js';
import type { RejectCode } from '../event/types.js';
import { type Inspection, inspectPayload } from '../pipeline/inspect.js';
import {
  createPayloadScope,
  judgeEvent,
  NO_RULES,
  type RuleSet,
  type SchemaProblem,
  type Verdict,
} from '../registry/rules.js';
import { showValue } from '../registry/schema/describe-error.js';

/** What a checked event would meet. */
export interface EventVerdict {
  valid: boolean;
  errors: SchemaProblem[];
  /** What ingest would do with it. */
  outcome: 'stored' | 'stored_with_problems' | 'quarantined' | 'rejected';
  /** The rules it was held against; null when its type is not registered. */
  event_type: { name: string; version: number; mode: string } | null;
}

/** What each code asks for, where the message alone would have to be read. */
const EXPECTED: Readonly<Partial<Record<RejectCode, string>>> = {
  malformed_json: 'JSON',
  not_an_object: 'a JSON object',
  missing_event: 'the name of the event',
  invalid_event: 'a name of 1 to 200 characters',
  missing_user: 'user_id or anonymous_id',
  invalid_user_id: 'a string or an integer, at most 200 characters',
  invalid_anonymous_id: 'a string or an integer, at most 200 characters',
  invalid_session_id: 'a string or an integer, at most 200 characters',
  invalid_event_id: 'a string or an integer, at most 200 characters',
  invalid_timestamp: 'an ISO 8601 time or milliseconds since 1970',
  timestamp_out_of_range: 'a time since 1990, at most 24 hours ahead',
  invalid_properties: 'an object',
  invalid_context: 'an object',
  too_deep: 'at most 32 levels',
  too_many_properties: 'at most 500 keys',
  event_too_large: 'at most 256 kB',
  unsafe_number: 'an integer up to 2^53, or a string',
  duplicate_key: 'each key once',
  forbidden_key: 'another key',
};

/**
 * Checks the events of a body as one request would be: an event, an array of them, or {"events": […]}. In their order.
 * Throws RequestError 400 when the body is no JSON or has no event in it.
 */
export function validateBody(bytes: Uint8Array, rules: RuleSet, project: string): EventVerdict[] {
  const inspection = inspectPayload('events', bytes, Date.now(), { rules: NO_RULES, project });
  if (inspection.malformed !== undefined) throw refuseBody(inspection.malformed);
  const scope = createPayloadScope();
  return readEvents(bytes).map((event, index) => {
    const envelope = describeEnvelope(event, index, inspection);
    const name = isJsonObject(event) && typeof event.event === 'string' ? event.event : undefined;
    if (name === undefined || !isJsonObject(event)) return refuse(envelope);
    const properties = isJsonObject(event.properties) ? event.properties : {};
    const verdict = judgeEvent(rules, project, name, properties, scope);
    const type = rules.find(project, name);
    return {
      valid: envelope.length + verdict.problems.length === 0,
      errors: [...envelope, ...verdict.problems],
      outcome: envelope.length > 0 ? 'rejected' : describeOutcome(verdict),
      event_type: type ? { name: type.name, version: type.version, mode: type.mode } : null,
    };
  });
}

const refuse = (errors: SchemaProblem[]): EventVerdict => ({
  valid: false,
  errors,
  outcome: 'rejected',
  event_type: null,
});

type Malformed = NonNullable<Inspection['malformed']>;

function refuseBody({ kind, message, line, column, near }: Malformed): RequestError {
  if (kind === 'empty') return new RequestError(400, 'empty_batch', 'There is no event in the body.');
  if (kind === 'too_many')
    return new RequestError(413, 'too_many_events', `The body cannot be checked: ${message}.`);
  const place = line > 0 ? { line, column, near } : {};
  return new RequestError(400, 'malformed_body', `The body cannot be read: ${message}.`, [], {
    members: place,
  });
}

/** The events one by one; undefined for one that is not JSON, whose problem the inspection has. */
function readEvents(bytes: Uint8Array): (JsonValue | undefined)[] {
  const scan = scanPayload('events', bytes);
  if (isScanFailure(scan)) return [];
  return Array.from({ length: scan.eventCount }, (_, index) => {
    try {
      return JSON.parse(Buffer.from(sliceEvent(bytes, scan, index)).toString()) as JsonValue;
    } catch {
      return undefined;
    }
  });
}

function describeOutcome(verdict: Verdict): EventVerdict['outcome'] {
  if (verdict.action === 'store') return verdict.problems.length > 0 ? 'stored_with_problems' : 'stored';
  return verdict.action === 'quarantine' ? 'quarantined' : 'rejected';
}

/** Problems every event can have, whatever its type. */
function describeEnvelope(
  event: JsonValue | undefined,
  index: number,
  { problems }: Inspection,
): SchemaProblem[] {
  return problems
    .filter((problem) => problem.index === index)
    .map(({ code, path, message }) => ({
      code,
      path,
      message,
      expected: EXPECTED[code] ?? 'another value',
      found: showValue(readPath(event, path)),
    }));
}

/** What stands at a dotted place: "properties.items[2].price". */
function readPath(event: JsonValue | undefined, path: string): unknown {
  let value: unknown = event;
  for (const key of path.split(/[.[\]]+/)) {
    if (key === '') continue;
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}
