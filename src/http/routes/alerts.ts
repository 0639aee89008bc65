/** Alerts: made, tested, listed with their states, changed, silenced, deleted. */
import { backTest } from '../../alerting/back-test.js';
import { showAlert, showDelivery, showHistory } from '../../alerting/show.js';
import {
  type AlertRecord,
  addAlert,
  changeAlert,
  deleteAlert,
  getAlert,
  listAlerts,
  listDeliveries,
  listHistory,
  ruleOf,
  silenceAlert,
} from '../../alerting/store.js';
import { createMetricSources } from '../../metrics/sources.js';
import type { AppDeps } from '../deps.js';
import { readJson } from '../json-body.js';
import { composePage, readPage } from '../page.js';
import { readText, refuseParameter } from '../query-string.js';
import { type App, requireScope } from '../route.js';

const PATH = '/v1/alerts';
const STATUS_LENGTH_MAX = 20;

/** Who may define an alert may know what signs its requests. */
const showWithSecret = (record: AlertRecord) => ({
  ...showAlert(record),
  ...(ruleOf(record).webhooks.length > 0 ? { secret: record.secret } : {}),
});

export function registerAlertRoutes(
  app: App,
  { metadata, registry, clickhouse, redis, config }: AppDeps,
): void {
  const metrics = createMetricSources(metadata, registry, { redis, partitions: config.stream.partitions });

  app.post(PATH, requireScope('define'), async (c) => {
    const { project, keyId } = c.var.access;
    const record = await addAlert(metadata, metrics, { project, keyId }, await readJson(c));
    return c.json(showWithSecret(record), 201);
  });

  app.post(`${PATH}/test`, requireScope('read'), async (c) => {
    const parts = { metadata, metrics, clickhouse };
    return c.json(await backTest(parts, c.var.access.project, await readJson(c), c.req.raw.signal));
  });

  app.get(PATH, requireScope('read'), async (c) => {
    const { limit, after } = readPage(c);
    const status = readText(c, 'status', STATUS_LENGTH_MAX);
    if (status !== undefined && status !== 'firing')
      throw refuseParameter('status', 'status is firing: only alerts that fire are listed.');
    const page = { limit: limit + 1, after };
    const rows = await listAlerts(metadata, c.var.access.project, page, status === 'firing');
    return c.json(composePage(c, rows, limit, showAlert));
  });

  app.get(`${PATH}/:id`, requireScope('read'), async (c) => {
    const record = await getAlert(metadata, c.var.access.project, c.req.param('id'));
    const deliveries = (await listDeliveries(metadata, record.id)).map(showDelivery);
    return c.json({ ...showAlert(record), deliveries });
  });

  app.put(`${PATH}/:id`, requireScope('define'), async (c) => {
    const { project } = c.var.access;
    const record = await changeAlert(metadata, metrics, project, c.req.param('id'), await readJson(c));
    return c.json(showWithSecret(record));
  });

  app.delete(`${PATH}/:id`, requireScope('define'), async (c) =>
    c.json(showAlert(await deleteAlert(metadata, c.var.access.project, c.req.param('id')))),
  );

  app.post(`${PATH}/:id/silence`, requireScope('define'), async (c) =>
    c.json(
      showAlert(await silenceAlert(metadata, c.var.access.project, c.req.param('id'), await readJson(c))),
    ),
  );

  app.get(`${PATH}/:id/history`, requireScope('read'), async (c) => {
    const { limit, after } = readPage(c);
    const page = { limit: limit + 1, after };
    const rows = await listHistory(metadata, c.var.access.project, c.req.param('id'), page);
    return c.json(composePage(c, rows, limit, showHistory));
  });
}
