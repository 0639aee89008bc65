/**
 * Frequent sequences: event types that come one after the other, each later than the one before, with anything in between. This is
 * what a cohort's criterion `sequence` means, so a pattern can be saved as a cohort of the same people.
 *
 * PrefixSpan (Pei and others, 2001): a sequence is longer by one type only where it is frequent itself, and of each person only the
 * earliest moment at which she has completed it is kept: whoever can go on from a later one can go on from that. Support is counted in
 * the cohort and among everybody else in the same pass, so both are exact for the people looked at.
 */
import type { History } from './history.js';

/** Sequences found at most; the search ends there and says so. Each costs a pass over those who have its beginning. */
const SEQUENCES_MAX = 5_000;

export interface FoundSequence {
  /** Event types, from 0. */
  readonly kinds: readonly number[];
  readonly members: number;
  readonly others: number;
}

export interface SearchOptions {
  readonly lengthMax: number;
  /** Members that have a sequence at least. */
  readonly membersMin: number;
}

/** People who have a sequence, and how many of each one's events are used up by it: all up to the instant it was completed. */
interface Projection {
  readonly people: Uint32Array;
  readonly used: Uint32Array;
}

/** The number of events up to the instant of one of them, that instant included. */
function skipInstant({ instants }: History, at: number): number {
  let next = at + 1;
  while (next < instants.length && instants[next] === instants[at]) next++;
  return next;
}

/** Everybody whom each type follows, as lists of people and the first place it has after what is used. */
function extend(
  histories: readonly History[],
  { people, used }: Projection,
  kinds: number,
): { people: number[]; used: number[]; members: number }[] {
  const found = Array.from({ length: kinds }, () => ({
    people: [] as number[],
    used: [] as number[],
    members: 0,
  }));
  const seenBy = new Int32Array(kinds).fill(-1);
  for (let i = 0; i < people.length; i++) {
    const person = people[i]!;
    const history = histories[person]!;
    for (let at = used[i]!; at < history.kinds.length; at++) {
      const kind = history.kinds[at]!;
      if (seenBy[kind] === i) continue;
      seenBy[kind] = i;
      const group = found[kind]!;
      group.people.push(person);
      group.used.push(skipInstant(history, at));
      if (history.member) group.members += 1;
    }
  }
  return found;
}

/** All sequences of up to `lengthMax` types that enough members have. */
export function findSequences(
  histories: readonly History[],
  kinds: number,
  { lengthMax, membersMin }: SearchOptions,
): { sequences: readonly FoundSequence[]; complete: boolean } {
  const sequences: FoundSequence[] = [];
  let complete = true;
  const grow = (prefix: readonly number[], projection: Projection): void => {
    const groups = extend(histories, projection, kinds);
    groups.forEach((group, kind) => {
      if (group.members < membersMin || group.members === 0) return;
      if (sequences.length >= SEQUENCES_MAX) {
        complete = false;
        return;
      }
      const found = [...prefix, kind];
      sequences.push({ kinds: found, members: group.members, others: group.people.length - group.members });
      if (found.length < lengthMax)
        grow(found, { people: Uint32Array.from(group.people), used: Uint32Array.from(group.used) });
    });
  };
  grow([], {
    people: Uint32Array.from(histories, (_, person) => person),
    used: new Uint32Array(histories.length),
  });
  return { sequences, complete };
}
