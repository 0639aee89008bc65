/** What is asked of the people of saved cohorts: retention and revenue as of `?as_of=`, by default now, and how cohorts compare. */

import { referTo } from '../../definitions/cohort-references.js';
import { getCohort, resolveCohort } from '../../definitions/cohorts.js';
import { createMetricSources } from '../../metrics/sources.js';
import { answerCohortRetention, explainCohortRetention, restrictTo } from '../../query/cohort/answer.js';
import {
  addSame,
  compareCohorts,
  explainComparison,
  type PrepareMetric,
} from '../../query/cohort/compare.js';
import { type CompareQuestion, readCompareQuestion } from '../../query/cohort/compare-request.js';
import type { Membership } from '../../query/cohort/formula.js';
import type { CohortReference } from '../../query/condition/cohort.js';
import type { QueryContext } from '../../query/context.js';
import { preparePersonal } from '../../query/metric/per-person.js';
import { answerRevenue, explainRevenue } from '../../query/revenue/run.js';
import { answerUnkept } from '../answered.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { readJson } from '../json-body.js';
import { readBreakdown, readNumber, readText, refuseParameter } from '../query-string.js';
import { createQueryContext, openQuestion } from '../question.js';
import { type App, requireScope } from '../route.js';
import { COHORTS_PATH, findMembership } from './cohorts.js';

const PARAMETER_LENGTH_MAX = 10_000;

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
const RETENTION_NUMBERS = ['periods', 'min_times', 'breakdown_limit'] as const;

function parseParameter(text: string, name: string, message: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw refuseParameter(name, message);
  }
}

/** `start` and `return` of a URL: the name of an event type, or {event, where} as JSON. */
function readMatch(c: AppContext, name: 'start' | 'return' | 'refund'): unknown {
  const text = readText(c, name, PARAMETER_LENGTH_MAX);
  if (text === undefined || !text.startsWith('{')) return text === undefined ? undefined : { event: text };
  return parseParameter(text, name, `${name} is the name of an event type, or {"event", "where"} as JSON.`);
}

/** What a parameter of the question is written as where it is no text: JSON. */
const RETENTION_JSON = {
  brackets: 'brackets is an array of [first, last] as JSON, such as [[1, 1], [2, 7]].',
  value: 'value is {"sum": property} or {"avg": property} as JSON.',
} as const;

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
    const value = readNumber(c, name);
    if (value !== undefined) question[name] = value;
  }
  for (const [name, message] of Object.entries(RETENTION_JSON)) {
    const text = readText(c, name, PARAMETER_LENGTH_MAX);
    if (text !== undefined) question[name] = parseParameter(text, name, message);
  }
  const breakdown = readBreakdown(c);
  if (breakdown) question.breakdown = breakdown;
  return question;
}

const REVENUE_TEXTS = ['event', 'value', 'from', 'to', 'grain', 'timezone', 'week_start'] as const;

/** `refund` of a URL is {event, value} as JSON. */
function composeRevenue(c: AppContext): Record<string, unknown> {
  const question: Record<string, unknown> = {};
  for (const name of REVENUE_TEXTS) {
    const value = readText(c, name, PARAMETER_LENGTH_MAX);
    if (value !== undefined) question[name] = value;
  }
  for (const name of ['start', 'refund'] as const) {
    const match = readMatch(c, name);
    if (match !== undefined) question[name] = match;
  }
  for (const name of ['periods', 'acquisition_cost'] as const) {
    const value = readNumber(c, name);
    if (value !== undefined) question[name] = value;
  }
  return question;
}

/** Each cohort with who belongs to it as of now, its stored members fresh where a metric will read them. */
async function openCompared(deps: AppDeps, context: QueryContext, question: CompareQuestion) {
  const { metadata } = deps;
  const asOfMs = Date.now();
  const cohorts: { id: string; name: string; membership: Membership; reference: CohortReference }[] = [];
  for (const id of question.cohortIds) {
    const record = await getCohort(metadata, context.project, id);
    const membership = await resolveCohort(metadata, context.project, record, asOfMs);
    const reference = referTo(record, membership, context);
    cohorts.push({ id, name: record.name, membership, reference });
  }
  return cohorts;
}

/** A comparison with the cohorts and the metric it names. */
async function openComparison(deps: AppDeps, context: QueryContext, input: unknown) {
  const question = readCompareQuestion(input);
  const cohorts = await openCompared(deps, context, question);
  const sources = createMetricSources(deps.metadata, deps.registry);
  const { compared, range } = question;
  const prepareMetric: PrepareMetric = async ({ id }) => {
    if (compared.kind !== 'metric') throw new Error('only a metric is measured here');
    const { reference } = cohorts.find((one) => one.id === id)!;
    const { statements, measure } = await preparePersonal(
      context,
      sources,
      { ...compared, range },
      reference,
    );
    return {
      statements,
      async measure(size) {
        const found = await measure();
        const valued = { count: found.valued, mean: found.mean, variance: found.variance };
        const idle = Math.max(0, size - found.people);
        const people = found.ofNothing === null ? valued : addSame(valued, idle, found.ofNothing);
        return { people, rowsRead: found.rowsRead };
      },
    };
  };
  return [context, question, cohorts, prepareMetric] as const;
}

export function registerCohortQuestionRoutes(app: App, deps: AppDeps): void {
  app.post(`${COHORTS_PATH}/compare`, requireScope('read'), async (c) =>
    answerUnkept(c, deps, {
      kind: `${COHORTS_PATH}/compare`,
      ...(await openQuestion(c, deps, await readJson(c))),
      answer: async (context, asked) => compareCohorts(...(await openComparison(deps, context, asked))),
      explain: async (context, asked) => explainComparison(...(await openComparison(deps, context, asked))),
    }),
  );

  app.get(`${COHORTS_PATH}/:id/revenue`, requireScope('read'), async (c) => {
    const question = composeRevenue(c);
    const { membership } = await findMembership(c, deps);
    return answerUnkept(c, deps, {
      kind: `${COHORTS_PATH}/:id/revenue`,
      context: await createQueryContext(c, deps),
      question,
      answer: (context, asked) => answerRevenue(context, asked, restrictTo(context, membership)),
      explain: (context, asked) => explainRevenue(context, asked, restrictTo(context, membership)),
    });
  });

  app.get(`${COHORTS_PATH}/:id/retention`, requireScope('read'), async (c) => {
    const { membership } = await findMembership(c, deps);
    return answerUnkept(c, deps, {
      kind: `${COHORTS_PATH}/:id/retention`,
      ...(await openQuestion(c, deps, composeRetention(c))),
      answer: (context, asked) => answerCohortRetention(context, membership, asked),
      explain: (context, asked) => explainCohortRetention(context, membership, asked),
    });
  });
}
