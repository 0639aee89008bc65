/** Who reached a step of a funnel, or left it there: units a page at a time, in the order of their keys. */
import * as v from 'valibot';
import type { QueryContext } from '../context.js';
import { parseRequest, refuseField } from '../request.js';
import { runFold } from './fold-thread.js';
import { prepareFold } from './prepare.js';
import { readFunnelQuestion } from './request.js';
import { nameUnits, type UnitName } from './unit-names.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

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

/** @param input a funnel question with step, state, limit and cursor beside it. @throws RequestError 422 */
export async function listMembers(context: QueryContext, input: unknown): Promise<MembersPage> {
  const { step, state, limit, cursor, ...asked } = parseRequest(pageSchema, input);
  const question = readFunnelQuestion(asked);
  if (step > question.definition.steps.length)
    throw refuseField('step', `The funnel has ${question.definition.steps.length} steps.`);
  const { plan, statement } = await prepareFold(context, question);
  const after = cursor === undefined ? -1n : BigInt(cursor);
  const task = { kind: 'members', question, plan, step: step - 1, state, after, limit: limit + 1 } as const;
  const keys = await runFold(context, statement, task);
  const page = keys.slice(0, limit).map(String);
  const names = await nameUnits(context, plan, page);
  return {
    data: names.map(({ key, ...name }) => name),
    next_cursor: keys.length > limit ? page.at(-1)! : null,
  };
}
