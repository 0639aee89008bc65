/**
 * What the front asks about a body before it answers. A small body is judged event by event at once, so that a person
 * with curl hears what is wrong; of a large one only the events are counted.
 */
import { type DecodedChunk, isPayloadProblem, openPayload, readChunks } from '../event/decode.js';
import { PAYLOAD_EVENTS_MAX } from '../event/limits.js';
import {
  describeEmpty,
  describeFailure,
  describeTooMany,
  findDocumentProblem,
  type PayloadProblem,
} from '../event/payload-problem.js';
import { isScanFailure } from '../event/payload-scan.js';
import { scanPayload } from '../event/scan.js';
import type { PayloadFormat, Problem } from '../event/types.js';
import { createPayloadScope, NO_RULES, type RuleSet } from '../registry/rules.js';
import type { Draft, PayloadFacts } from './draft.js';
import { createPayloadClocks } from './enrich/clock.js';
import { describeSender } from './enrich/sender.js';
import { createDrafts } from './prepare.js';
import { CHECKS, runStage } from './stages.js';

/** One thing wrong with one event of a body. `event_id` is empty when the event has none. */
export interface EventProblem extends Problem {
  index: number;
  event_id: string;
}

export interface Inspection {
  /** Events in the body; 0 when `malformed` says why it cannot be told. */
  eventCount: number;
  /** Events with at least one problem: they would be rejected. */
  rejectedCount: number;
  /** All problems of each event, events in order; the first of an event is the one it would be rejected for. */
  problems: EventProblem[];
  /** Set when the body as a whole is to be refused (400, or 413 when it has too many events). */
  malformed?: PayloadProblem;
}

/** Counts the events of a body, or says why it is to be refused. Linear, about 0.5 GB/s; parses nothing. */
export function countEvents(format: PayloadFormat, bytes: Uint8Array): Inspection {
  const scan = scanPayload(format, bytes);
  if (isScanFailure(scan)) return refuse(describeFailure(bytes, scan));
  if (scan.eventCount === 0) return refuse(describeEmpty());
  if (scan.eventCount > PAYLOAD_EVENTS_MAX) return refuse(describeTooMany(scan.eventCount));
  return { eventCount: scan.eventCount, rejectedCount: 0, problems: [] };
}

function refuse(malformed: PayloadProblem): Inspection {
  return { eventCount: 0, rejectedCount: 0, problems: [], malformed };
}

/**
 * Judges a small body (up to INSPECT_BYTES_MAX, inflated) event by event, by the checks the workers will apply.
 * A JSON document that does not parse is refused as a whole; of NDJSON each bad line is a problem of its own.
 * Problems that a type's `quarantine` mode keeps from the sender are left out.
 */
export function inspectPayload(
  format: PayloadFormat,
  bytes: Uint8Array,
  receivedAtMs: number,
  registry: { rules: RuleSet; project: string } = { rules: NO_RULES, project: '' },
): Inspection {
  const opened = openPayload(format, bytes);
  if (isPayloadProblem(opened)) return refuse(opened);
  const { scan, wrapper } = opened;
  if (scan.eventCount > PAYLOAD_EVENTS_MAX) return refuse(describeTooMany(scan.eventCount));
  const payload: PayloadFacts = {
    project: registry.project,
    payloadId: '',
    format,
    receivedAtMs,
    wrapper,
    sender: describeSender('', ''),
    clocks: createPayloadClocks(receivedAtMs),
  };
  const judgement = { rules: registry.rules, scope: createPayloadScope(), observed: new Map() };
  const inspection: Inspection = { eventCount: scan.eventCount, rejectedCount: 0, problems: [] };
  let mayBeJson = scan.shape !== 'wrapped' || wrapper !== undefined;
  for (const chunk of readChunks(opened)) {
    const drafts = createDrafts(opened, chunk);
    for (const stage of CHECKS) runStage(stage, drafts, payload, judgement);
    for (const { code } of chunk.problems.values()) if (code === 'malformed_json') mayBeJson = false;
    gatherProblems(inspection, chunk, drafts);
  }
  const malformed = mayBeJson || scan.shape === 'lines' ? undefined : findDocumentProblem(bytes);
  return malformed === undefined ? inspection : refuse(malformed);
}

/** Adds what is wrong with the events of a chunk, in their order. */
function gatherProblems(inspection: Inspection, chunk: DecodedChunk, drafts: readonly Draft[]): void {
  const byIndex = new Map(drafts.map((draft) => [draft.index, draft]));
  for (let index = chunk.first; index < chunk.next; index++) {
    const refused = chunk.problems.get(index);
    const draft = byIndex.get(index);
    const found = refused === undefined ? draft?.problems : [refused];
    if (found === undefined || draft?.quarantined) continue;
    inspection.rejectedCount++;
    for (const problem of found)
      inspection.problems.push({ index, event_id: draft?.eventId ?? '', ...problem });
  }
}
