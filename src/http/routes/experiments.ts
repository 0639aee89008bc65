/** Experiments: analysed as they come, planned, saved, and analysed by their id. */
import {
  addExperiment,
  changeExperiment,
  deleteExperiment,
  type ExperimentRecord,
  type ExperimentVersion,
  getExperiment,
  listExperiments,
  listExperimentVersions,
} from '../../definitions/experiments.js';
import { createMetricSources } from '../../metrics/sources.js';
import { analyzeExperiment, explainExperiment } from '../../query/experiment/analyze.js';
import { answerPower } from '../../query/experiment/power.js';
import { answerUnkept } from '../answered.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { readJson } from '../json-body.js';
import { composePage, readPage } from '../page.js';
import { readCount, readText } from '../query-string.js';
import { openQuestion } from '../question.js';
import { type App, requireScope } from '../route.js';

const PATH = '/v1/analytics/experiments';
const SAVED = `${PATH}/saved`;
const PARAMETER_LENGTH_MAX = 200;
const VERSION_MAX = 1_000_000;
/** Parameters of the URL that are members of the question: the range, where the saved experiment's own is not asked. */
const TEXT_PARAMETERS = ['from', 'to', 'timezone'] as const;

const showExperiment = ({ id, name, version, definition, createdAt, updatedAt }: ExperimentRecord) => ({
  id,
  name,
  version,
  ...definition,
  created_at: createdAt.toISOString(),
  updated_at: updatedAt.toISOString(),
});

const showVersion = ({ version, definition, createdBy, createdAt }: ExperimentVersion) => ({
  version,
  ...definition,
  created_by: createdBy,
  created_at: createdAt.toISOString(),
});

function composeQuestion(c: AppContext, definition: ExperimentRecord['definition']): Record<string, unknown> {
  const question: Record<string, unknown> = { ...definition };
  for (const name of TEXT_PARAMETERS) {
    const value = readText(c, name, PARAMETER_LENGTH_MAX);
    if (value !== undefined) question[name] = value;
  }
  return question;
}

export function registerExperimentRoutes(app: App, deps: AppDeps): void {
  const { metadata } = deps;
  const authorOf = (c: AppContext) => ({ project: c.var.access.project, keyId: c.var.access.keyId });
  const sources = createMetricSources(metadata, deps.registry);
  const ask = async (c: AppContext, kind: string, input: unknown) =>
    answerUnkept(c, deps, {
      kind,
      ...(await openQuestion(c, deps, input)),
      answer: (context, question) => analyzeExperiment(context, question, sources),
      explain: (context, question) => explainExperiment(context, question, sources),
    });

  app.post(PATH, requireScope('read'), async (c) => ask(c, PATH, await readJson(c)));
  app.post(`${PATH}/power`, requireScope('read'), async (c) => c.json(answerPower(await readJson(c))));

  app.post(SAVED, requireScope('define'), async (c) =>
    c.json(showExperiment(await addExperiment(metadata, authorOf(c), await readJson(c))), 201),
  );
  app.get(SAVED, requireScope('read'), async (c) => {
    const { limit, after } = readPage(c);
    const rows = await listExperiments(metadata, c.var.access.project, { limit: limit + 1, after });
    return c.json(composePage(c, rows, limit, showExperiment));
  });
  app.get(`${SAVED}/:id`, requireScope('read'), async (c) => {
    const record = await getExperiment(metadata, c.var.access.project, c.req.param('id'));
    const versions = await listExperimentVersions(metadata, record.id);
    return c.json({ ...showExperiment(record), versions: versions.map(showVersion) });
  });
  app.put(`${SAVED}/:id`, requireScope('define'), async (c) =>
    c.json(
      showExperiment(await changeExperiment(metadata, authorOf(c), c.req.param('id'), await readJson(c))),
    ),
  );
  app.delete(`${SAVED}/:id`, requireScope('define'), async (c) =>
    c.json(showExperiment(await deleteExperiment(metadata, c.var.access.project, c.req.param('id')))),
  );
  app.get(`${SAVED}/:id/analysis`, requireScope('read'), async (c) => {
    const version = readCount(c, 'version', VERSION_MAX);
    const { definition } = await getExperiment(metadata, c.var.access.project, c.req.param('id'), version);
    return ask(c, `${SAVED}/:id/analysis`, composeQuestion(c, definition));
  });
}
