/** Answers what a cohort is asked: how many belong, who, and how they stay. */
import type { QueryContext } from '../context.js';
import { type Explanation, explainStatements } from '../explain.js';
import { createMeta, findNewestReceipt, type Meta } from '../meta.js';
import { createParams, print } from '../printed.js';
import { answerRetention, explainRetention } from '../retention/run.js';
import { estimateStatement, refuseOverLimit, runStatement, type Statement } from '../run.js';
import { formatInstant } from '../time/instant.js';
import type { Membership } from './formula.js';
import { type MemberPlace, printMembers, printSize, printUsers } from './print.js';

export interface SizeAnswer {
  readonly size: number;
  readonly as_of: string;
  readonly meta: Meta;
}

/** One row: size. */
export function printSizeStatement(context: QueryContext, membership: Membership): Statement {
  const params = createParams();
  return { sql: printSize(membership, context, params), params: params.values };
}

/** How many people belong. @throws RequestError 422, EngineError */
export async function answerSize(context: QueryContext, membership: Membership): Promise<SizeAnswer> {
  const startedMs = performance.now();
  const statement = printSizeStatement(context, membership);
  refuseOverLimit(context, await estimateStatement(context, statement));
  const { rows, rowsRead } = await runStatement<{ size: number }>(context, statement);
  return {
    size: Number(rows[0]!.size),
    as_of: formatInstant(membership.asOfMs),
    meta: createMeta(startedMs, rowsRead, await findNewestReceipt(context)),
  };
}

/** @throws RequestError 422, EngineError */
export const explainSize = (context: QueryContext, membership: Membership): Promise<Explanation> =>
  explainStatements(context, [printSizeStatement(context, membership)], { strategy: 'scan' });

interface MembersPage {
  readonly after: MemberPlace | undefined;
  readonly limit: number;
}

function printUsersStatement(context: QueryContext, membership: Membership, page: MembersPage): Statement {
  const params = createParams();
  const sql = printUsers(membership, context, { ...page, limit: page.limit + 1 }, params);
  return { sql, params: params.values };
}

/** Members by name; one more than `limit` when there are more. @throws RequestError 422, EngineError */
export async function listUsers(
  context: QueryContext,
  membership: Membership,
  page: MembersPage,
): Promise<MemberPlace[]> {
  const statement = printUsersStatement(context, membership, page);
  refuseOverLimit(context, await estimateStatement(context, statement));
  const { rows } = await runStatement<{ name: string; known: number }>(context, statement);
  return rows.map(({ name, known }) => ({ name, known: Number(known) === 1 }));
}

/** @throws RequestError 422, EngineError */
export const explainUsers = (
  context: QueryContext,
  membership: Membership,
  page: MembersPage,
): Promise<Explanation> =>
  explainStatements(context, [printUsersStatement(context, membership, page)], { strategy: 'scan' });

/** Narrows a question to the members. */
export const restrictTo =
  (context: QueryContext, membership: Membership): NonNullable<Parameters<typeof answerRetention>[2]> =>
  (params) =>
    print`person_key in (${printMembers(membership, context, params)})`;

/** Retention of the members. @throws RequestError 422, EngineError */
export const answerCohortRetention = (context: QueryContext, membership: Membership, question: unknown) =>
  answerRetention(context, question, restrictTo(context, membership));

/** @throws RequestError 422, EngineError */
export const explainCohortRetention = (context: QueryContext, membership: Membership, question: unknown) =>
  explainRetention(context, question, restrictTo(context, membership));
