/** The front is killed before and after an append, and its client tries again: each event has its outcome exactly once. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storeFirstKeys } from '../../src/access/first-keys.js';
import { checkIntegrity } from '../../src/ingest/integrity.js';
import { migrateMetadata } from '../../src/metadata/migrate.js';
import { FRONT_KEYS } from '../support/front.js';
import { freshPostgres } from '../support/stack.js';
import { type FrontProcess, startFrontProcess } from './front-process.js';
import { type Bench, createBench, makeEvent } from './ingest-instance.js';

const PAYLOADS = 4;
const EVENTS = 10;
/** The payload at which the front is killed. */
const KILLED_AT = 3;

interface Accepted {
  batch_id: string;
}

let bench: Bench;
let env: Record<string, string>;
let front: FrontProcess;

beforeAll(async () => {
  bench = await createBench();
  const { url } = await freshPostgres({ migrate: false });
  await migrateMetadata(url);
  await storeFirstKeys(url, FRONT_KEYS);
  env = { CLICKHOUSE_URL: bench.clickhouseUrl, REDIS_URL: bench.redisUrl, DATABASE_URL: url };
  bench.startIngest();
});

afterAll(() => front.process.kill('SIGKILL'));

async function post(body: string, key: string | undefined): Promise<Accepted | undefined> {
  const headers = {
    Authorization: `Bearer ${FRONT_KEYS.write}`,
    ...(key === undefined ? {} : { 'Idempotency-Key': key }),
  };
  const response = await fetch(`${front.url}/v1/events`, { method: 'POST', headers, body }).catch(
    () => undefined,
  );
  if (!response) return undefined;
  expect(response.status).toBe(202);
  return (await response.json()) as Accepted;
}

/** Sends all payloads one after the other, each until it is acknowledged; starts the front again when it is gone. */
async function sendAll(name: string, withKeys: boolean): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < PAYLOADS; i++) {
    const body = JSON.stringify(Array.from({ length: EVENTS }, (_, j) => makeEvent(`${name}-${i}-${j}`)));
    const key = withKeys ? `${name}-${i}` : undefined;
    let accepted = await post(body, key);
    while (!accepted) {
      expect(await front.ended, front.logs()).toBe('SIGKILL');
      front = await startFrontProcess(env);
      accepted = await post(body, key);
    }
    ids.push(accepted.batch_id);
  }
  return ids;
}

async function countStored(name: string): Promise<{ rows: number; ids: number }> {
  const { rows } = await bench.clickhouse.query<{ rows: number; ids: number }>(
    'select count() as rows, uniqExact(event_id) as ids from events where startsWith(event_id, {name:String})',
    { params: { name: `${name}-` } },
  );
  return { rows: Number(rows[0]!.rows), ids: Number(rows[0]!.ids) };
}

describe.each(['before-append', 'after-append'])('a front killed %s', (point) => {
  test.each([
    ['with', true],
    ['without', false],
  ])('stores each event of a client that tries again %s Idempotency-Key once', async (word, withKeys) => {
    const name = `${point}-${word}`;
    const before = await checkIntegrity(bench, { project: 'default' });
    front = await startFrontProcess({ ...env, WEIR_FAULT: `${point}:${KILLED_AT}` });
    const ids = await sendAll(name, withKeys);
    const done = await Promise.all(ids.map((id) => bench.waitDone(id)));
    const all = PAYLOADS * EVENTS;
    expect(await countStored(name)).toEqual({ rows: all, ids: all });
    // Without a key the payload that was appended and not answered comes a second time, as duplicates.
    const doubled = point === 'after-append' && !withKeys ? EVENTS : 0;
    expect(done.reduce((sum, one) => sum + one.stored, 0)).toBe(all - doubled);
    expect(done.reduce((sum, one) => sum + one.duplicates, 0)).toBe(doubled);
    const after = await checkIntegrity(bench, { project: 'default' });
    expect(after).toMatchObject({ ok: true, pending: 0, accepted: before.accepted + all + doubled });
    front.process.kill('SIGKILL');
    await front.ended;
  });
});
