/** Metrics that users define: made, listed, shown, given new versions, deleted; and the question what one comes to. */
import { listAlertsOf } from '../../alerting/usage.js';
import { checkDefinition } from '../../metrics/check.js';
import {
  applyMetrics,
  createMetrics,
  type DefinedMetric,
  deleteMetric,
  type Editor,
  type MetricRoom,
  replaceMetric,
} from '../../metrics/define.js';
import { describeMetric, describeVersion } from '../../metrics/describe.js';
import { createMetricSources } from '../../metrics/sources.js';
import { getMetric, listMetrics, listMetricVersions } from '../../metrics/store.js';
import { readVocabulary } from '../../metrics/vocabulary.js';
import { readDefinition } from '../definition-body.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { readJson } from '../json-body.js';
import { answerMetricQuestion } from '../metric-answers.js';
import { composePage, readPage } from '../page.js';
import { readText } from '../query-string.js';
import { createQueryContext } from '../question.js';
import { type App, requireScope } from '../route.js';

const PATH = '/v1/analytics/metrics/custom';
const EVENT_LENGTH_MAX = 200;

const isOn = (c: AppContext, name: string): boolean => ['1', 'true', ''].includes(c.req.query(name) ?? '0');

export function registerCustomMetricRoutes(app: App, deps: AppDeps): void {
  const { metadata } = deps;
  const room: MetricRoom = {
    metadata,
    sources: createMetricSources(metadata, deps.registry, {
      redis: deps.redis,
      partitions: deps.config.stream.partitions,
    }),
    listUsers: (project, metric) => listAlertsOf(metadata, project, metric),
  };
  const editorOf = async (c: AppContext): Promise<Editor> => ({
    context: await createQueryContext(c, deps),
    keyId: c.var.access.keyId,
  });
  const show = ({ record, warnings }: DefinedMetric) => ({
    ...describeMetric(record),
    ...(warnings.length > 0 ? { warnings } : {}),
  });

  app.post(PATH, requireScope('define'), async (c) => {
    const made = await createMetrics(room, await editorOf(c), await readDefinition(c));
    const shown = made.map(show);
    return c.json(shown.length === 1 ? shown[0]! : { data: shown }, 201);
  });

  app.put(PATH, requireScope('define'), async (c) => {
    const options = { prune: isOn(c, 'prune'), dryRun: isOn(c, 'dry_run'), force: isOn(c, 'force') };
    return c.json(await applyMetrics(room, await editorOf(c), await readDefinition(c), options));
  });

  app.get(PATH, requireScope('read'), async (c) => {
    const { limit, after } = readPage(c);
    const rows = await listMetrics(metadata, c.var.access.project, { limit: limit + 1, after });
    return c.json(composePage(c, rows, limit, describeMetric));
  });

  app.get(`${PATH}/:id`, requireScope('read'), async (c) => {
    const record = await getMetric(metadata, c.var.access.project, c.req.param('id'));
    const versions = await listMetricVersions(metadata, record.id);
    return c.json({ ...describeMetric(record), versions: versions.map(describeVersion) });
  });

  app.put(`${PATH}/:id`, requireScope('define'), async (c) => {
    const text = await readDefinition(c);
    const defined = await replaceMetric(room, await editorOf(c), c.req.param('id'), text, isOn(c, 'force'));
    return c.json(show(defined));
  });

  app.delete(`${PATH}/:id`, requireScope('define'), async (c) => {
    const record = await deleteMetric(room, await editorOf(c), c.req.param('id'), isOn(c, 'force'));
    return c.json(describeMetric(record));
  });

  registerMetricQuestions(app, deps, room);
}

function registerMetricQuestions(app: App, deps: AppDeps, room: MetricRoom): void {
  app.post('/v1/analytics/metrics/calculate', requireScope('read'), async (c) =>
    answerMetricQuestion(c, deps, room.sources, await readJson(c)),
  );

  app.post('/v1/analytics/metrics/check', requireScope('read'), async (c) =>
    c.json(await checkDefinition(await createQueryContext(c, deps), room.sources, await readDefinition(c))),
  );

  app.get('/v1/analytics/metrics/vocabulary', requireScope('read'), async (c) =>
    c.json(
      await readVocabulary(
        await createQueryContext(c, deps),
        room.sources,
        readText(c, 'event', EVENT_LENGTH_MAX),
      ),
    ),
  );
}
