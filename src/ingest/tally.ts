/** Counts of a batch: what became of each entry's events, and what that adds to each project's hourly counters. */
import type { PreparedBatch } from '../event/prepared.js';
import { type Entry, parsePayloadId, type RejectedEvent } from '../event/types.js';
import type { CountDelta } from '../stream/consumer.js';
import { hourOf } from '../stream/entry-id.js';
import { weighEntry } from '../stream/options.js';
import type { EntryOutcome, EntryReject } from '../stream/outcome-record.js';
import { CONFLICT, DUPLICATE, REJECTED_BEFORE } from './judge.js';

export interface Tally {
  /** Counts a stored part: its rows by their verdicts, its rejects, and what its stages dropped. */
  addPart(
    entries: readonly Entry[],
    batch: PreparedBatch,
    verdicts: Uint8Array,
    rejects: readonly RejectedEvent[],
  ): void;
  /** Counts entries of which every event is rejected. */
  addPoison(rejects: readonly RejectedEvent[]): void;
  readonly outcomes: EntryOutcome[];
  readonly rejects: EntryReject[];
  countDeltas(): CountDelta[];
}

const entryIdOf = (reject: RejectedEvent): string => parsePayloadId(reject.payloadId)!.entryId;

/** An empty tally of a sealed batch's entries. */
export function createTally(entries: readonly Entry[]): Tally {
  const outcomes: EntryOutcome[] = entries.map((entry) => ({
    entryId: entry.id,
    project: entry.project,
    received: 0,
    stored: 0,
    duplicates: 0,
    rejected: 0,
    conflicts: 0,
    dropped: 0,
  }));
  const byId = new Map(outcomes.map((outcome) => [outcome.entryId, outcome]));
  const details: EntryReject[] = [];

  /** `conflicts` among the rejects are counted with the rows they were. */
  function addRejects(rejects: readonly RejectedEvent[], counted: (outcome: EntryOutcome) => void): void {
    for (const reject of rejects) {
      const entryId = entryIdOf(reject);
      const { index, eventId, code, path, message } = reject;
      details.push({ entryId, index, eventId, code, path, message });
      if (code !== 'event_id_conflict') counted(byId.get(entryId)!);
    }
  }

  return {
    addPart(partEntries, batch, verdicts, rejects) {
      partEntries.forEach((entry, i) => {
        const outcome = byId.get(entry.id)!;
        outcome.received = batch.entryEvents[i]!;
        outcome.dropped = batch.entryDropped[i]!;
      });
      for (let row = 0; row < verdicts.length; row++) {
        const outcome = byId.get(partEntries[batch.rowEntry[row]!]!.id)!;
        const verdict = verdicts[row]!;
        if (verdict === DUPLICATE) outcome.duplicates += 1;
        else if (verdict === CONFLICT || verdict === REJECTED_BEFORE) outcome.rejected += 1;
        if (verdict === CONFLICT) outcome.conflicts += 1;
      }
      addRejects(rejects, (outcome) => {
        outcome.rejected += 1;
      });
      for (const entry of partEntries) {
        const outcome = byId.get(entry.id)!;
        outcome.stored = outcome.received - outcome.duplicates - outcome.rejected - outcome.dropped;
      }
    },
    addPoison(rejects) {
      addRejects(rejects, (outcome) => {
        outcome.received += 1;
        outcome.rejected += 1;
      });
    },
    outcomes,
    rejects: details,
    countDeltas() {
      const deltas = new Map<string, CountDelta>();
      entries.forEach((entry, i) => {
        const outcome = outcomes[i]!;
        const hourMs = hourOf(entry.receivedAtMs);
        const key = `${hourMs} ${entry.project}`;
        const delta = deltas.get(key) ?? {
          hourMs,
          project: entry.project,
          bytes: 0,
          accepted: 0,
          pending: 0,
          stored: 0,
          duplicates: 0,
          rejected: 0,
          dropped: 0,
        };
        deltas.set(key, delta);
        // What a stage drops on purpose is not owed an outcome; what the front miscounted is put right.
        delta.accepted += outcome.received - outcome.dropped - entry.eventCount;
        delta.bytes += weighEntry(entry.body.length);
        delta.pending -= entry.eventCount;
        delta.stored += outcome.stored;
        delta.duplicates += outcome.duplicates;
        delta.rejected += outcome.rejected;
        delta.dropped += outcome.dropped;
      });
      return [...deltas.values()];
    },
  };
}
