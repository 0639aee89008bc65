/** The source's side of a comparison: it is read once more and counted by event type and day. */
import { hash } from 'node:crypto';
import type { Draft } from '../../pipeline/draft.js';
import { readDraft } from './dialect.js';
import { type Input, START } from './input.js';

const DAY_MS = 86_400_000;
/** Groups of type and day that are held in memory; a comparison beyond it is not made. */
const GROUPS_MAX = 200_000;
/** People that are held in memory to be counted; beyond it they are not. */
const USERS_MAX = 5_000_000;

export interface SourceGroup {
  event: string;
  /** A date, UTC. */
  day: string;
  count: number;
  /** As identity_digest of import-groups.sql, hex. */
  digest: string;
  sums: number[];
}

export interface SourceCounts {
  groups: SourceGroup[];
  events: number;
  /** Undefined: too many to count. */
  users: number | undefined;
  /** Events without a time of their own: they lie on the day they came in, and are not compared. */
  untimed: number;
  fromMs: number;
  toMs: number;
}

/** An event of the source that Weir should hold. */
export interface SourceEvent {
  id: string;
  event: string;
  day: string;
  userId: string;
  anonymousId: string;
  timestampMs: number;
  numbers: number[];
}

export interface SourceOptions {
  isWanted(json: string): boolean;
  /** Lines whose events were rejected. */
  rejected: ReadonlySet<number>;
  /** Properties whose sums are compared. */
  sums: readonly string[];
}

const dayOf = (ms: number): string => new Date(Math.floor(ms / DAY_MS) * DAY_MS).toISOString().slice(0, 10);

/** As ClickHouse reads it from the text of the value: a number, or text that is one; else 0. */
function readNumber({ properties }: Draft, path: string): number {
  let value: unknown = properties[path];
  if (value === undefined)
    value = path
      .split('.')
      .reduce<unknown>(
        (inner, key) =>
          typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : undefined,
        properties,
      );
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : 0;
}

/** Events of a source that should be stored; `undefined` for one without a time. */
export async function* readEvents(
  input: Input,
  options: SourceOptions,
): AsyncGenerator<SourceEvent | undefined> {
  for await (const batch of input.read({ ...START, files: [] })) {
    for (const record of batch) {
      if (!('json' in record) || options.rejected.has(record.line) || !options.isWanted(record.json))
        continue;
      const draft = readDraft(input.dialect, record.json);
      if (draft === undefined || draft.problems !== undefined) continue;
      if (Number.isNaN(draft.timestampMs)) {
        yield undefined;
        continue;
      }
      yield {
        id: draft.eventId,
        event: draft.event,
        day: dayOf(draft.timestampMs),
        userId: draft.userId,
        anonymousId: draft.anonymousId,
        timestampMs: draft.timestampMs,
        numbers: options.sums.map((path) => readNumber(draft, path)),
      };
    }
  }
}

export const groupKey = ({ event, day }: { event: string; day: string }): string => `${day}\u0000${event}`;

interface Counting extends Omit<SourceGroup, 'digest'> {
  digest: Buffer;
}

function addEvent(group: Counting, event: SourceEvent): void {
  const { id, userId, anonymousId, timestampMs } = event;
  const digest = hash('md5', `${id}\n${userId}\n${anonymousId}\n${timestampMs}`, 'buffer');
  for (let at = 0; at < 8; at++) group.digest[at] = group.digest[at]! ^ digest[at]!;
  group.count += 1;
  event.numbers.forEach((number, index) => {
    group.sums[index] = (group.sums[index] ?? 0) + number;
  });
}

/** Counts a source. Undefined when it has more groups than are held. */
export async function countSource(input: Input, options: SourceOptions): Promise<SourceCounts | undefined> {
  const groups = new Map<string, Counting>();
  const users = new Set<string>();
  const counts = { events: 0, untimed: 0, fromMs: Number.POSITIVE_INFINITY, toMs: Number.NEGATIVE_INFINITY };
  for await (const event of readEvents(input, options)) {
    if (event === undefined) {
      counts.untimed += 1;
      continue;
    }
    counts.events += 1;
    counts.fromMs = Math.min(counts.fromMs, event.timestampMs);
    counts.toMs = Math.max(counts.toMs, event.timestampMs + 1);
    if (users.size < USERS_MAX) users.add(event.userId === '' ? event.anonymousId : event.userId);
    const key = groupKey(event);
    let group = groups.get(key);
    if (group === undefined) {
      if (groups.size >= GROUPS_MAX) return undefined;
      const sums = options.sums.map(() => 0);
      group = { event: event.event, day: event.day, count: 0, digest: Buffer.alloc(8), sums };
      groups.set(key, group);
    }
    addEvent(group, event);
  }
  return {
    ...counts,
    users: users.size < USERS_MAX ? users.size : undefined,
    // ClickHouse reads the eight bytes as a number, least first, and writes it in hex.
    groups: [...groups.values()].map((group) => ({
      ...group,
      digest: Buffer.from(group.digest).reverse().toString('hex').toUpperCase(),
    })),
  };
}
