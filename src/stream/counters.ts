/** A project's hourly counters, read together with where its partition stands. */
import { fromRoot } from '../paths.js';
import { loadScript, type Redis } from '../redis/client.js';
import { partitionKeys } from './keys.js';
import type { StreamOptions } from './options.js';
import { partitionOf } from './partition.js';

const SNAPSHOT = loadScript(fromRoot('src/stream/lua/snapshot.lua'));

/** Backlogs up to this many entries and bytes are counted one by one, which holds Redis up for some milliseconds. */
const SCAN_ENTRIES_MAX = 1_000;
const SCAN_BYTES_MAX = 8 * 1024 * 1024;

const HOUR_MS = 3_600_000;

export interface CounterSnapshot {
  partition: number;
  /** The newest acknowledged batch. */
  ackedSeq: number;
  /** What the fronts accepted, less what stages dropped on purpose. */
  accepted: number;
  pending: number;
  stored: number;
  duplicates: number;
  rejected: number;
  dropped: number;
  /** Events of the entries that wait in the stream, counted there; undefined when too many wait. */
  waiting: number | undefined;
}

/** The sums over the hours in [fromMs, toMs), both whole hours, at one instant. Throws StreamError. */
export async function readCounters(
  redis: Redis,
  options: Pick<StreamOptions, 'partitions'>,
  project: string,
  fromMs: number,
  toMs: number,
): Promise<CounterSnapshot> {
  const partition = partitionOf(project, options.partitions);
  const keys = partitionKeys(partition);
  const reply = await redis.script<string[]>(
    SNAPSHOT,
    [keys.state, keys.events],
    [keys.counts, project, String(fromMs), String(toMs), String(SCAN_ENTRIES_MAX), String(SCAN_BYTES_MAX)],
  );
  const [ackedSeq, accepted, pending, stored, duplicates, rejected, dropped, waiting] = reply.map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    partition,
    ackedSeq,
    accepted,
    pending,
    stored,
    duplicates,
    rejected,
    dropped,
    waiting: waiting < 0 ? undefined : waiting,
  };
}

/** Projects with anything counted in the hours in [fromMs, toMs), both whole hours. Throws StreamError. */
export async function listCountedProjects(
  redis: Redis,
  options: Pick<StreamOptions, 'partitions'>,
  fromMs: number,
  toMs: number,
): Promise<string[]> {
  const projects = new Set<string>();
  for (let partition = 0; partition < options.partitions; partition++) {
    const { counts } = partitionKeys(partition);
    for (let hour = fromMs; hour < toMs; hour += HOUR_MS) {
      for (const field of await redis.command<string[]>(['HKEYS', `${counts}${hour}`]))
        projects.add(field.slice(field.indexOf(':') + 1));
    }
  }
  return [...projects].sort();
}
