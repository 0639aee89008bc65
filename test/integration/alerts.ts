/** What tests of alerts work with: metrics over stored events, runners that may be many, and a receiver of webhooks. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { storeFirstKeys } from '../../src/access/first-keys.js';
import { type AlertRunner, createAlertRunner } from '../../src/alerting/runner.js';
import { type AlertRecord, addAlert, getAlert, listHistory } from '../../src/alerting/store.js';
import { createMetadata, type Metadata } from '../../src/metadata/metadata.js';
import { createMetrics } from '../../src/metrics/define.js';
import { createMetricSources } from '../../src/metrics/sources.js';
import { openQueryContext } from '../../src/query/context.js';
import type { MetricSources } from '../../src/query/metric/sources.js';
import { createStore, type Store } from '../oracle/store.js';
import { FRONT_KEYS } from '../support/front.js';
import { freshPostgres } from '../support/stack.js';

export const PROJECT = 'default';
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const AUTHOR = { project: PROJECT, keyId: 'test' };

export interface AlertBench {
  readonly store: Store;
  readonly metadata: Metadata;
  readonly metrics: MetricSources;
  readonly errors: Error[];
  /** The time that runners take it to be. */
  nowMs: number;
  createRunner(): AlertRunner;
  define(text: string): Promise<void>;
  add(input: object): Promise<string>;
  /** Makes an alert due. */
  makeDue(id: string): Promise<void>;
  /** Has an alert evaluated as of a time, by every runner at once, and shows it. */
  lookAt(id: string, nowMs: number, runners?: readonly AlertRunner[]): Promise<AlertRecord>;
  /** "ok>pending" and so on, the oldest first. */
  readChanges(id: string): Promise<string[]>;
  close(): Promise<void>;
}

export async function createAlertBench(): Promise<AlertBench> {
  const store = await createStore();
  const { url } = await freshPostgres();
  await storeFirstKeys(url, FRONT_KEYS);
  const metadata = createMetadata(url);
  const metrics = createMetricSources(metadata, {
    snapshot: () => ({ revision: 1, types: [], strictProjects: [] }),
  });
  const runners: AlertRunner[] = [];
  const bench: AlertBench = {
    store,
    metadata,
    metrics,
    errors: [],
    nowMs: Date.now(),
    createRunner() {
      const parts = { metadata, metrics, clickhouse: store.clickhouse };
      const onError = (error: Error): void => void bench.errors.push(error);
      const runner = createAlertRunner({ ...parts, onError, now: () => bench.nowMs });
      runners.push(runner);
      return runner;
    },
    async define(text) {
      const context = await openQueryContext({ clickhouse: store.clickhouse, project: PROJECT });
      await createMetrics({ metadata, sources: metrics }, { context, keyId: 'test' }, text);
    },
    async add(input) {
      const { id } = await addAlert(metadata, metrics, AUTHOR, input);
      // Nobody looks at it but when the test says so.
      await metadata.query("update alerts set next_at = now() + interval '1 day' where id = $1", [id]);
      return id;
    },
    async makeDue(id) {
      await metadata.query("update alerts set next_at = now() - interval '5 hours' where id = $1", [id]);
    },
    async lookAt(id, nowMs, by = runners) {
      bench.nowMs = nowMs;
      await bench.makeDue(id);
      await Promise.all(by.map((runner) => runner.tick()));
      await metadata.query("update alerts set next_at = now() + interval '1 day' where id = $1", [id]);
      return getAlert(metadata, PROJECT, id);
    },
    async readChanges(id) {
      const rows = await listHistory(metadata, PROJECT, id, { limit: 100, after: '' });
      return rows.map(({ fromStatus, toStatus }) => `${fromStatus}>${toStatus}`).reverse();
    },
    async close() {
      await Promise.all(runners.map((runner) => runner.close()));
      await metadata.close();
      await store.close();
    },
  };
  return bench;
}

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly requests: Received[];
  /** What it answers from now on. */
  status: number;
  close(): Promise<void>;
}

/** A receiver of webhooks on loopback. */
export async function createReceiver(): Promise<Receiver> {
  const requests: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      requests.push({ headers: request.headers, body });
      response.writeHead(receiver.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    requests,
    status: 200,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return receiver;
}
