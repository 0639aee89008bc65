/**
 * Events that ingest itself sets aside, as they are kept in rejected_events: those whose id belongs to another event, and
 * those of an entry that no worker survives.
 */
import { sliceEvent } from '../event/decode.js';
import { inflateSync, isInflated } from '../event/inflate.js';
import { PAYLOAD_BYTES_MAX, RAW_BYTES_MAX } from '../event/limits.js';
import { isScanFailure } from '../event/payload-scan.js';
import { indexOfPlace } from '../event/prepared.js';
import { scanPayload } from '../event/scan.js';
import { type Entry, formatPayloadId, type RejectedEvent } from '../event/types.js';

/** The JSON of some events of one entry; a text is empty when it cannot be had. The entry is inflated once. */
function readRawEvents(entry: Entry, indexes: readonly number[]): string[] {
  const bytes = inflateSync(entry.encoding, entry.body, PAYLOAD_BYTES_MAX);
  if (!isInflated(bytes)) return indexes.map(() => '');
  const scan = scanPayload(entry.format, bytes);
  if (isScanFailure(scan)) return indexes.map(() => '');
  return indexes.map((index) =>
    Buffer.from(sliceEvent(bytes, scan, indexOfPlace(index)).subarray(0, RAW_BYTES_MAX)).toString(),
  );
}

function readEventName(raw: string): string {
  try {
    const value: unknown = JSON.parse(raw);
    if (typeof value === 'object' && value !== null && 'event' in value && typeof value.event === 'string')
      return value.event;
  } catch {
    // Cut at RAW_BYTES_MAX; the name is a convenience.
  }
  return '';
}

/** Events of one entry whose ids were given to other events before. `indexes` are places; `eventIds` goes with them. */
export function describeConflicts(
  entry: Entry,
  indexes: readonly number[],
  eventIds: readonly string[],
): RejectedEvent[] {
  return readRawEvents(entry, indexes).map((raw, i) => ({
    project: entry.project,
    payloadId: formatPayloadId(entry.partition, entry.id),
    index: indexes[i]!,
    receivedAtMs: entry.receivedAtMs,
    event: readEventName(raw),
    eventId: eventIds[i]!,
    code: 'event_id_conflict' as const,
    path: 'event_id',
    message: `another event with the id ${JSON.stringify(eventIds[i])} was stored first; give each event an id of its own`,
    raw,
  }));
}

/** A payload as it is kept when none of its events could be read: enough to send it again as it came. */
export interface PoisonPayload {
  format: Entry['format'];
  encoding: Entry['encoding'];
  eventCount: number;
  bodyBase64: string;
}

/** All events of an entry that crashes or exhausts whatever reads it. The first carries the whole payload. */
export function describePoison(entry: Entry, reason: string): RejectedEvent[] {
  const { format, encoding, eventCount } = entry;
  const payload: PoisonPayload = {
    format,
    encoding,
    eventCount,
    bodyBase64: Buffer.from(entry.body).toString('base64'),
  };
  return Array.from({ length: Math.max(1, eventCount) }, (_, index) => ({
    project: entry.project,
    payloadId: formatPayloadId(entry.partition, entry.id),
    index,
    receivedAtMs: entry.receivedAtMs,
    event: '',
    eventId: '',
    code: 'poison' as const,
    path: '',
    message: `the payload could not be processed: ${reason}`,
    raw: index === 0 ? JSON.stringify(payload) : '',
  }));
}
