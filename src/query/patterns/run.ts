/** Runs a question about a cohort's patterns: who there is, what a sample of them did, and a thread that looks for patterns. */
import { RequestError } from '../../errors.js';
import type { Membership } from '../cohort/formula.js';
import { printMembers } from '../cohort/print.js';
import { collectBytes, listBuffers } from '../collected.js';
import type { QueryContext } from '../context.js';
import { type Explanation, explainStatements } from '../explain.js';
import { createMeta, findNewestReceipt } from '../meta.js';
import { printEvents } from '../people.js';
import { createParams, fillSql, print } from '../printed.js';
import { estimateStatement, refuseOverLimit, runStatement, type Statement } from '../run.js';
import { runTask } from '../task.js';
import { printSpan } from '../time/span.js';
import type { PatternAnswer, PatternTask } from './answer.js';
import { type PatternQuestion, parsePatternRequest, TYPES_MAX } from './request.js';

/** People looked at, of the cohort and beside it; of more, a sample by hash. Each is a few kilobytes. */
const MEMBERS_MAX = 20_000;
const OTHERS_MAX = 20_000;
/** Events of one person: those after them are not looked at, and the answer says of how many people. */
const MOMENTS_MAX = 500;

function printPeople(context: QueryContext, membership: Membership, question: PatternQuestion): Statement {
  const params = createParams();
  const { events } = question;
  const sql = fillSql('clickhouse/pattern-people.sql', {
    project: params.bind('String', context.project),
    span: printSpan(question.range, params),
    wanted: events ? print`event in ${params.bind('Array(String)', events)}` : print`1`,
    types_max: print`${TYPES_MAX}`,
    members: printMembers(membership, context, params),
    ...printEvents(context, params),
  });
  return { sql, params: params.values };
}

interface Sample {
  readonly types: readonly string[];
  readonly memberShare: number;
  readonly otherShare: number;
}

function printHistories(
  context: QueryContext,
  membership: Membership,
  question: PatternQuestion,
  sample: Sample,
): Statement {
  const params = createParams();
  const sql = fillSql('clickhouse/pattern-histories.sql', {
    project: params.bind('String', context.project),
    span: printSpan(question.range, params),
    types: params.bind('Array(String)', sample.types),
    moments_max: print`${MOMENTS_MAX}`,
    moments_read: print`${MOMENTS_MAX + 1}`,
    member_share: params.bind('Float64', sample.memberShare),
    other_share: params.bind('Float64', sample.otherShare),
    members: printMembers(membership, context, params),
    ...printEvents(context, params),
  });
  return { sql, params: params.values };
}

interface People {
  readonly members: number;
  readonly others: number;
  readonly types: readonly string[];
}

async function findPeople(
  context: QueryContext,
  statement: Statement,
): Promise<People & { rowsRead: number }> {
  const { rows, rowsRead } = await runStatement<People>(context, statement);
  const { members, others, types } = rows[0]!;
  if (Number(members) === 0)
    throw new RequestError(
      422,
      'empty_cohort',
      'Nobody of this cohort did anything in the range; choose a longer one or other events.',
    );
  return { members: Number(members), others: Number(others), types, rowsRead };
}

/** Answers the question for a cohort. @throws RequestError 422, EngineError */
export async function answerPatternQuestion(context: QueryContext, membership: Membership, input: unknown) {
  const startedMs = performance.now();
  const question = parsePatternRequest(input);
  const first = printPeople(context, membership, question);
  refuseOverLimit(context, await estimateStatement(context, first));
  const { members, others, types, rowsRead } = await findPeople(context, first);
  const sample = {
    types,
    memberShare: Math.min(1, MEMBERS_MAX / members),
    otherShare: Math.min(1, OTHERS_MAX / Math.max(1, others)),
  };
  const statement = printHistories(context, membership, question, sample);
  const result = await collectBytes(context, statement);
  const { lengthMax, minSupport, limit, range } = question;
  const task: PatternTask = { result, types, lengthMax, minSupport, limit, endMs: range.toMs };
  const answer = await runTask<PatternAnswer>('find-patterns', task, listBuffers(result));
  return {
    ...answer,
    events: types,
    sample: {
      members: answer.people.members,
      of_members: members,
      others: answer.people.others,
      of_others: others,
      complete: sample.memberShare === 1 && sample.otherShare === 1,
    },
    meta: createMeta(startedMs, rowsRead, await findNewestReceipt(context)),
  };
}

/** What would run first, and what it would read. @throws RequestError 422, EngineError */
export const explainPatternQuestion = (
  context: QueryContext,
  membership: Membership,
  input: unknown,
): Promise<Explanation> =>
  explainStatements(context, [printPeople(context, membership, parsePatternRequest(input))], {
    strategy: 'sample',
    members_max: MEMBERS_MAX,
    others_max: OTHERS_MAX,
    moments_max: MOMENTS_MAX,
  });
