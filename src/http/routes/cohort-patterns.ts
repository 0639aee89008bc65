/** What sets the people of a cohort apart: frequent sequences and groups by behaviour. */
import { listDefining } from '../../dashboard/defining.js';
import { answerPatternQuestion, explainPatternQuestion } from '../../query/patterns/run.js';
import { answerUnkept } from '../answered.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { readNumber, readText } from '../query-string.js';
import { createQueryContext } from '../question.js';
import { type App, requireScope } from '../route.js';
import { COHORTS_PATH, findMembership } from './cohorts.js';

const PARAMETER_LENGTH_MAX = 200;

/** The question as the body of a POST would be. */
function composeQuestion(c: AppContext): Record<string, unknown> {
  const question: Record<string, unknown> = {};
  for (const name of ['from', 'to', 'timezone'] as const) {
    const value = readText(c, name, PARAMETER_LENGTH_MAX);
    if (value !== undefined) question[name] = value;
  }
  for (const name of ['max_length', 'limit', 'min_support'] as const) {
    const value = readNumber(c, name);
    if (value !== undefined) question[name] = value;
  }
  const events = c.req.queries('events');
  if (events !== undefined) question.events = events;
  return question;
}

export function registerCohortPatternRoutes(app: App, deps: AppDeps): void {
  app.get(`${COHORTS_PATH}/:id/patterns`, requireScope('read'), async (c) => {
    const question = composeQuestion(c);
    const { record, membership } = await findMembership(c, deps);
    const context = await createQueryContext(c, deps);
    return answerUnkept(c, deps, {
      kind: `${COHORTS_PATH}/:id/patterns`,
      context,
      question,
      answer: async (opened, asked) => ({
        id: record.id,
        name: record.name,
        defining: listDefining(record.criteria),
        ...(await answerPatternQuestion(opened, membership, asked)),
      }),
      explain: (opened, asked) => explainPatternQuestion(opened, membership, asked),
    });
  });
}
