/** Who reached a step of a funnel, or left it there: units a page at a time, in the order of their keys. */
import * as v from 'valibot';
import type { QueryContext } from '../context.js';
import { parseRequest, refuseField } from '../request.js';
import { estimateStatement, refuseOverLimit, streamStatement } from '../run.js';
import { prepareFold } from './analyze.js';
import type { Outcome } from './chain-search.js';
import { decodeBlock } from './histories.js';
import { createJudge } from './judge.js';
import type { FunnelQuestion } from './request.js';
import { nameUnits, type UnitName } from './unit-names.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
/** Keys kept beyond a page before the list is cut to the page again. */
const SLACK = 20_000;

const pageSchema = v.looseObject({
  step: v.pipe(v.number('step is the number of a step, from 1.'), v.integer(), v.minValue(1)),
  state: v.picklist(['reached', 'dropped'], 'state is "reached" or "dropped".'),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_LIMIT)), DEFAULT_LIMIT),
  cursor: v.optional(v.pipe(v.string(), v.regex(/^\d{1,20}$/, 'This is no cursor of an earlier answer.'))),
});

export interface MembersPage {
  readonly data: readonly Omit<UnitName, 'key'>[];
  readonly next_cursor: string | null;
}

/** Whether an outcome puts its unit on the list. */
function createTest(
  { definition }: FunnelQuestion,
  step: number,
  state: 'reached' | 'dropped',
): (outcome: Outcome) => boolean {
  if (state === 'reached') return ({ reached }) => reached[step] === 1;
  const { graph, steps } = definition;
  const following = graph
    ? graph.edges.filter(({ from }) => from === step).map(({ to }) => to)
    : [...steps.keys()].filter((one) => one > step && !steps[one]!.optional).slice(0, 1);
  return ({ reached }) =>
    reached[step] === 1 && following.length > 0 && following.every((one) => reached[one] === 0);
}

const compareKeys = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** @param input a funnel question with step, state, limit and cursor beside it. @throws RequestError 422 */
export async function listMembers(context: QueryContext, input: unknown): Promise<MembersPage> {
  const { step, state, limit, cursor, ...asked } = parseRequest(pageSchema, input);
  const { question, compiled, plan, statement } = await prepareFold(context, asked);
  if (step > question.definition.steps.length)
    throw refuseField('step', `The funnel has ${question.definition.steps.length} steps.`);
  refuseOverLimit(context, await estimateStatement(context, statement));
  const isMember = createTest(question, step - 1, state);
  const after = cursor === undefined ? -1n : BigInt(cursor);
  const judge = createJudge({ ...compiled.program, attribution: undefined }, question.maxEventsPerUnit);
  let keys: bigint[] = [];
  const cut = (): void => {
    keys = keys.sort(compareKeys).slice(0, limit + 1);
  };
  for await (const native of streamStatement(context, statement)) {
    const block = decodeBlock(native, plan, compiled.table);
    for (let row = 0; row < block.rows; row++) {
      let found = false;
      judge.judge(
        block.moveTo(row),
        () => 0,
        (outcome) => {
          found ||= isMember(outcome);
        },
      );
      const key = found ? BigInt(block.keyOf(row)) : -1n;
      if (key > after) keys.push(key);
    }
    if (keys.length > limit + SLACK) cut();
  }
  cut();
  const page = keys.slice(0, limit).map(String);
  const names = await nameUnits(context, plan, page);
  return {
    data: names.map(({ key, ...name }) => name),
    next_cursor: keys.length > limit ? page.at(-1)! : null,
  };
}
