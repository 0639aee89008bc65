/**
 * Runs what a fold is asked for, and what comes back. The answer is written here as well: quantiles sort every unit's times, and
 * the front's own thread has others to serve.
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
import type { AnswerTask, FoldTask } from './fold-task.js';
import { listMemberKeys, type MemberKeys } from './member-keys.js';
import type { Bucket, FunnelTally } from './tally.js';
import { foldWays, type Ways } from './way-fold.js';

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
  readonly members: MemberKeys;
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
