/** What is asked of the people of a saved cohort, each as of `?as_of=`, by default now. */
import { answerCohortRetention, explainCohortRetention } from '../../query/cohort/answer.js';
import { type App, requireScope } from '../app.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { readCount, readText, refuseParameter } from '../query-string.js';
import { createQueryContext, isExplain } from './analytics.js';
import { COHORTS_PATH, findMembership } from './cohorts.js';

const PARAMETER_LENGTH_MAX = 10_000;
const NUMBER_MAX = 1_000_000;

const RETENTION_TEXTS = [
  'from',
  'to',
  'grain',
  'mode',
  'criterion',
  'timezone',
  'windows',
  'week_start',
] as const;
const RETENTION_NUMBERS = ['periods', 'min_times'] as const;

/** `start` and `return` of a URL: the name of an event type, or {event, where} as JSON. */
function readMatch(c: AppContext, name: 'start' | 'return'): unknown {
  const text = readText(c, name, PARAMETER_LENGTH_MAX);
  if (text === undefined || !text.startsWith('{')) return text === undefined ? undefined : { event: text };
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw refuseParameter(name, `${name} is the name of an event type, or {"event", "where"} as JSON.`);
  }
}

function composeRetention(c: AppContext): Record<string, unknown> {
  const question: Record<string, unknown> = {};
  for (const name of ['start', 'return'] as const) {
    const match = readMatch(c, name);
    if (match !== undefined) question[name] = match;
  }
  for (const name of RETENTION_TEXTS) {
    const value = readText(c, name, PARAMETER_LENGTH_MAX);
    if (value !== undefined) question[name] = value;
  }
  for (const name of RETENTION_NUMBERS) {
    const value = readCount(c, name, NUMBER_MAX);
    if (value !== undefined) question[name] = value;
  }
  return question;
}

export function registerCohortQuestionRoutes(app: App, deps: AppDeps): void {
  app.get(`${COHORTS_PATH}/:id/retention`, requireScope('read'), async (c) => {
    const question = composeRetention(c);
    const { membership } = await findMembership(c, deps);
    const context = await createQueryContext(c, deps);
    const answer = isExplain(c) ? explainCohortRetention : answerCohortRetention;
    return c.json(await answer(context, membership, question));
  });
}
