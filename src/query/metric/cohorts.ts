/**
 * Cohorts in questions about metrics. A plan only says what their members are called; who they are is printed here, from their
 * criteria, as a table expression before the statement. So an answer is never older than its question.
 */
import type { CohortEntry } from '../../mdl/catalogue.js';
import { membersName } from '../../mdl/print/storage.js';
import { type CohortReference, listReferences } from '../condition/cohort.js';
import { createParams, type Printed, print } from '../printed.js';
import type { Statement } from '../run.js';

/** A cohort as plans refer to it: as of an instant, because a question may ask for several. */
export const toCohortEntry = (cohort: CohortReference): CohortEntry => ({
  id: `${cohort.id}_${cohort.asOfMs}`,
  handle: cohort,
});

/** Whether the plan asks who belongs to a cohort. */
export const namesCohort = (plan: unknown): boolean => listReferences(plan).length > 0;

/** The statement with the members of all cohorts its plan names. @throws RequestError 422 for one that was not looked up */
export function withMembers(statement: Statement, plan: unknown): Statement {
  const named = new Map(listReferences(plan).map((cohort) => [toCohortEntry(cohort).id, cohort]));
  if (named.size === 0) return statement;
  const params = createParams('c');
  let sql = statement.sql;
  for (const [id, cohort] of named) {
    const members = membersName(id).text as Printed;
    sql = print`with ${members} as
(
${cohort.printMembers(params)}
)
select * from
(
${sql}
)`;
  }
  return { ...statement, sql, params: { ...statement.params, ...params.values } };
}
