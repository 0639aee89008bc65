/**
 * Rejected events: listed with their reasons, and sent through ingest again once the cause is mended.
 *
 * A replay appends the events as they came, as new payloads of the same wire form. Each keeps its event id; one that had none
 * gets the id that says where it stood, and an event without a time gets the time it was first received, so a second
 * replay changes nothing: what was stored by the first is a duplicate in the second. The rejected rows stay, because the
 * integrity of their own hour counts them; a replayed event is a new accepted event of the hour of the replay.
 */
import type { ClickHouse } from '../clickhouse/client.js';
import { loadSql } from '../clickhouse/sql-file.js';
import { RequestError } from '../errors.js';
import type { PayloadFormat, RejectCode } from '../event/types.js';
import type { EventStream } from '../stream/stream.js';
import type { PoisonPayload } from './set-aside.js';

/** Rows of one page, at most. */
export const REJECTED_LIMIT_MAX = 1_000;
const REJECTED_LIMIT_DEFAULT = 100;
/** Rejected events that one replay reads; more are left for the next call, which `more` says. */
export const REPLAY_LIMIT_MAX = 100_000;
/** Of one replayed payload. */
const REPLAY_EVENTS_MAX = 500;
const REPLAY_BYTES_MAX = 4 * 1024 * 1024;
/** DateTime64's own end of time: the first page begins after it. */
const END_OF_TIME_MS = 4_102_444_800_000;

export interface RejectedFilter {
  project: string;
  event?: string;
  code?: string;
  /** Times of receipt in ms; sinceMs is included, untilMs is not. */
  sinceMs?: number;
  untilMs?: number;
}

export interface RejectedPage {
  data: ListedReject[];
  /** Null when there is no more. */
  next_cursor: string | null;
}

/** A rejected event as the interface shows it. */
export interface ListedReject {
  batch_id: string;
  index: number;
  received_at: string;
  event: string;
  event_id: string;
  code: RejectCode;
  path: string;
  message: string;
  /** The event as it came, at most 64 kB of it. */
  raw: string;
}

export interface ReplayResult {
  /** Events that were appended again. */
  replayed: number;
  /** Events that cannot be: their text was not kept whole, or is not JSON. */
  skipped: number;
  /** The payloads they went into; ask for their outcomes as for any other. */
  batch_ids: string[];
  /** True when the limit came first: replay again with `until` set to `next_until`. */
  more: boolean;
  next_until: string | null;
}

interface RejectedRow {
  received_ms: string | number;
  payload_id: string;
  event_index: number;
  event: string;
  event_id: string;
  code: RejectCode;
  path: string;
  message: string;
  raw: string;
  format: PayloadFormat | '';
}

interface Place {
  ms: number;
  payload: string;
  index: number;
}

const START: Place = { ms: END_OF_TIME_MS, payload: '', index: 0 };

const writeCursor = (row: RejectedRow): string =>
  Buffer.from(JSON.stringify([Number(row.received_ms), row.payload_id, row.event_index])).toString(
    'base64url',
  );

function readCursor(cursor: string): Place {
  try {
    const [ms, payload, index] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (Number.isSafeInteger(ms) && typeof payload === 'string' && Number.isSafeInteger(index)) {
      return { ms: ms as number, payload, index: index as number };
    }
  } catch {
    // Falls through: not one of ours.
  }
  throw new RequestError(422, 'invalid_cursor', 'The cursor is not one this list gave out.');
}

async function readRows(
  clickhouse: Pick<ClickHouse, 'query'>,
  filter: RejectedFilter,
  place: Place,
  max: number,
  isTextNeeded = false,
): Promise<RejectedRow[]> {
  const params = {
    project: filter.project,
    event: filter.event ?? '',
    code: filter.code ?? '',
    since: filter.sinceMs ?? 0,
    until: filter.untilMs ?? END_OF_TIME_MS,
    before_ms: place.ms,
    before_payload: place.payload,
    before_index: place.index,
    max,
    with_text: isTextNeeded ? 1 : 0,
  };
  const { rows } = await clickhouse.query<RejectedRow>(loadSql('clickhouse/rejected-list.sql'), { params });
  return rows;
}

/** A page of rejected events, newest first. Throws RequestError for a wrong cursor, EngineError. */
export async function listRejected(
  deps: { clickhouse: Pick<ClickHouse, 'query'> },
  filter: RejectedFilter & { limit?: number; cursor?: string },
): Promise<RejectedPage> {
  const limit = Math.min(filter.limit ?? REJECTED_LIMIT_DEFAULT, REJECTED_LIMIT_MAX);
  const place = filter.cursor === undefined ? START : readCursor(filter.cursor);
  const rows = await readRows(deps.clickhouse, filter, place, limit + 1);
  const page = rows.slice(0, limit);
  return {
    data: page.map((row) => ({
      batch_id: row.payload_id,
      index: row.event_index,
      received_at: new Date(Number(row.received_ms)).toISOString(),
      event: row.event,
      event_id: row.event_id,
      code: row.code,
      path: row.path,
      message: row.message,
      raw: row.raw,
    })),
    next_cursor: rows.length > limit ? writeCursor(page.at(-1)!) : null,
  };
}

/** What a wire form calls an event's id and time. */
const NAMES: Readonly<Record<'native' | 'segment' | 'posthog', { id: string; time: string }>> = {
  native: { id: 'event_id', time: 'timestamp' },
  segment: { id: 'messageId', time: 'timestamp' },
  posthog: { id: 'uuid', time: 'timestamp' },
};

const familyOf = (format: PayloadFormat): keyof typeof NAMES =>
  format.startsWith('segment') ? 'segment' : format === 'posthog' ? 'posthog' : 'native';

/** The event's text with an id and a time if it had none; undefined when it is not whole. The rest stays as it came. */
function completeEvent(row: RejectedRow, format: PayloadFormat): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(row.raw);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const names = NAMES[familyOf(format)];
  const added: Record<string, string> = {};
  if (!(names.id in value)) added[names.id] = `~${row.payload_id}#${row.event_index}`;
  if (!(names.time in value)) added[names.time] = new Date(Number(row.received_ms)).toISOString();
  if (Object.keys(added).length === 0) return row.raw;
  const rest = row.raw.trim().slice(1);
  const head = JSON.stringify(added).slice(0, -1);
  return Object.keys(value).length === 0 ? `${head}}` : `${head},${rest}`;
}

interface ReplayPayload {
  format: PayloadFormat;
  encoding: PoisonPayload['encoding'];
  eventCount: number;
  body: Buffer;
}

function readPoison(row: RejectedRow): ReplayPayload | undefined {
  try {
    const { format, encoding, eventCount, bodyBase64 } = JSON.parse(row.raw) as PoisonPayload;
    return { format, encoding, eventCount, body: Buffer.from(bodyBase64, 'base64') };
  } catch {
    return undefined;
  }
}

/** Packs rows into payloads of one wire form each. */
function packRows(rows: readonly RejectedRow[]): { payloads: ReplayPayload[]; skipped: number } {
  const payloads: ReplayPayload[] = [];
  const open = new Map<PayloadFormat, string[]>();
  let skipped = 0;
  const close = (format: PayloadFormat, events: readonly string[]) => {
    const body = Buffer.from(`[${events.join(',')}]`);
    payloads.push({ format, encoding: '', eventCount: events.length, body });
    open.delete(format);
  };
  for (const row of rows) {
    if (row.code === 'poison') {
      const payload = readPoison(row);
      if (payload) payloads.push(payload);
      else skipped += 1;
      continue;
    }
    const format = row.format === '' || row.format === 'ndjson' ? 'events' : row.format;
    const event = completeEvent(row, format);
    if (event === undefined) {
      skipped += 1;
      continue;
    }
    const events = open.get(format) ?? [];
    open.set(format, events);
    events.push(event);
    const bytes = events.reduce((sum, text) => sum + text.length, 0);
    if (events.length >= REPLAY_EVENTS_MAX || bytes >= REPLAY_BYTES_MAX) close(format, events);
  }
  for (const [format, events] of [...open]) close(format, events);
  return { payloads, skipped };
}

/**
 * Sends rejected events through ingest again, newest first. Resolves when they are on disk in the stream. Throws StreamError
 * (`stream_full` included) and EngineError; what was appended until then stays, and repeating the call does no harm.
 */
export async function replayRejected(
  deps: { clickhouse: Pick<ClickHouse, 'query'>; stream: Pick<EventStream, 'append'> },
  filter: RejectedFilter & { limit?: number },
): Promise<ReplayResult> {
  const limit = Math.min(filter.limit ?? REPLAY_LIMIT_MAX, REPLAY_LIMIT_MAX);
  const result: ReplayResult = { replayed: 0, skipped: 0, batch_ids: [], more: false, next_until: null };
  let place = START;
  for (let left = limit; left > 0; ) {
    const rows = await readRows(deps.clickhouse, filter, place, Math.min(left, REJECTED_LIMIT_MAX), true);
    const { payloads, skipped } = packRows(rows);
    result.skipped += skipped;
    for (const payload of payloads) {
      const { payloadId } = await deps.stream.append({
        ...payload,
        project: filter.project,
        ip: '',
        userAgent: 'weir-replay',
      });
      result.replayed += payload.eventCount;
      result.batch_ids.push(payloadId);
    }
    left -= rows.length;
    const last = rows.at(-1);
    if (!last || rows.length < REJECTED_LIMIT_MAX) return result;
    place = { ms: Number(last.received_ms), payload: last.payload_id, index: last.event_index };
    result.next_until = new Date(place.ms + 1).toISOString();
  }
  result.more = true;
  return result;
}
