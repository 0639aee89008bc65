/**
 * Whether Weir holds what the source holds.
 *
 *   count     the source is read again, by event type and day: events, a digest of who, when and which id, chosen sums
 *   ask       the same of what is stored; groups that agree are done, which is all of them when nothing went wrong
 *   look      of the others each event is held against its row in Weir: missing, changed, stored twice, or not the source's
 *
 * Events that were rejected are known by their lines and left out. What others sent of the same types on the same days is no
 * difference: `others` counts it.
 */
import type { Target } from '../client.js';
import {
  countSource,
  groupKey,
  readEvents,
  type SourceCounts,
  type SourceEvent,
  type SourceGroup,
  type SourceOptions,
} from './compare-source.js';
import { countStored, countUsers, readStored, type StoredGroup } from './compare-stored.js';
import type { Input } from './input.js';

/** Events of groups that differ that are held in memory at once; a single group may be larger. */
const EVENTS_LOOKED_AT = 1_000_000;
/** How often the source is read to look at groups that differ. What is left then counts as wrong without being looked at. */
const LOOKS_MAX = 5;
/** Ids named for each group and kind of difference. */
const IDS_NAMED = 5;
/** Sums of the same numbers in another order differ by rounding. */
const SUM_TOLERANCE = 1e-9;

export interface GroupDifference {
  event: string;
  day: string;
  source: number;
  stored: number;
  /** Not stored at all under this type and day. */
  missing: number;
  /** Stored with another person, time or number. */
  changed: number;
  /** Stored more than once. */
  doubled: number;
  /** Rows of the source that repeat another's id: stored once. */
  repeated: number;
  /** Stored, and not of this source. */
  others: number;
  /** Some of the ids that are missing, changed or doubled. */
  examples: string[];
}

export interface Comparison {
  source: Pick<SourceCounts, 'events' | 'users' | 'untimed'>;
  groups: { event: string; day: string; source: number; stored: number }[];
  stored_users: number | undefined;
  sums: Record<string, { source: number; stored: number }>;
  differences: GroupDifference[];
  /** Events that are missing, changed or doubled, without those the server rejected unnamed. 0: all is as it should be. */
  unexplained: number;
}

export interface CompareOptions extends SourceOptions {
  target: Target;
  /** Rejected events whose lines are not known. */
  unnamedRejects: number;
}

const isNear = (a: number, b: number): boolean =>
  Math.abs(a - b) <= SUM_TOLERANCE * (Math.abs(a) + Math.abs(b) + 1);

const agrees = (group: SourceGroup, stored: StoredGroup | undefined): boolean =>
  stored !== undefined &&
  stored.count === group.count &&
  stored.digest === group.digest &&
  group.sums.every((sum, index) => isNear(sum, stored.sums[index] ?? 0));

const isSame = (a: SourceEvent, b: SourceEvent): boolean =>
  a.userId === b.userId &&
  a.anonymousId === b.anonymousId &&
  a.timestampMs === b.timestampMs &&
  a.numbers.every((number, index) => isNear(number, b.numbers[index] ?? 0));

/** The source's events of some groups, by group and id; how many repeat an id. */
async function gatherEvents(input: Input, options: SourceOptions, keys: ReadonlySet<string>) {
  const found = new Map<string, { events: Map<string, SourceEvent>; repeated: number }>();
  for await (const event of readEvents(input, options)) {
    const key = event === undefined ? '' : groupKey(event);
    if (event === undefined || !keys.has(key)) continue;
    const group = found.get(key) ?? { events: new Map<string, SourceEvent>(), repeated: 0 };
    found.set(key, group);
    // The first of an id is the one that is stored.
    if (group.events.has(event.id)) group.repeated += 1;
    else group.events.set(event.id, event);
  }
  return found;
}

async function lookAtGroup(
  group: SourceGroup,
  source: { events: Map<string, SourceEvent>; repeated: number },
  options: CompareOptions,
): Promise<GroupDifference> {
  const difference = {
    event: group.event,
    day: group.day,
    source: group.count,
    stored: 0,
    missing: 0,
    changed: 0,
    doubled: 0,
    repeated: source.repeated,
    others: 0,
  };
  const examples: string[] = [];
  const name = (id: string): void => {
    if (examples.length < IDS_NAMED) examples.push(id);
  };
  const left = new Map(source.events);
  for await (const stored of readStored(options.target, group, options.sums)) {
    difference.stored += 1;
    const mine = left.get(stored.id);
    left.delete(stored.id);
    if (mine === undefined && source.events.has(stored.id)) {
      difference.doubled += 1;
      name(stored.id);
    } else if (mine === undefined) difference.others += 1;
    else if (!isSame(mine, stored)) {
      difference.changed += 1;
      name(stored.id);
    }
  }
  for (const id of left.keys()) name(id);
  return { ...difference, missing: left.size, examples };
}

const isWrong = ({ missing, changed, doubled }: GroupDifference): boolean => missing + changed + doubled > 0;

/** Groups in portions that are held at once. */
function portion(groups: readonly SourceGroup[]): SourceGroup[][] {
  const portions: SourceGroup[][] = [];
  let held = 0;
  for (const group of groups) {
    const last = portions.at(-1);
    if (last !== undefined && held + group.count <= EVENTS_LOOKED_AT) last.push(group);
    else {
      portions.push([group]);
      held = 0;
    }
    held += group.count;
  }
  return portions;
}

async function lookAtGroups(
  input: Input,
  groups: readonly SourceGroup[],
  options: CompareOptions,
): Promise<GroupDifference[]> {
  const differences: GroupDifference[] = [];
  for (const [place, some] of portion(groups).entries()) {
    const found =
      place < LOOKS_MAX ? await gatherEvents(input, options, new Set(some.map(groupKey))) : undefined;
    for (const group of some) {
      const events = found?.get(groupKey(group));
      differences.push(
        events === undefined ? describeUnseen(group) : await lookAtGroup(group, events, options),
      );
    }
  }
  return differences;
}

/** A group that differs and was not looked at: all of it counts as changed. */
const describeUnseen = ({ event, day, count }: SourceGroup): GroupDifference => ({
  event,
  day,
  source: count,
  stored: 0,
  missing: 0,
  changed: count,
  doubled: 0,
  repeated: 0,
  others: 0,
  examples: [],
});

/** Compares. A sentence when it cannot be done; throws CommandError when Weir does not answer. */
export async function compareInput(input: Input, options: CompareOptions): Promise<Comparison | string> {
  if (!input.isRepeatable) return 'standard input cannot be read a second time';
  const source = await countSource(input, options);
  if (source === undefined) return 'the source has too many event types and days';
  const stored = source.events === 0 ? [] : await countStored(options.target, source, options.sums);
  const byKey = new Map(stored.map((group) => [groupKey(group), group]));
  const differing = source.groups.filter((group) => !agrees(group, byKey.get(groupKey(group))));
  const differences = await lookAtGroups(input, differing, options);
  const sum = (pick: (one: GroupDifference) => number): number =>
    differences.reduce((total, one) => total + pick(one), 0);
  const missing = Math.max(0, sum((one) => one.missing) - options.unnamedRejects);
  return {
    source: { events: source.events, users: source.users, untimed: source.untimed },
    groups: source.groups.map(({ event, day, count, ...group }) => ({
      event,
      day,
      source: count,
      stored: byKey.get(groupKey({ ...group, event, day }))?.count ?? 0,
    })),
    stored_users: source.events === 0 ? 0 : await countUsers(options.target, source),
    sums: Object.fromEntries(
      options.sums.map((path, index) => [
        path,
        {
          source: source.groups.reduce((total, group) => total + (group.sums[index] ?? 0), 0),
          stored: source.groups.reduce(
            (total, group) => total + (byKey.get(groupKey(group))?.sums[index] ?? 0),
            0,
          ),
        },
      ]),
    ),
    differences: differences.filter((one) => isWrong(one) || one.repeated + one.others > 0),
    unexplained: missing + sum((one) => one.changed + one.doubled),
  };
}
