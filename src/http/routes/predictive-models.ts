/** Predictive models: saved, trained, their versions and whom they foretell what; and what they say of a cohort. */
import { findCohorts } from '../../definitions/cohort-references.js';
import { RequestError } from '../../errors.js';
import { listPeople } from '../../predict/kept-people.js';
import { answerCohortPredictions, explainCohortPredictions } from '../../predict/models/cohort.js';
import { addModel, deleteModel, getModel, listModels, type ModelRecord } from '../../predict/models/store.js';
import {
  askTraining,
  findTrained,
  getTraining,
  listTrainings,
  type Training,
} from '../../predict/models/trainings.js';
import { parseDuration } from '../../query/duration.js';
import { answerUnkept } from '../answered.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { readJson } from '../json-body.js';
import { composePage, readPage } from '../page.js';
import { readCount, readText, refuseParameter } from '../query-string.js';
import { createQueryContext } from '../question.js';
import { type App, requireScope } from '../route.js';
import { COHORTS_PATH, findMembership } from './cohorts.js';

const MODELS = '/v1/analytics/predictions/models';
const DAY_MS = 86_400_000;
const VERSION_MAX = 1_000_000_000 - 1;

const showModel = ({ createdBy, createdAt, nextAt, version, state, ...record }: ModelRecord) => ({
  ...record,
  next_at: nextAt?.toISOString() ?? null,
  latest: { version, state },
  created_by: createdBy,
  created_at: createdAt.toISOString(),
});

const showTraining = ({ askedAt, trainedAt, answer, reason, ...training }: Training) => ({
  ...training,
  asked_at: askedAt.toISOString(),
  trained_at: trainedAt?.toISOString() ?? null,
  ...(reason === '' ? {} : { reason }),
  answer,
});

function readHorizonDays(c: AppContext): number | undefined {
  const text = readText(c, 'horizon', 20);
  if (text === undefined) return undefined;
  const days = (parseDuration(text) ?? 0) / DAY_MS;
  if (Number.isInteger(days) && days >= 1) return days;
  throw refuseParameter('horizon', 'horizon is a number of days or weeks such as "28d".');
}

/** The page of a version: by default the one trained last. */
async function sendPeople(c: AppContext, { metadata, clickhouse }: AppDeps) {
  const { project } = c.var.access;
  const { id, kind } = await getModel(metadata, project, c.req.param('id') ?? '');
  const asked = readCount(c, 'version', VERSION_MAX);
  const found = asked
    ? await getTraining(metadata, id, asked)
    : await findTrained(metadata, project, kind, id);
  if (!found?.answer)
    throw new RequestError(
      409,
      'model_not_trained',
      'The model has not been trained yet, or its training failed.',
    );
  const { limit, after } = readPage(c);
  const rank = after === '' ? 0 : Number(after);
  if (!Number.isSafeInteger(rank) || rank < 0)
    throw refuseParameter('cursor', 'cursor is what next_cursor of the page before said, unchanged.');
  const place = { project, model: id, version: found.version };
  const page = { after: rank, limit: limit + 1, people: found.answer.people_kept };
  const people = await listPeople(clickhouse, place, page);
  const rows = people.map(({ rank: place, person, shown }) => ({
    id: String(place),
    rank: place,
    person,
    ...shown,
  }));
  const { predicts, reason } = found.answer;
  return c.json({
    ...composePage(c, rows, limit, ({ id: _, ...row }) => row),
    version: found.version,
    predicts,
    reason,
  });
}

export function registerPredictiveModelRoutes(app: App, deps: AppDeps): void {
  const { metadata } = deps;
  const find = (c: AppContext) => getModel(metadata, c.var.access.project, c.req.param('id') ?? '');

  app.post(MODELS, requireScope('define'), async (c) => {
    const { project, keyId } = c.var.access;
    const context = await createQueryContext(c, deps);
    const found = (question: unknown) => findCohorts(metadata, context, question);
    return c.json(showModel(await addModel(metadata, { project, keyId }, await readJson(c), found)), 201);
  });

  app.get(MODELS, requireScope('read'), async (c) => {
    const { limit, after } = readPage(c);
    const rows = await listModels(metadata, c.var.access.project, { limit: limit + 1, after });
    return c.json(composePage(c, rows, limit, showModel));
  });

  app.get(`${MODELS}/:id`, requireScope('read'), async (c) => {
    const record = await find(c);
    const training = await getTraining(metadata, record.id, record.version);
    return c.json({ ...showModel(record), latest: showTraining(training) });
  });

  app.delete(`${MODELS}/:id`, requireScope('define'), async (c) =>
    c.json(showModel(await deleteModel(metadata, c.var.access.project, c.req.param('id')))),
  );

  app.get(`${MODELS}/:id/versions`, requireScope('read'), async (c) => {
    const { id } = await find(c);
    return c.json({ data: (await listTrainings(metadata, id)).map(showTraining), next_cursor: null });
  });

  app.post(`${MODELS}/:id/train`, requireScope('define'), async (c) => {
    const { id } = await find(c);
    const version = await askTraining(metadata, id);
    return c.json({ version, state: 'waiting' }, 202);
  });

  app.get(`${MODELS}/:id/users`, requireScope('read'), (c) => sendPeople(c, deps));

  app.get(`${COHORTS_PATH}/:id/predictions`, requireScope('read'), async (c) => {
    const horizonDays = readHorizonDays(c);
    const { record, membership } = await findMembership(c, deps);
    return answerUnkept(c, deps, {
      kind: `${COHORTS_PATH}/:id/predictions`,
      context: await createQueryContext(c, deps),
      question: {},
      answer: async (context) => ({
        id: record.id,
        name: record.name,
        ...(await answerCohortPredictions(metadata, context, membership, horizonDays)),
      }),
      explain: (context) => explainCohortPredictions(metadata, context, membership, horizonDays),
    });
  });
}
