/** Cohorts: made, changed, listed, shown with their size and state, deleted. Their people are in cohort-people.ts, what is asked of them in cohort-questions.ts. */
import * as v from 'valibot';
import { boundClickHouse } from '../../clickhouse/bounded.js';
import type { ClickHouse } from '../../clickhouse/client.js';
import { addList } from '../../definitions/cohort-lists.js';
import { freezeCohort } from '../../definitions/cohort-refresh.js';
import { type CohortState, getCohortState } from '../../definitions/cohort-states.js';
import {
  addCohort,
  type CohortRecord,
  deleteCohort,
  getCohort,
  listCohorts,
  listCohortVersions,
  replaceCohort,
  resolveCohort,
  resolveCriteria,
} from '../../definitions/cohorts.js';
import { EngineError } from '../../errors.js';
import { createCohortMetrics } from '../../metrics/usage.js';
import { answerSize, explainSize } from '../../query/cohort/answer.js';
import { readCriteria } from '../../query/cohort/criteria.js';
import type { Membership } from '../../query/cohort/formula.js';
import { listSizes, type SizeAt } from '../../query/cohort/members.js';
import type { QueryContext } from '../../query/context.js';
import { parseRequest } from '../../query/request.js';
import { formatInstant, parseInstant } from '../../query/time/instant.js';
import { findZone } from '../../query/time/zone.js';
import { answerUnkept, computeAnswer } from '../answered.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { readJson } from '../json-body.js';
import { composePage, LIMIT_DEFAULT, LIMIT_MAX, readPage } from '../page.js';
import { readCount, readTime } from '../query-string.js';
import { createQueryContext, isExplain } from '../question.js';
import { type App, requireScope } from '../route.js';

export const COHORTS_PATH = '/v1/analytics/cohorts';

/** How long the state waits for an engine that may be away. */
const LOOK_MS = 2_000;

export const showCohort = ({
  id,
  name,
  version,
  criteria,
  fixed,
  createdBy,
  createdAt,
  updatedAt,
}: CohortRecord) => ({
  id,
  name,
  version,
  criteria,
  static: fixed,
  created_by: createdBy,
  created_at: createdAt.toISOString(),
  updated_at: updatedAt.toISOString(),
});

/** How stored members were brought up to date: by what changed, or whole and why; null of a list. */
const showRefresh = ({ way, why, candidates }: SizeAt) =>
  way === '' ? null : { way, why: why === '' ? null : why, candidates: why === '' ? candidates : null };

const showState = (state: CohortState) => ({
  status: state.status,
  reason: state.reason,
  attempts: state.attempts,
  refreshed_at: state.refreshedAt?.toISOString() ?? null,
  size: state.size,
  elapsed_ms: state.elapsedMs,
  next_at: state.dueAt.toISOString(),
});

const showStateAfter = (state: CohortState, newest: SizeAt | undefined) => ({
  ...showState(state),
  last_refresh: newest ? showRefresh(newest) : null,
});

/** The newest refresh, undefined while the engine does not answer. */
async function lookUpNewest(
  clickhouse: ClickHouse,
  project: string,
  cohort: string,
): Promise<SizeAt | undefined> {
  const bounds = { signal: AbortSignal.timeout(LOOK_MS), endMs: performance.now() + LOOK_MS };
  try {
    const [newest] = await listSizes(boundClickHouse(clickhouse, bounds), project, cohort, 1);
    return newest;
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

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

/** A saved cohort and who belongs to it as of `?as_of=`, by default now. @throws RequestError 404, 422 */
export async function findMembership(
  c: AppContext,
  { metadata }: AppDeps,
): Promise<{ record: CohortRecord; membership: Membership }> {
  const { project } = c.var.access;
  const record = await getCohort(metadata, project, c.req.param('id') ?? '');
  const asOfMs = readTime(c, 'as_of') ?? Date.now();
  return { record, membership: await resolveCohort(metadata, project, record, asOfMs) };
}

type Saved = CohortRecord & { readonly report?: object };

/** A list of people, criteria whose members of now become one, or criteria. */
function saveCohort(
  deps: AppDeps,
  author: { project: string; keyId: string },
  input: unknown,
): Promise<Saved> {
  const isFixed = typeof input === 'object' && input !== null && 'static' in input && input.static === true;
  if (!isFixed) {
    const { static: _, ...rest } = { static: false, ...(input as object) };
    return addCohort(deps.metadata, author, typeof input === 'object' && input !== null ? rest : input);
  }
  return 'criteria' in input ? freezeCohort(deps, author, input) : addList(deps, author, input);
}

/** The question how many belong. */
/** @param asked criteria as they are written, and what they mean */
const askSize = (
  kind: string,
  context: QueryContext,
  { criteria, membership }: { criteria: unknown; membership: Membership },
) => ({
  kind,
  context,
  question: { criteria },
  answer: (opened: QueryContext) => answerSize(opened, membership),
  explain: (opened: QueryContext) => explainSize(opened, membership),
});

export function registerCohortRoutes(app: App, deps: AppDeps): void {
  const { metadata } = deps;
  const findMetrics = createCohortMetrics(metadata);

  app.post(COHORTS_PATH, requireScope('define'), async (c) => {
    const { project, keyId } = c.var.access;
    const { report, ...record } = await saveCohort(deps, { project, keyId }, await readJson(c));
    return c.json({ ...showCohort(record), ...report }, 201);
  });

  app.get(COHORTS_PATH, requireScope('read'), async (c) => {
    const { limit, after } = readPage(c);
    const rows = await listCohorts(metadata, c.var.access.project, { limit: limit + 1, after });
    return c.json(composePage(c, rows, limit, showCohort));
  });

  app.post(`${COHORTS_PATH}/preview`, requireScope('read'), async (c) => {
    const { criteria, as_of } = parseRequest(previewSchema, await readJson(c));
    const asOfMs = as_of === undefined ? Date.now() : parseInstant(as_of, findZone('UTC')!)!;
    const membership = await resolveCriteria(metadata, c.var.access.project, readCriteria(criteria), asOfMs);
    const context = await createQueryContext(c, deps);
    return answerUnkept(c, deps, askSize(`${COHORTS_PATH}/preview`, context, { criteria, membership }));
  });

  app.get(`${COHORTS_PATH}/:id`, requireScope('read'), async (c) => {
    const { record, membership } = await findMembership(c, deps);
    const asked = askSize(`${COHORTS_PATH}/:id`, await createQueryContext(c, deps), {
      criteria: record.criteria,
      membership,
    });
    if (isExplain(c)) return answerUnkept(c, deps, asked);
    const state = await getCohortState(metadata, record.id);
    const [newest] = await listSizes(deps.clickhouse, c.var.access.project, record.id, 1);
    return c.json({
      ...showCohort(record),
      ...(await computeAnswer(deps, asked)),
      state: state ? showStateAfter(state, newest) : null,
    });
  });

  // Of Postgres but for the last refresh: why a calculation fails can be read when the size cannot be calculated either.
  app.get(`${COHORTS_PATH}/:id/state`, requireScope('read'), async (c) => {
    const { project } = c.var.access;
    const { id, name } = await getCohort(metadata, project, c.req.param('id'));
    const state = await getCohortState(metadata, id);
    const newest = state && (await lookUpNewest(deps.clickhouse, project, id));
    return c.json({ id, name, state: state ? showStateAfter(state, newest) : null });
  });

  app.put(`${COHORTS_PATH}/:id`, requireScope('define'), async (c) => {
    const { project, keyId } = c.var.access;
    const input = await readJson(c);
    const author = { project, keyId };
    return c.json(showCohort(await replaceCohort(metadata, author, c.req.param('id'), input, findMetrics)));
  });

  app.delete(`${COHORTS_PATH}/:id`, requireScope('define'), async (c) =>
    c.json(showCohort(await deleteCohort(metadata, c.var.access.project, c.req.param('id'), findMetrics))),
  );

  app.get(`${COHORTS_PATH}/:id/history`, requireScope('read'), async (c) => {
    const { project } = c.var.access;
    const limit = readCount(c, 'limit', LIMIT_MAX) ?? LIMIT_DEFAULT;
    const { id } = await getCohort(metadata, project, c.req.param('id'));
    const [sizes, versions] = await Promise.all([
      listSizes(deps.clickhouse, project, id, limit),
      listCohortVersions(metadata, id),
    ]);
    return c.json({
      sizes: sizes.map((one) => ({
        as_of: formatInstant(one.at),
        size: one.size,
        refresh: showRefresh(one),
      })),
      versions: versions.map((one) => ({
        version: one.version,
        name: one.name,
        criteria: one.criteria,
        created_by: one.createdBy,
        created_at: one.createdAt.toISOString(),
      })),
    });
  });
}
