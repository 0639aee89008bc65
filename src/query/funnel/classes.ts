/**
 * Which conditions an event fulfils, as one number the engine computes and the solvers understand.
 *
 * The distinct conditions of all steps and exclusions are numbered; a step that repeats another's condition adds none. Two codes:
 *
 * packed  Each event type has a base, and above it one bit for each condition that type may fulfil. Every class is known
 *         beforehand, and class and time of an event travel as one integer. For up to MAX_PACKED_CLASSES classes and ranges
 *         that leave room for them, which is nearly every funnel: fifty steps of fifty types are 51 classes.
 * wide    Words of WORD_BITS bits, one bit a condition, beside the time. Classes are numbered as their words are seen: fifty
 *         conditions on one type have 2^50 words, of which few occur.
 *
 * Class 0 is: fulfils nothing.
 */
import { RequestError } from '../../errors.js';
import { type Condition, isAlways } from '../condition/condition.js';
import type { EventMatch } from '../request.js';
import type { FunnelQuestion } from './request.js';

/** A condition on events of some types. */
export interface Matcher {
  readonly events: readonly string[];
  readonly where: Condition | undefined;
}

/** What may happen to events of one type: the matchers that ask nothing more of it, and those that do, bit by bit. */
export interface EventClasses {
  readonly event: string;
  readonly base: number;
  readonly always: readonly number[];
  readonly bits: readonly number[];
}

export interface Matchers {
  readonly list: readonly Matcher[];
  /** Matcher of each step, and of each exclusion. */
  readonly ofStep: readonly number[];
  readonly ofExclusion: readonly number[];
  /** Matcher of each observed event type. */
  readonly ofObserved: readonly number[];
  readonly events: readonly EventClasses[];
  /** Number of classes when all are known beforehand, else undefined: the wide code is used. */
  readonly packedClasses: number | undefined;
}

const MAX_PACKED_CLASSES = 4_096;
/** Bits that a Float64 holds exactly, in whole words. */
export const WORD_BITS = 52;
/** Distinct breakdown values among the funnel's events: each has counts for every step while they are ranked. */
export const MAX_BREAKDOWN_VALUES = 100_000;
/** Bits of a value's number beside time and class in one UInt64. */
export const VALUE_BITS = 17;
/** Distinct combinations of conditions that may occur under the wide code. */
const MAX_WIDE_CLASSES = 65_536;

export function listMatchers({ definition, range, where, breakdown, observed }: FunnelQuestion): Matchers {
  const list: Matcher[] = [];
  const known = new Map<string, number>();
  const number = ({ events, where: own }: EventMatch, common: Condition | undefined): number => {
    const matcher: Matcher = { events: [...events].sort(), where: combine(own, common) };
    const key = JSON.stringify([matcher.events, matcher.where ?? null]);
    const index = known.get(key) ?? list.push(matcher) - 1;
    known.set(key, index);
    return index;
  };
  const ofStep = definition.steps.map((step) => number(step, where));
  const ofExclusion = definition.exclusions.map((exclusion) => number(exclusion, undefined));
  const ofObserved = observed.map((event) => number({ events: [event], where: undefined }, undefined));
  const names = [...new Set(list.flatMap(({ events }) => events))];
  let base = 1;
  const events = names.map((event) => {
    const mine = [...list.keys()].filter((index) => list[index]!.events.includes(event));
    const bits = mine.filter((index) => list[index]!.where !== undefined);
    const classes = { event, base, always: mine.filter((index) => list[index]!.where === undefined), bits };
    base += 2 ** bits.length;
    return classes;
  });
  const spanMs = range.toMs - range.fromMs + definition.windowMs;
  const packed =
    base <= MAX_PACKED_CLASSES &&
    spanMs * base < (breakdown.length > 0 ? 2 ** (64 - VALUE_BITS) : Number.MAX_SAFE_INTEGER);
  return { list, ofStep, ofExclusion, ofObserved, events, packedClasses: packed ? base : undefined };
}

/** Both conditions as one, undefined when neither asks for anything. The question's own `where` is about the steps. */
function combine(own: Condition | undefined, common: Condition | undefined): Condition | undefined {
  const parts = [own, common].filter((one) => one !== undefined && !isAlways(one)) as Condition[];
  return parts.length > 1 ? { kind: 'and', parts } : parts[0];
}

/** Every class of the packed code but 0, with the matchers its events fulfil. */
export function listClasses({ events }: Matchers): { one: number; fulfilled: number[] }[] {
  return events.flatMap(({ base, always, bits }) =>
    Array.from({ length: 2 ** bits.length }, (_, mask) => ({
      one: base + mask,
      fulfilled: [...always, ...bits.filter((_, bit) => (mask >> bit) & 1)],
    })),
  );
}

/** Classes and what they match, for the solvers. */
export interface ClassTable {
  readonly classCount: number;
  readonly matches: Uint8Array;
  readonly excluded: readonly Uint8Array[];
  /** For each class the place of its event type among the observed ones, -1 for none. */
  readonly observed: Int16Array;
  /** The class of an event whose wide code is these words. @throws RequestError 422 beyond MAX_WIDE_CLASSES */
  findClass(words: readonly number[]): number;
}

export function createClassTable(matchers: Matchers): ClassTable {
  const { ofStep, ofExclusion, ofObserved, packedClasses } = matchers;
  const classCount = packedClasses ?? MAX_WIDE_CLASSES;
  const stepCount = ofStep.length;
  const matches = new Uint8Array(classCount * stepCount);
  const excluded = ofExclusion.map(() => new Uint8Array(classCount));
  const observed = new Int16Array(classCount).fill(-1);
  const define = (one: number, fulfilled: ReadonlySet<number>): void => {
    for (let step = 0; step < stepCount; step++)
      if (fulfilled.has(ofStep[step]!)) matches[one * stepCount + step] = 1;
    for (const [index, matcher] of ofExclusion.entries())
      if (fulfilled.has(matcher)) excluded[index]![one] = 1;
    observed[one] = ofObserved.findIndex((matcher) => fulfilled.has(matcher));
  };
  if (packedClasses !== undefined)
    for (const { one, fulfilled } of listClasses(matchers)) define(one, new Set(fulfilled));
  return {
    classCount,
    matches,
    excluded,
    observed,
    findClass: createWideIndex(matchers.list.length, classCount, define),
  };
}

/** Numbers words as they come. One word is the usual case and costs one look-up. */
function createWideIndex(
  matcherCount: number,
  classCount: number,
  define: (one: number, fulfilled: ReadonlySet<number>) => void,
): (words: readonly number[]) => number {
  const byWord = new Map<number, number>([[0, 0]]);
  const byWords = new Map<string, number>([
    [new Array(Math.ceil(matcherCount / WORD_BITS)).fill(0).join(), 0],
  ]);
  let next = 1;
  const create = (words: readonly number[]): number => {
    if (next >= classCount)
      throw new RequestError(
        422,
        'too_many_combinations',
        `Events fulfil the conditions of this funnel in more than ${MAX_WIDE_CLASSES} combinations; use fewer conditions.`,
      );
    const fulfilled = new Set<number>();
    for (let matcher = 0; matcher < matcherCount; matcher++) {
      const word = words[Math.floor(matcher / WORD_BITS)]!;
      if (Math.floor(word / 2 ** (matcher % WORD_BITS)) % 2 === 1) fulfilled.add(matcher);
    }
    define(next, fulfilled);
    return next++;
  };
  return (words) => {
    if (words.length === 1) {
      const one = byWord.get(words[0]!) ?? create(words);
      byWord.set(words[0]!, one);
      return one;
    }
    const key = words.join();
    const one = byWords.get(key) ?? create(words);
    byWords.set(key, one);
    return one;
  };
}
