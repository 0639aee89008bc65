/**
 * The outcome record of a batch, as it lies in the outcomes stream: what became of each entry's events.
 *
 * `p`: the batch's projects, as JSON. `e`: the entries, in order, as varints: for each the milliseconds since the entry before (the first: since 0),
 * the sequence number (since the entry before when the milliseconds are equal), events received, duplicates, rejected,
 * conflicts, dropped, and the project's place in `p`. About 9 bytes an entry, because it is kept for a day for every payload. `x`: the details of the first rejects,
 * as JSON; absent when there are none. Stored is what remains. `b`, added by the consumer: the batch's number.
 */
import type { RejectCode } from '../event/types.js';

/** Reject details kept in one batch's record; all are in rejected_events. About 300 bytes each, for a day. */
export const OUTCOME_REJECTS_MAX = 1_000;
/** Reject details kept for one entry, so that one bad payload does not use up the others' share. */
export const OUTCOME_REJECTS_PER_ENTRY_MAX = 100;
/** Characters of a path or message that are kept in a record. */
const TEXT_MAX = 300;

/** Counts of one entry's events. `conflicts` are among `rejected`. received = stored + duplicates + rejected + dropped. */
export interface EntryOutcome {
  entryId: string;
  /** Whose payload it was: nobody else may ask for its outcome. */
  project: string;
  received: number;
  stored: number;
  duplicates: number;
  rejected: number;
  conflicts: number;
  /** Discarded on purpose by a stage. */
  dropped: number;
}

/** One rejected event of a payload, as an ingest answer shows it. */
export interface RejectDetail {
  index: number;
  eventId: string;
  code: RejectCode;
  path: string;
  message: string;
}

export interface EntryReject extends RejectDetail {
  entryId: string;
}

type StoredReject = [
  entry: number,
  index: number,
  eventId: string,
  code: RejectCode,
  path: string,
  message: string,
];

function writeVarint(out: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    out.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  out.push(rest);
}

/** The fields of the record, in XADD's order. `entries` must be in stream order. */
export function encodeOutcome(
  entries: readonly EntryOutcome[],
  rejects: readonly EntryReject[],
): (string | Buffer)[] {
  const out: number[] = [];
  const projects = [...new Set(entries.map((entry) => entry.project))];
  const places = new Map(projects.map((project, i) => [project, i]));
  let lastMs = 0;
  let lastSeq = 0;
  for (const entry of entries) {
    const [ms, seq] = entry.entryId.split('-').map(Number) as [number, number];
    writeVarint(out, ms - lastMs);
    writeVarint(out, ms === lastMs ? seq - lastSeq : seq);
    for (const n of [entry.received, entry.duplicates, entry.rejected, entry.conflicts, entry.dropped])
      writeVarint(out, n);
    writeVarint(out, places.get(entry.project)!);
    lastMs = ms;
    lastSeq = seq;
  }
  const fields: (string | Buffer)[] = ['p', JSON.stringify(projects), 'e', Buffer.from(out)];
  const details = chooseDetails(entries, rejects);
  if (details.length > 0) fields.push('x', JSON.stringify(details));
  return fields;
}

function chooseDetails(entries: readonly EntryOutcome[], rejects: readonly EntryReject[]): StoredReject[] {
  const position = new Map(entries.map((entry, i) => [entry.entryId, i]));
  const perEntry = new Map<string, number>();
  const chosen: StoredReject[] = [];
  for (const reject of rejects) {
    if (chosen.length >= OUTCOME_REJECTS_MAX) break;
    const taken = perEntry.get(reject.entryId) ?? 0;
    const entry = position.get(reject.entryId);
    if (entry === undefined || taken >= OUTCOME_REJECTS_PER_ENTRY_MAX) continue;
    perEntry.set(reject.entryId, taken + 1);
    const { index, eventId, code, path, message } = reject;
    chosen.push([
      entry,
      index,
      eventId.slice(0, TEXT_MAX),
      code,
      path.slice(0, TEXT_MAX),
      message.slice(0, TEXT_MAX),
    ]);
  }
  return chosen;
}

export interface BatchOutcome {
  entries: EntryOutcome[];
  /** Details of one entry's rejects, by its entry id; at most the limits above. */
  rejectsOf(entryId: string): RejectDetail[];
}

/** Reads a record's fields as Redis returns them (field, value, …, values as Buffers). */
export function decodeOutcome(fields: readonly Buffer[]): BatchOutcome {
  let packed: Buffer = Buffer.alloc(0);
  let projects: string[] = [];
  let details: StoredReject[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i]!.toString();
    if (name === 'p') projects = JSON.parse(fields[i + 1]!.toString()) as string[];
    if (name === 'e') packed = fields[i + 1]!;
    if (name === 'x') details = JSON.parse(fields[i + 1]!.toString()) as StoredReject[];
  }
  const entries = decodeEntries(packed, projects);
  return {
    entries,
    rejectsOf: (entryId) =>
      details
        .filter(([entry]) => entries[entry]?.entryId === entryId)
        .map(([, index, eventId, code, path, message]) => ({ index, eventId, code, path, message }))
        .sort((a, b) => a.index - b.index),
  };
}

function decodeEntries(packed: Buffer, projects: readonly string[]): EntryOutcome[] {
  const entries: EntryOutcome[] = [];
  let at = 0;
  const readVarint = () => {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = packed[at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
  };
  let lastMs = 0;
  let lastSeq = 0;
  while (at < packed.length) {
    const sinceMs = readVarint();
    const seq = readVarint();
    lastSeq = sinceMs === 0 ? lastSeq + seq : seq;
    lastMs += sinceMs;
    const [received, duplicates, rejected] = [readVarint(), readVarint(), readVarint()];
    const [conflicts, dropped] = [readVarint(), readVarint()];
    entries.push({
      entryId: `${lastMs}-${lastSeq}`,
      project: projects[readVarint()]!,
      received,
      stored: received - duplicates - rejected - dropped,
      duplicates,
      rejected,
      conflicts,
      dropped,
    });
  }
  return entries;
}
