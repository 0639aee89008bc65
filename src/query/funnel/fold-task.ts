/**
 * What a fold is asked for, as a value that travels to the thread which reads the units (fold-thread.ts), and what comes back. The
 * answer is written there as well: quantiles sort every unit's times, and the front's own thread has others to serve.
 */
import type { NativeBlock } from '../native-result.js';
import {
  type GroupAnswer,
  type PartAnswer,
  type PathsAnswer,
  rankValues,
  writeGroups,
  writePart,
  writePaths,
} from './answer.js';
import { type Compiled, compileFunnel } from './compile.js';
import { foldObserved, foldValues, type Shares } from './factor-fold.js';
import { foldUnits } from './fold.js';
import { listMemberKeys, type MemberState } from './member-keys.js';
import type { FunnelPlan } from './plan.js';
import type { FunnelQuestion } from './request.js';
import type { Bucket, FunnelTally } from './tally.js';
import { foldWays, type Ways } from './way-fold.js';

interface Asked {
  readonly question: FunnelQuestion;
  readonly plan: FunnelPlan;
}

/** The whole answer. With `kept`, breakdown values beside those count as "$other", each unit once. */
export interface AnswerTask extends Asked {
  readonly kind: 'answer';
  readonly kept?: readonly string[];
  /** Breakdown values to tell apart, where they are not this question's own most frequent ones. */
  readonly values?: readonly string[];
}

/** Keys of units that reached a step or left there, in their order, `limit` of those after a key. */
export interface MembersTask extends Asked {
  readonly kind: 'members';
  /** From 0. */
  readonly step: number;
  readonly state: MemberState;
  readonly after: bigint;
  readonly limit: number;
}

/** Who converted, by the most frequent values of the breakdown. */
export interface ValuesTask extends Asked {
  readonly kind: 'values';
  readonly limit: number;
}

/** Who converted, by the observed events on the way. */
export interface ObservedTask extends Asked {
  readonly kind: 'observed';
}

/** What units did after a required step of their chain. */
export interface WaysTask extends Asked {
  readonly kind: 'ways';
  /** Of the step among the required ones, from 0. */
  readonly position: number;
  /** Events of a way that are told. */
  readonly length: number;
  readonly collapse: boolean;
  /** Ways of the answer. */
  readonly limit: number;
}

export type FoldTask = AnswerTask | MembersTask | ValuesTask | ObservedTask | WaysTask;

export interface FoldedAnswer {
  readonly part: PartAnswer;
  readonly groups: readonly GroupAnswer[];
  readonly trend: readonly Bucket[];
  readonly paths: PathsAnswer | undefined;
  /** Keys of units with more matching events than were looked at. */
  readonly truncated: readonly string[];
  /** Values to be kept in a second run, because a unit may count under several of those behind "$other". */
  readonly again: readonly string[] | undefined;
}

export interface FoldResults {
  readonly answer: FoldedAnswer;
  readonly members: readonly bigint[];
  readonly values: Shares;
  readonly observed: Shares;
  readonly ways: Ways;
}

/** What a tally says, in words. */
export function writeFolded(
  { question, plan, kept, values }: Omit<AnswerTask, 'kind'>,
  { program }: Compiled,
  { groups, total, trend }: FunnelTally,
  truncated: readonly string[],
): FoldedAnswer {
  const wanted = new Set(kept ?? values ?? rankValues(groups).slice(0, question.breakdownLimit));
  const shared = question.attribution.kind === 'all' && question.definition.count !== 'conversions';
  const again = shared && !kept && [...groups.keys()].some((value) => !wanted.has(value));
  return {
    part: writePart(question, total),
    groups: question.breakdown.length > 0 && !again ? writeGroups(question, plan, groups, wanted) : [],
    trend,
    paths: writePaths(question, program, total),
    truncated,
    again: again ? [...wanted] : undefined,
  };
}

/** Runs a task over its statement's blocks. @throws RequestError 422 */
export async function runFoldTask(
  task: FoldTask,
  blocks: AsyncIterable<NativeBlock>,
): Promise<FoldResults[FoldTask['kind']]> {
  const compiled = compileFunnel(task.question);
  switch (task.kind) {
    case 'members':
      return listMemberKeys(task, compiled, blocks);
    case 'values':
      return foldValues(task, compiled, blocks);
    case 'observed':
      return foldObserved(task, compiled, blocks);
    case 'ways':
      return foldWays(task, compiled, blocks);
    case 'answer': {
      const kept = task.kept && new Set(task.kept);
      const { tally, truncated } = await foldUnits({ ...task, compiled }, blocks, kept);
      return writeFolded(task, compiled, tally, truncated);
    }
  }
}
