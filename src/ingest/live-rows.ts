/** What live views are told of a batch: its stored events, less those no live view reaches. */
import type { Entry } from '../event/types.js';
import { LIVE_HORIZON_MS, LIVE_ROWS_MAX, type LiveRows } from '../stream/live-record.js';
import { NEW, OURS } from './judge.js';
import type { Part } from './prepare-parts.js';

/** Event types and projects are told by 16-bit numbers. */
const NAMES_MAX = 65_535;

/** Rows of a part that count, by ordinal. */
function listRows({ batch, entries }: Part, verdicts: Uint8Array): number[] {
  const rows: number[] = [];
  for (let row = 0; row < verdicts.length; row++) {
    if (verdicts[row] !== NEW && verdicts[row] !== OURS) continue;
    const age = entries[batch.rowEntry[row]!]!.receivedAtMs - batch.rowTimestampsMs[row]!;
    if (Math.abs(age) <= LIVE_HORIZON_MS) rows.push(row);
  }
  return rows;
}

function numberNames(names: readonly string[], from: Map<string, number>): number[] {
  return names.map((name) => {
    let number = from.get(name);
    if (number === undefined) {
      number = from.size;
      from.set(name, number);
    }
    return number;
  });
}

/** Undefined: more than can be told. */
export function listLiveRows(
  entries: readonly Entry[],
  stored: readonly { part: Part; verdicts: Uint8Array }[],
): LiveRows | undefined {
  const kept = stored.map(({ part, verdicts }) => listRows(part, verdicts));
  const total = kept.reduce((sum, rows) => sum + rows.length, 0);
  if (total > LIVE_ROWS_MAX) return undefined;
  const projects = new Map<string, number>();
  const names = new Map<string, number>();
  const live: LiveRows = {
    projects: [],
    names: [],
    rowProject: new Uint16Array(total),
    rowName: new Uint16Array(total),
    persons: new Uint32Array(total * 2),
    timestampsMs: new Float64Array(total),
    numbers: [],
    partial: [],
    samples: [],
    receivedMs: entries.at(-1)!.receivedAtMs,
  };
  let at = 0;
  stored.forEach(({ part }, i) => {
    at = addPart(live, part, kept[i]!, at, { projects, names });
  });
  if (names.size > NAMES_MAX || projects.size > NAMES_MAX) return undefined;
  live.projects = [...projects.keys()];
  live.names = [...names.keys()];
  return live;
}

/** Adds a part's rows from place `first` on; the place after them. */
function addPart(
  live: LiveRows,
  { entries, batch }: Part,
  rows: readonly number[],
  first: number,
  numbered: { projects: Map<string, number>; names: Map<string, number> },
): number {
  const columns = batch.live;
  /** Where each row of the part stands among the rows told. */
  const places = new Int32Array(batch.rows).fill(-1);
  const names = numberNames(columns.names, numbered.names);
  const projects = numberNames(
    entries.map((entry) => entry.project),
    numbered.projects,
  );
  rows.forEach((row, i) => {
    const at = first + i;
    places[row] = at;
    live.rowProject[at] = projects[batch.rowEntry[row]!]!;
    live.rowName[at] = names[columns.rowName[row]!]!;
    live.persons[at * 2] = columns.persons[row * 2]!;
    live.persons[at * 2 + 1] = columns.persons[row * 2 + 1]!;
    live.timestampsMs[at] = batch.rowTimestampsMs[row]!;
  });
  for (const series of columns.numbers) {
    const of: number[] = [];
    series.rows.forEach((row, i) => {
      if (places[row] !== -1) of.push(i);
    });
    if (of.length === 0) continue;
    live.numbers.push({
      name: names[series.name]!,
      property: series.property,
      rows: Uint32Array.from(of, (i) => places[series.rows[i]!]!),
      values: Float64Array.from(of, (i) => series.values[i]!),
    });
  }
  live.partial.push(...columns.partial.map((name) => names[name]!));
  for (const { row, json } of columns.samples)
    if (places[row] !== -1) live.samples.push({ row: places[row]!, json });
  return first + rows.length;
}
