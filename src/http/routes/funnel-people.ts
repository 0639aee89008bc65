/** Who reached a step of a funnel or left it there: as JSON a page at a time, as CSV, and saved as a cohort. */
import * as v from 'valibot';
import { createStaticCohort, LIST_PEOPLE_MAX } from '../../definitions/cohort-lists.js';
import { nameSchema } from '../../definitions/funnels.js';
import { RequestError } from '../../errors.js';
import { explainMembers, findMembers, listMembers } from '../../query/funnel/members.js';
import { parseRequest } from '../../query/request.js';
import { answerUnkept, computeAnswer } from '../answered.js';
import { writeCsv } from '../csv.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { isExplain, openQuestion } from '../question.js';

/** People of one CSV: 10 MB of names. */
const CSV_ROWS_MAX = 100_000;

const savedSchema = v.looseObject({
  name: nameSchema,
  state: v.optional(v.unknown(), 'reached'),
});

const wantsCsv = (c: AppContext): boolean =>
  c.req.query('format') === 'csv' || (c.req.header('accept') ?? '').includes('text/csv');

/** A CSV has its own limit. */
function dropLimit(question: unknown): unknown {
  const { limit, ...asked } = parseRequest(v.looseObject({ limit: v.optional(v.unknown()) }), question);
  return asked;
}

const KIND = '/v1/analytics/funnels/users';

export interface MembersAsked {
  /** A funnel question with step and state beside it. */
  readonly input: unknown;
  /** Of a saved funnel. */
  readonly isSaved?: boolean;
}

/** Answers with the members as JSON or, by `?format=csv` or the Accept header, as CSV. @throws RequestError 422 */
export async function sendMembers(
  c: AppContext,
  deps: AppDeps,
  { input, isSaved }: MembersAsked,
): Promise<Response> {
  const asked = {
    kind: KIND,
    isSaved,
    ...(await openQuestion(c, deps, input)),
    explain: explainMembers,
  };
  if (isExplain(c) || !wantsCsv(c)) return answerUnkept(c, deps, { ...asked, answer: listMembers });
  const { names, unit, next, truncated } = await computeAnswer(deps, {
    ...asked,
    answer: (context, question) => findMembers(context, dropLimit(question), CSV_ROWS_MAX),
  });
  const rows = names.map(({ person, session }) => (unit === 'session' ? [person, session] : [person]));
  const head = unit === 'session' ? ['user_id', 'session_id'] : ['user_id'];
  return c.body(writeCsv([head, ...rows]), 200, {
    'content-type': 'text/csv; charset=utf-8; header=present',
    'content-disposition': 'attachment; filename="funnel-users.csv"',
    ...(next !== null && { 'x-next-cursor': next }),
    ...(truncated.length > 0 && { 'x-truncated-units': String(truncated.length) }),
  });
}

/** Saves the members of now as a fixed cohort; the input has its name, too. @throws RequestError 422 */
export async function saveMembers(
  c: AppContext,
  deps: AppDeps,
  { input, isSaved }: MembersAsked,
): Promise<Response> {
  const { name, ...asked } = parseRequest(savedSchema, input);
  const { names, next, truncated } = await computeAnswer(deps, {
    kind: KIND,
    isSaved,
    ...(await openQuestion(c, deps, asked)),
    answer: (context, question) => findMembers(context, question, LIST_PEOPLE_MAX),
  });
  if (next !== null)
    throw new RequestError(
      422,
      'list_too_long',
      `A list has at most ${LIST_PEOPLE_MAX} people; narrow the funnel with where.`,
    );
  const people = names.map(({ person, known }) => ({ name: person, known }));
  const { project, keyId } = c.var.access;
  const { id, createdAt, report } = await createStaticCohort(deps, { project, keyId }, { name, people });
  return c.json(
    {
      id,
      name,
      static: true,
      ...report,
      created_at: createdAt.toISOString(),
      meta: { truncated_units: truncated },
    },
    201,
  );
}
