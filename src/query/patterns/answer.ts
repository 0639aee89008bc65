/** From what people did to the sequences and groups that set a cohort apart. Pure; runs on a thread (workers/find-patterns.ts). */
import { testExactly } from '../../statistics/fisher.js';
import { adjustForMany, compareProportions, type Proportion } from '../../statistics/tests.js';
import type { Collected } from '../collected.js';
import { type Behaviour, groupByBehaviour } from './behaviour.js';
import { type History, readHistories } from './history.js';
import { findSequences } from './sequences.js';

/** With fewer people than this in a cell of the table the p-value is exact; above it the normal approximation is as good. */
const EXACT_BELOW = 10;

export interface PatternTask {
  /** The result of pattern-histories.sql in the Native format. */
  readonly result: Collected;
  /** Event types, the most frequent first. */
  readonly types: readonly string[];
  readonly lengthMax: number;
  readonly minSupport: number;
  readonly limit: number;
  readonly endMs: number;
}

export interface Pattern {
  /** Event types, each later than the one before. */
  readonly sequence: readonly string[];
  /** People of the cohort who have it, and their share; the same of everybody else. */
  readonly count: number;
  readonly support: number;
  readonly others_count: number;
  readonly others_support: number | null;
  /** Support in the cohort over support among everybody else; null when nobody else has it. */
  readonly lift: number | null;
  readonly p_value: number | null;
  readonly adjusted_p_value: number | null;
}

export interface PatternAnswer {
  readonly people: { readonly members: number; readonly others: number };
  /** Those that differ most surely first. */
  readonly sequences: readonly Pattern[];
  /** How many were frequent enough; the p-values are adjusted for all of them. */
  readonly found: number;
  /** False when the search ended at its limit. */
  readonly complete: boolean;
  readonly behaviour: Behaviour | null;
  /** People of whom only the first moments were read. */
  readonly truncated: number;
}

/** Two-sided: exactly where a cell of the table is small. */
function testDifference(first: Proportion, second: Proportion): number | null {
  if (first.trials === 0 || second.trials === 0) return null;
  const cells = [first, second].flatMap(({ successes, trials }) => [successes, trials - successes]);
  if (Math.min(...cells) < EXACT_BELOW) return testExactly(first, second);
  return compareProportions(first, second)?.pValue ?? null;
}

type Compared = Omit<Pattern, 'adjusted_p_value'>;

function adjust(patterns: readonly Compared[]): Pattern[] {
  const adjusted = adjustForMany(patterns.map(({ p_value }) => p_value ?? 1));
  return patterns.map((pattern, i) => ({
    ...pattern,
    adjusted_p_value: pattern.p_value === null ? null : adjusted[i]!,
  }));
}

const byCertainty = (a: Pattern, b: Pattern): number =>
  (a.p_value ?? 1) - (b.p_value ?? 1) ||
  b.support - a.support ||
  a.sequence.length - b.sequence.length ||
  (a.sequence.join() < b.sequence.join() ? -1 : 1);

/** Sequences and groups of those members, compared with everybody else. */
function answerPatterns(
  histories: readonly History[],
  { types, lengthMax, minSupport, limit, endMs }: Omit<PatternTask, 'result'>,
): Omit<PatternAnswer, 'truncated'> {
  const members = histories.filter(({ member }) => member);
  const others = histories.length - members.length;
  const membersMin = Math.max(1, Math.ceil(minSupport * members.length));
  const { sequences, complete } = findSequences(histories, types.length, { lengthMax, membersMin });
  const patterns = sequences.map((found): Compared => {
    const support = found.members / members.length;
    const others_support = others === 0 ? null : found.others / others;
    return {
      sequence: found.kinds.map((kind) => types[kind]!),
      count: found.members,
      support,
      others_count: found.others,
      others_support,
      lift: others_support ? support / others_support : null,
      p_value: testDifference(
        { successes: found.others, trials: others },
        { successes: found.members, trials: members.length },
      ),
    };
  });
  return {
    people: { members: members.length, others },
    sequences: adjust(patterns).sort(byCertainty).slice(0, limit),
    found: patterns.length,
    complete,
    behaviour: groupByBehaviour(members, types, endMs) ?? null,
  };
}

export async function runPatternTask({ result, ...task }: PatternTask): Promise<PatternAnswer> {
  const { histories, truncated } = await readHistories(result);
  return { ...answerPatterns(histories, task), truncated };
}
