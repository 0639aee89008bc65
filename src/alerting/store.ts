/** Alerts in Postgres: made, shown, changed, silenced, deleted; their history and what was said of them. */
import * as v from 'valibot';
import { type Author, createId, isId, type Page } from '../definitions/id.js';
import { RequestError } from '../errors.js';
import type { Metadata, Run } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import type { MetricSources } from '../query/metric/sources.js';
import { parseRequest, refuseField } from '../query/request.js';
import { createSecret } from '../webhook/signature.js';
import type { AlertStatus, GroupState } from './machine.js';
import { type Rule, readRule, type WrittenRule } from './rule.js';

const ADD = loadStatement('alert-add');
const CHANGE = loadStatement('alert-change');
const COUNT = loadStatement('alert-count');
const DELETE = loadStatement('alert-delete');
const DELIVERIES = loadStatement('alert-delivery-latest');
const GET = loadStatement('alert-get');
const HISTORY = loadStatement('alert-history');
const LIST = loadStatement('alert-list');
const SILENCE = loadStatement('alert-silence');

/** Alerts of one project: each is a question a minute. */
const ALERTS_MAX = 200;
/** Messages shown of an alert. */
const DELIVERIES_SHOWN = 20;

/** A state, and what the last look said beside the value. */
export interface StoredState extends GroupState {
  readonly low?: number;
  readonly high?: number;
  readonly note?: string;
}

export interface AlertRecord {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly rule: WrittenRule;
  readonly builtin: string;
  readonly secret: string;
  readonly intervalMs: number;
  readonly silencedUntil: Date | null;
  readonly evaluatedAt: Date | null;
  readonly lastError: string;
  readonly states: Readonly<Record<string, StoredState>>;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The rule of a record. Rules are checked when they are saved. */
export const ruleOf = ({ name, rule }: AlertRecord): Rule => readRule({ name, ...rule }).rule;

async function checkMetric(sources: MetricSources, project: string, { source }: Rule): Promise<void> {
  if (source.kind !== 'metric') return;
  const known = await sources.listMetrics(project);
  if (!known.some(({ id, name }) => id === source.metric || name === source.metric))
    throw refuseField(
      'metric',
      `There is no metric "${source.metric}"; GET /v1/analytics/metrics/custom lists them.`,
    );
}

/** Saves an alert. @throws RequestError 422, MetadataError */
export async function addAlert(
  metadata: Metadata,
  sources: MetricSources,
  { project, keyId }: Author,
  input: unknown,
): Promise<AlertRecord> {
  const { rule, written } = readRule(input);
  await checkMetric(sources, project, rule);
  return metadata.transaction(async (run) => {
    const [count] = await run.query<{ alerts: number }>(COUNT, [project]);
    if (count!.alerts >= ALERTS_MAX)
      throw new RequestError(
        422,
        'too_many_alerts',
        `This project has ${ALERTS_MAX} alerts, which is the most: delete some that nobody needs.`,
      );
    const id = createId('al');
    const json = JSON.stringify(written);
    await run.query(ADD, [id, project, rule.name, json, createSecret(), rule.intervalMs, keyId]);
    return getAlert(run, project, id);
  });
}

const refuseUnknown = (): RequestError =>
  new RequestError(
    404,
    'alert_not_found',
    'This project has no such alert; GET /v1/alerts lists those it has.',
  );

/** @throws RequestError 404, MetadataError */
export async function getAlert(run: Run, project: string, id: string): Promise<AlertRecord> {
  const [record] = isId(id) ? await run.query<AlertRecord>(GET, [project, id]) : [];
  if (record) return record;
  throw refuseUnknown();
}

/** A page of a project's alerts in the order they were made. @throws MetadataError */
export const listAlerts = (
  run: Run,
  project: string,
  { limit, after }: Page,
  onlyFiring = false,
): Promise<AlertRecord[]> => run.query<AlertRecord>(LIST, [project, limit, after, onlyFiring]);

/** Replaces the rule; it is judged at once. @throws RequestError 404, 422, MetadataError */
export async function changeAlert(
  run: Run,
  sources: MetricSources,
  project: string,
  id: string,
  input: unknown,
): Promise<AlertRecord> {
  const { rule, written } = readRule(input);
  await getAlert(run, project, id);
  await checkMetric(sources, project, rule);
  await run.query(CHANGE, [project, id, rule.name, JSON.stringify(written), rule.intervalMs]);
  return getAlert(run, project, id);
}

/** Deletes an alert and returns what it was. @throws RequestError 404, MetadataError */
export async function deleteAlert(run: Run, project: string, id: string): Promise<AlertRecord> {
  const record = await getAlert(run, project, id);
  await run.query(DELETE, [project, id]);
  return record;
}

const silenceSchema = v.strictObject({
  until: v.nullable(
    v.pipe(
      v.string('until is an ISO time, or null to end the silence.'),
      v.isoTimestamp('until is an ISO time such as "2026-12-01T08:00:00Z", or null to end the silence.'),
    ),
  ),
});

/** Silences an alert: `{until}`, null ends it. @throws RequestError 404, 422, MetadataError */
export async function silenceAlert(
  run: Run,
  project: string,
  id: string,
  input: unknown,
): Promise<AlertRecord> {
  const { until } = parseRequest(silenceSchema, input);
  const time = until === null ? null : new Date(until);
  if (time && Number.isNaN(time.getTime())) throw refuseField('until', 'until is no time.');
  await getAlert(run, project, id);
  await run.query(SILENCE, [project, id, time]);
  return getAlert(run, project, id);
}

export interface HistoryRow {
  readonly id: string;
  readonly dimensionValue: string;
  readonly at: Date;
  readonly fromStatus: AlertStatus;
  readonly toStatus: AlertStatus;
  readonly value: number | null;
  readonly incident: string;
  readonly silenced: boolean;
}

/** An alert's changes of state, the newest first. @throws RequestError 404, 422, MetadataError */
export async function listHistory(
  run: Run,
  project: string,
  id: string,
  { limit, after }: Page,
): Promise<HistoryRow[]> {
  if (after !== '' && !/^\d{1,18}$/.test(after))
    throw new RequestError(422, 'invalid_cursor', 'A cursor is what next_cursor said, unchanged.');
  await getAlert(run, project, id);
  return run.query<HistoryRow>(HISTORY, [id, limit, after === '' ? null : after]);
}

export interface DeliveryRow {
  readonly id: string;
  readonly url: string;
  readonly state: 'waiting' | 'sent' | 'failed';
  readonly attempts: number;
  readonly error: string;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

/** The newest messages of an alert for webhooks. @throws MetadataError */
export const listDeliveries = (run: Run, id: string): Promise<DeliveryRow[]> =>
  run.query<DeliveryRow>(DELIVERIES, [id, DELIVERIES_SHOWN]);
