/**
 * Versions of the data, by which an answer that was kept is known to be still right.
 *
 * A project's record in Redis is a hash. A version is a time in µs that only grows; a batch that is acknowledged takes the next one
 * and writes it to what its stored events touch, in the script that acknowledges (ack.lua), that is after its rows can be read
 * and before `?wait=stored` answers:
 *
 *   n                the newest version: any batch of the project
 *   all              everything changed: ids were joined, the record was made or had become too long
 *   people           properties of people changed
 *   d:<day>:<type>   events of a type with a timestamp of that day, UTC, counted from 1970
 *   e:<type>         events of a type, whenever
 *   t:<day>          events of that day, whatever
 *   received         receipt of the newest stored event, ms
 *
 * Who answers a question notes `n` before it reads anything. The answer holds whatever was acknowledged by then, so it is right
 * as long as nothing that it read has a greater version. Because versions are times they do not repeat when Redis is emptied or
 * set back: the next batch makes a new record whose `all` is greater than any version before. Without a record, that is until the
 * first batch after an upgrade or a loss, nothing can be said, and nothing is kept.
 */
import type { Redis } from '../redis/client.js';
import { partitionKeys } from './keys.js';
import { partitionOf } from './partition.js';

/** Types and days one batch may touch in a project before it counts as touching everything: three fields each. */
export const TOUCHED_MAX = 500;
/** Fields of one question: beyond it looks at coarser ones, and is computed anew a little too often. */
const FIELDS_MAX = 400;

const DAY_MS = 86_400_000;

/** The day of a timestamp, as fields name it. */
export const dayOf = (timestampMs: number): number => Math.floor(timestampMs / DAY_MS);

/** What the stored events of a batch touch in a project. */
export interface Touched {
  project: string;
  /** Receipt of the newest of them. */
  receivedMs: number;
  /** More than can be listed, or ids were joined. */
  everything: boolean;
  /** Properties of people changed. */
  people: boolean;
  /** "day:type" of each event. */
  places: Iterable<string>;
}

/** What an answer depends on. */
export interface DataReads {
  /** Event types; '*': all. */
  readonly events: readonly string[] | '*';
  /** Timestamps of the events; absent: all. */
  readonly range?: { readonly fromMs: number; readonly toMs: number };
  /** Whether properties of people are read. */
  readonly people: boolean;
  /** Receipts after which something in the answer becomes complete; 'any': every batch may change it. */
  readonly receipts: readonly number[] | 'any';
}

/** Of an answer of which nothing more is known. */
export const READS_EVERYTHING: DataReads = { events: '*', people: true, receipts: 'any' };

export interface DataVersion {
  /** The newest version of the project. */
  readonly newest: number;
  /** The newest version of what was asked for. */
  readonly touched: number;
  /** Receipt of the newest stored event of the project, ms. */
  readonly receivedMs: number | undefined;
}

export const versionKey = (project: string, partitions: number): string =>
  `${partitionKeys(partitionOf(project, partitions)).versions}${project}`;

/** As ack.lua takes it: '' when nothing was touched. */
export function encodeTouched(partition: number, touched: readonly Touched[]): string {
  if (touched.length === 0) return '';
  const { versions } = partitionKeys(partition);
  return JSON.stringify(
    touched.map(({ project, receivedMs, everything, people, places }) => {
      if (everything) return [versions + project, receivedMs, ['all']];
      const fields = new Set(people ? ['people'] : []);
      for (const place of places) {
        const colon = place.indexOf(':');
        fields
          .add(`d:${place}`)
          .add(`e:${place.slice(colon + 1)}`)
          .add(`t:${place.slice(0, colon)}`);
      }
      return [versions + project, receivedMs, [...fields]];
    }),
  );
}

/** The fields that change when the answer may; `n` when none are as exact. */
export function listVersionFields({ events, range, people, receipts }: DataReads): string[] {
  if (receipts === 'any') return ['n'];
  const days = range ? listDays(range.fromMs, range.toMs) : undefined;
  const read = people ? ['people'] : [];
  if (events === '*') return days ? [...read, ...days.map((day) => `t:${day}`)] : ['n'];
  if (days && days.length * events.length <= FIELDS_MAX)
    return [...read, ...events.flatMap((event) => days.map((day) => `d:${day}:${event}`))];
  return [...read, ...events.slice(0, FIELDS_MAX).map((event) => `e:${event}`)];
}

/** The days a range touches; undefined when they are too many to be listed. */
function listDays(fromMs: number, toMs: number): number[] | undefined {
  const first = dayOf(fromMs);
  const count = dayOf(toMs - 1) - first + 1;
  return count <= FIELDS_MAX ? Array.from({ length: count }, (_, i) => first + i) : undefined;
}

/** The version of what is read. Undefined: the project has no record. Throws StreamError. */
export async function readDataVersion(
  redis: Pick<Redis, 'command'>,
  key: string,
  reads: DataReads,
): Promise<DataVersion | undefined> {
  const fields = ['n', 'received', 'all', ...listVersionFields(reads)];
  const [newest, received, ...versions] = await redis.command<(string | null)[]>(['HMGET', key, ...fields]);
  if (newest === null || newest === undefined) return undefined;
  return {
    newest: Number(newest),
    touched: Math.max(...versions.map(Number)),
    receivedMs: received === null || received === undefined ? undefined : Number(received),
  };
}
