/** Cohorts: made, listed, shown with their size, deleted; who belongs, and how they stay. */
import * as v from 'valibot';
import {
  addCohort,
  type CohortRecord,
  deleteCohort,
  getCohort,
  listCohorts,
  resolveCohort,
  resolveCriteria,
} from '../../definitions/cohorts.js';
import {
  answerCohortRetention,
  answerSize,
  explainCohortRetention,
  explainSize,
  listUsers,
} from '../../query/cohort/answer.js';
import { readCriteria } from '../../query/cohort/criteria.js';
import type { Membership } from '../../query/cohort/formula.js';
import type { MemberPlace } from '../../query/cohort/print.js';
import { parseRequest } from '../../query/request.js';
import { parseInstant } from '../../query/time/instant.js';
import { findZone } from '../../query/time/zone.js';
import { type App, requireScope } from '../app.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { readJson } from '../json-body.js';
import { composePage, LIMIT_DEFAULT, LIMIT_MAX, readPage } from '../page.js';
import { readCount, readText, readTime, refuseParameter } from '../query-string.js';
import { createQueryContext, isExplain } from './analytics.js';

const PATH = '/v1/analytics/cohorts';
const PARAMETER_LENGTH_MAX = 10_000;
const NUMBER_MAX = 1_000_000;
/** A cursor holds a name of up to 200 characters. */
const CURSOR_LENGTH_MAX = 2_000;

const showCohort = ({ id, name, criteria, createdBy, createdAt }: CohortRecord) => ({
  id,
  name,
  criteria,
  static: false,
  created_by: createdBy,
  created_at: createdAt.toISOString(),
});

const previewSchema = v.strictObject({
  name: v.optional(v.string()),
  criteria: v.unknown(),
  as_of: v.optional(
    v.pipe(
      v.string('as_of is a date or an ISO time.'),
      v.check(
        (text) => parseInstant(text, findZone('UTC')!) !== undefined,
        'as_of is a date or an ISO time.',
      ),
    ),
  ),
});

const refuseCursor = () =>
  refuseParameter('cursor', 'cursor is what next_cursor of the page before said, unchanged.');

/** The place of the last member of the page before. */
function readPlace(c: AppContext): MemberPlace | undefined {
  const cursor = readText(c, 'cursor', CURSOR_LENGTH_MAX);
  if (cursor === undefined) return undefined;
  const text = Buffer.from(cursor, 'base64url').toString();
  if (!/^[01]/.test(text) || writeCursor({ known: text[0] === '1', name: text.slice(1) }) !== cursor)
    throw refuseCursor();
  return { known: text[0] === '1', name: text.slice(1) };
}

const writeCursor = ({ known, name }: MemberPlace): string =>
  Buffer.from(`${known ? 1 : 0}${name}`).toString('base64url');

const showMember = ({ name, known }: MemberPlace) => (known ? { user_id: name } : { anonymous_id: name });

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

export function registerCohortRoutes(app: App, deps: AppDeps): void {
  const { metadata } = deps;

  app.post(PATH, requireScope('define'), async (c) => {
    const { project, keyId } = c.var.access;
    return c.json(showCohort(await addCohort(metadata, { project, keyId }, await readJson(c))), 201);
  });

  app.get(PATH, requireScope('read'), async (c) => {
    const { limit, after } = readPage(c);
    const rows = await listCohorts(metadata, c.var.access.project, { limit: limit + 1, after });
    return c.json(composePage(rows, limit, showCohort));
  });

  app.post(`${PATH}/preview`, requireScope('read'), async (c) => {
    const { criteria, as_of } = parseRequest(previewSchema, await readJson(c));
    const asOfMs = as_of === undefined ? Date.now() : parseInstant(as_of, findZone('UTC')!)!;
    const membership = await resolveCriteria(metadata, c.var.access.project, readCriteria(criteria), asOfMs);
    const context = await createQueryContext(c, deps);
    return c.json(await (isExplain(c) ? explainSize(context, membership) : answerSize(context, membership)));
  });

  app.delete(`${PATH}/:id`, requireScope('define'), async (c) =>
    c.json(showCohort(await deleteCohort(metadata, c.var.access.project, c.req.param('id')))),
  );

  registerMemberRoutes(app, deps);
}

/** What is asked of a saved cohort, each as of `?as_of=`, by default now. */
function registerMemberRoutes(app: App, deps: AppDeps): void {
  const { metadata } = deps;
  const find = async (
    c: AppContext,
    id: string,
  ): Promise<{ record: CohortRecord; membership: Membership }> => {
    const { project } = c.var.access;
    const record = await getCohort(metadata, project, id);
    const asOfMs = readTime(c, 'as_of') ?? Date.now();
    return { record, membership: await resolveCohort(metadata, project, record, asOfMs) };
  };

  app.get(`${PATH}/:id`, requireScope('read'), async (c) => {
    const { record, membership } = await find(c, c.req.param('id'));
    const context = await createQueryContext(c, deps);
    if (isExplain(c)) return c.json(await explainSize(context, membership));
    return c.json({ ...showCohort(record), ...(await answerSize(context, membership)) });
  });

  app.get(`${PATH}/:id/users`, requireScope('read'), async (c) => {
    const after = readPlace(c);
    const limit = readCount(c, 'limit', LIMIT_MAX) ?? LIMIT_DEFAULT;
    const { membership } = await find(c, c.req.param('id'));
    const members = await listUsers(await createQueryContext(c, deps), membership, { after, limit });
    const page = members.slice(0, limit);
    const next = members.length > limit ? writeCursor(page[page.length - 1]!) : null;
    return c.json({ data: page.map(showMember), next_cursor: next });
  });

  app.get(`${PATH}/:id/retention`, requireScope('read'), async (c) => {
    const question = composeRetention(c);
    const { membership } = await find(c, c.req.param('id'));
    const context = await createQueryContext(c, deps);
    const answer = isExplain(c) ? explainCohortRetention : answerCohortRetention;
    return c.json(await answer(context, membership, question));
  });
}
