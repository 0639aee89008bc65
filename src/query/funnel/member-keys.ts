/** Which units reached a step of a funnel, or left it there: their keys, in order. */
import type { NativeBlock } from '../native-result.js';
import type { Outcome } from './chain-search.js';
import type { Compiled } from './compile.js';
import type { MemberState, MembersTask } from './fold-task.js';
import { createGraphReader } from './graph-outcome.js';
import { decodeBlock } from './histories.js';
import { createJudge } from './judge.js';
import type { Program } from './program.js';
import type { FunnelQuestion } from './request.js';

/** Keys kept beyond a page before the list is cut to the page again. */
const SLACK = 20_000;

/** Whether an outcome puts its unit on the list. */
function createTest(
  { definition }: FunnelQuestion,
  program: Program,
  step: number,
  state: MemberState,
): (outcome: Outcome) => boolean {
  if (state === 'reached') return ({ reached }) => reached[step] === 1;
  const { graph, steps } = definition;
  if (graph) {
    const readGraph = createGraphReader(graph, program);
    return (outcome) => readGraph(outcome).dropped[step] === 1;
  }
  const next = [...steps.keys()].find((one) => one > step && !steps[one]!.optional);
  return ({ reached }) => reached[step] === 1 && next !== undefined && reached[next] === 0;
}

const compareKeys = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

export interface MemberKeys {
  readonly keys: readonly bigint[];
  /** Keys of units with more matching events than were looked at. */
  readonly truncated: readonly string[];
}

/** @throws RequestError 422 */
export async function listMemberKeys(
  { question, plan, step, state, after, limit }: MembersTask,
  { program, table }: Compiled,
  blocks: AsyncIterable<NativeBlock>,
): Promise<MemberKeys> {
  const isMember = createTest(question, program, step, state);
  const judge = createJudge(
    { ...program, attribution: undefined, amounts: false },
    question.maxEventsPerUnit,
  );
  let keys: bigint[] = [];
  const truncated: string[] = [];
  const cut = (): void => {
    keys = keys.sort(compareKeys).slice(0, limit);
  };
  for await (const native of blocks) {
    const block = decodeBlock(native, plan, table);
    for (let row = 0; row < block.rows; row++) {
      let found = false;
      const isCut = judge.judge(
        block.moveTo(row),
        () => 0,
        (outcome) => {
          found ||= isMember(outcome);
        },
      );
      if (isCut) truncated.push(String(block.keyOf(row)));
      const key = found ? block.keyOf(row) : -1n;
      if (key > after) keys.push(key);
    }
    if (keys.length > limit + SLACK) cut();
  }
  cut();
  return { keys, truncated };
}
