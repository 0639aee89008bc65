/** Who reached a step of a funnel, or left it there: units a page at a time, in the order of their keys. */
import * as v from 'valibot';
import type { QueryContext } from '../context.js';
import type { Explanation } from '../explain.js';
import { parseRequest, refuseField } from '../request.js';
import { runFold } from './fold-thread.js';
import { explainFolds, prepareFold } from './prepare.js';
import { readFunnelQuestion } from './request.js';
import { nameTruncated, nameUnits, type UnitName } from './unit-names.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

const membersSchema = v.looseObject({
  step: v.pipe(v.number('step is the number of a step, from 1.'), v.integer(), v.minValue(1)),
  state: v.picklist(['reached', 'dropped'], 'state is "reached" or "dropped".'),
  cursor: v.optional(v.pipe(v.string(), v.regex(/^\d{1,20}$/, 'This is no cursor of an earlier answer.'))),
});

const pageSchema = v.looseObject({
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_LIMIT)), DEFAULT_LIMIT),
});

export interface MembersPage {
  readonly data: readonly { readonly user_id: string; readonly session_id?: string }[];
  readonly next_cursor: string | null;
  /** `truncated_units`: those of the funnel with more matching events than were looked at, on this page or not. */
  readonly meta: { readonly truncated_units: readonly string[] };
}

export interface Members {
  readonly names: readonly UnitName[];
  readonly unit: 'person' | 'session';
  readonly next: string | null;
  /** Units of the funnel with more matching events than were looked at. */
  readonly truncated: readonly string[];
}

function readMembers(input: unknown) {
  const { step, state, cursor, ...asked } = parseRequest(membersSchema, input);
  const question = readFunnelQuestion(asked);
  if (step > question.definition.steps.length)
    throw refuseField('step', `The funnel has ${question.definition.steps.length} steps.`);
  return { step, state, cursor, question };
}

/** The first `limit` members after the cursor. @param input a funnel question with step, state and cursor beside it. @throws RequestError 422 */
export async function findMembers(context: QueryContext, input: unknown, limit: number): Promise<Members> {
  const { step, state, cursor, question } = readMembers(input);
  const { plan, statement } = await prepareFold(context, question);
  const after = cursor === undefined ? -1n : BigInt(cursor);
  const task = { kind: 'members', question, plan, step: step - 1, state, after, limit: limit + 1 } as const;
  const { keys, truncated } = await runFold(context, statement, task);
  const page = keys.slice(0, limit);
  return {
    names: await nameUnits(context, plan, page),
    unit: plan.unit === 'person' ? 'person' : 'session',
    next: keys.length > limit ? String(page.at(-1)!) : null,
    truncated: await nameTruncated(context, plan, truncated),
  };
}

/** @param input as findMembers, with limit. @throws RequestError 422 */
export async function listMembers(context: QueryContext, input: unknown): Promise<MembersPage> {
  const { limit, ...asked } = parseRequest(pageSchema, input);
  const { names, unit, next, truncated } = await findMembers(context, asked, limit);
  return {
    data: names.map(({ person, session }) => ({
      user_id: person,
      ...(unit === 'session' && { session_id: session }),
    })),
    next_cursor: next,
    meta: { truncated_units: truncated },
  };
}

/** What listing them would run; nothing is run. @param input as listMembers. @throws RequestError 422 */
export async function explainMembers(context: QueryContext, input: unknown): Promise<Explanation> {
  const { limit: _, ...asked } = parseRequest(pageSchema, input);
  return explainFolds(context, [readMembers(asked).question]);
}
