/** What the stored events of a batch touch, for the versions of the data (stream/data-version.ts). */
import { dayOf, encodeTouched, TOUCHED_MAX, type Touched } from '../stream/data-version.js';
import { NEW, OURS } from './judge.js';
import type { Part } from './prepare-parts.js';

interface Gathered extends Touched {
  places: Set<string>;
}

/** As the acknowledgement takes it; also of what an earlier attempt stored, whose touch nobody may have told. */
export function encodeStored(
  partition: number,
  stored: readonly { part: Part; verdicts: Uint8Array }[],
): string {
  const projects = new Map<string, Gathered>();
  for (const { part, verdicts } of stored) addPart(projects, part, verdicts);
  return encodeTouched(partition, [...projects.values()]);
}

function addPart(projects: Map<string, Gathered>, { entries, batch }: Part, verdicts: Uint8Array): void {
  const { names, rowName } = batch.live;
  const links = new Set(batch.people.links);
  const changes = new Set(batch.people.changes);
  let [seenEntry, seenDay, seenName] = [-1, 0, 0];
  for (let row = 0; row < verdicts.length; row++) {
    if (verdicts[row] !== NEW && verdicts[row] !== OURS) continue;
    const entry = batch.rowEntry[row]!;
    const day = dayOf(batch.rowTimestampsMs[row]!);
    const name = rowName[row]!;
    // Neighbours are mostly alike.
    if (entry === seenEntry && day === seenDay && name === seenName) continue;
    [seenEntry, seenDay, seenName] = [entry, day, name];
    const { project, receivedAtMs } = entries[entry]!;
    let touched = projects.get(project);
    if (!touched) {
      touched = { project, receivedMs: 0, everything: false, people: false, places: new Set() };
      projects.set(project, touched);
    }
    touched.receivedMs = Math.max(touched.receivedMs, receivedAtMs);
    touched.people ||= changes.has(project);
    touched.everything ||= links.has(project) || touched.places.size >= TOUCHED_MAX;
    if (!touched.everything) touched.places.add(`${day}:${names[name]}`);
  }
}
