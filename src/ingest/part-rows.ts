/** Rows of a part by name: their keys, and those whose id belongs to another event. */
import { readEventId } from '../event/prepared.js';
import type { RejectedEvent } from '../event/types.js';
import { CONFLICT, type Judgement } from './judge.js';
import type { Part } from './prepare-parts.js';
import { describeConflicts } from './set-aside.js';
import { eventKey } from './tables.js';

/** The eventKey of a row. */
export function keyOfRow({ batch, entries }: Part, row: number): string {
  return eventKey(entries[batch.rowEntry[row]!]!.project, readEventId(batch, row));
}

/** The part's conflicts, as they are kept: entry by entry, so that each payload is read once. */
export function describePartConflicts(part: Part, { verdicts }: Judgement): RejectedEvent[] {
  const { batch, entries } = part;
  const byEntry = new Map<number, number[]>();
  for (let row = 0; row < verdicts.length; row++) {
    if (verdicts[row] !== CONFLICT) continue;
    const rows = byEntry.get(batch.rowEntry[row]!);
    if (rows) rows.push(row);
    else byEntry.set(batch.rowEntry[row]!, [row]);
  }
  return [...byEntry].flatMap(([entry, rows]) =>
    describeConflicts(
      entries[entry]!,
      rows.map((row) => batch.rowIndex[row]!),
      rows.map((row) => readEventId(batch, row)),
    ),
  );
}
