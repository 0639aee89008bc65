/**
 * The client's side of the story: which events were sent, which were acknowledged, and what must have become of each.
 * Kept by the test alone; the system under test never sees it.
 */

export interface SentEvent {
  id: string;
  /** Whether the event is valid: valid ones must be stored, others rejected. */
  valid: boolean;
}

export interface Ledger {
  sent(events: readonly SentEvent[]): void;
  acknowledged(events: readonly SentEvent[]): void;
  readonly acknowledgedCount: number;
  compare(stored: ReadonlyMap<string, number>, rejected: ReadonlyMap<string, number>): Verdict;
}

export interface Verdict {
  /** Acknowledged, valid, and not stored. */
  lost: string[];
  /** Stored more than once. */
  duplicated: string[];
  /** Stored or rejected, but never sent, or valid and rejected, or invalid and stored. */
  phantom: string[];
  /** Acknowledged, invalid, and not among the rejected. */
  rejectsLost: string[];
}

export function createLedger(): Ledger {
  const validity = new Map<string, boolean>();
  const acknowledged = new Set<string>();
  return {
    sent(events) {
      for (const event of events) validity.set(event.id, event.valid);
    },
    acknowledged(events) {
      for (const event of events) acknowledged.add(event.id);
    },
    get acknowledgedCount() {
      return acknowledged.size;
    },
    compare(stored, rejected) {
      const isLost = (id: string): boolean => validity.get(id) === true && !stored.has(id);
      const isRejectLost = (id: string): boolean => validity.get(id) === false && !rejected.has(id);
      return {
        lost: [...acknowledged].filter(isLost),
        duplicated: [...stored].filter(([, count]) => count > 1).map(([id]) => id),
        phantom: [
          ...[...stored.keys()].filter((id) => validity.get(id) !== true),
          ...[...rejected.keys()].filter((id) => validity.get(id) !== false),
        ],
        rejectsLost: [...acknowledged].filter(isRejectLost),
      };
    },
  };
}

export const isClean = (verdict: Verdict): boolean =>
  verdict.lost.length + verdict.duplicated.length + verdict.phantom.length + verdict.rejectsLost.length === 0;
