/**
 * How many rows a second `weir import` moves in from each kind of source, against the raw sender: the same events as bodies made
 * beforehand, posted to the same route as many at a time as the import does, waiting for the same outcome.
 *
 * Each source is imported by the command itself, start of its process included, without the comparison at the end, which is
 * timed on its own. Every source has its own ids, so that nothing is a duplicate.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createMetadata } from '../src/metadata/metadata.js';
import { fromRoot } from '../src/paths.js';
import { type Figure, report } from './support/report.js';
import { type Stack, startStack } from './support/stack.js';

const EVENTS = Number(process.env.BENCH_EVENTS ?? 100_000);
const BATCH = 1_000;
const CONNECTIONS = 16;

const at = (i: number): string => new Date(Date.UTC(2024, 0, 1) + i * 1_000).toISOString();

const makeEvent = (run: string, i: number) => ({
  event: `${run}_${i % 10}`,
  event_id: `${run}-${i}`,
  user_id: `user-${i % 5_000}`,
  timestamp: at(i),
  properties: {
    plan: `plan-${i % 4}`,
    revenue: (i % 1_000) / 4,
    path: `/products/${i % 300}`,
    source: 'bench',
  },
});
type BenchEvent = ReturnType<typeof makeEvent>;

const makeEvents = (run: string): BenchEvent[] => Array.from({ length: EVENTS }, (_, i) => makeEvent(run, i));

const toLines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** Posts prepared bodies and waits for each outcome; events a second. */
async function sendRaw(stack: Stack): Promise<number> {
  const events = makeEvents('raw');
  const bodies = Array.from({ length: EVENTS / BATCH }, (_, b) =>
    toLines(events.slice(b * BATCH, (b + 1) * BATCH)),
  );
  const headers = { authorization: `Bearer ${stack.keys.write}`, 'content-type': 'application/x-ndjson' };
  const start = performance.now();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      const answer = await fetch(`${stack.url}/v1/events?wait=stored`, { method: 'POST', headers, body });
      const { stored } = (await answer.json()) as { stored?: number };
      if (stored !== BATCH) throw new Error(`answered ${answer.status}, ${stored} stored`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  return (EVENTS / (performance.now() - start)) * 1_000;
}

/** Runs the command to its end; rows a second. */
function runImport(stack: Stack, folder: string, args: readonly string[], expected: string): number {
  const start = performance.now();
  const ended = spawnSync(process.execPath, [fromRoot('bin', 'weir.mjs'), 'import', ...args], {
    env: {
      ...process.env,
      WEIR_URL: stack.url,
      WEIR_KEY: stack.keys.write,
      WEIR_READ_KEY: stack.keys.read,
      WEIR_DATA: folder,
    },
    encoding: 'utf8',
  });
  if (ended.status !== 0 || !ended.stdout.includes(expected)) throw new Error(ended.stdout + ended.stderr);
  return (EVENTS / (performance.now() - start)) * 1_000;
}

const quote = (text: string): string => text.replaceAll("'", "''");

async function fillPostgres(url: string): Promise<void> {
  const metadata = createMetadata(url);
  await metadata.query(
    'create table bench_events (id text primary key, name text, uid text, created_at timestamptz, data jsonb)',
  );
  for (let from = 0; from < EVENTS; from += BATCH) {
    const values = Array.from({ length: BATCH }, (_, i) => makeEvent('postgres', from + i)).map(
      (one) =>
        `('${one.event_id}', '${one.event}', '${one.user_id}', '${one.timestamp}', '${quote(JSON.stringify(one.properties))}')`,
    );
    await metadata.query(`insert into bench_events values ${values.join(', ')}`);
  }
  await metadata.close();
}

async function writeParquet(stack: Stack, path: string): Promise<void> {
  const { origin, username, password } = new URL(stack.clickhouseUrl);
  const rows = makeEvents('posthog').map((one) => ({
    uuid: one.event_id,
    event: one.event,
    distinct_id: one.user_id,
    properties: JSON.stringify(one.properties),
    timestamp: one.timestamp,
  }));
  const columns =
    "uuid String, event String, distinct_id String, properties String, timestamp DateTime64(6, \\'UTC\\')";
  const answer = await fetch(origin, {
    method: 'POST',
    headers: { 'x-clickhouse-user': username, 'x-clickhouse-key': decodeURIComponent(password) },
    body: `insert into function file('${path}', Parquet, '${columns}') settings date_time_input_format = 'best_effort' format JSONEachRow ${toLines(rows)}`,
  });
  if (!answer.ok) throw new Error(await answer.text());
}

const stack = await startStack();
const folder = mkdtempSync(join(tmpdir(), 'weir-bench-import-'));
try {
  const ndjson = join(folder, 'events.ndjson');
  const segment = join(folder, 'segment.gz');
  const csv = join(folder, 'events.csv');
  const parquet = join(folder, 'export.parquet');
  writeFileSync(ndjson, toLines(makeEvents('ndjson')));
  const messages = makeEvents('segment').map(({ event_id, user_id, ...one }) => ({
    ...one,
    type: 'track',
    messageId: event_id,
    userId: user_id,
  }));
  writeFileSync(segment, gzipSync(toLines(messages)));
  const cells = makeEvents('csv').map((one) =>
    [one.event, one.event_id, one.user_id, one.timestamp, one.properties.plan, one.properties.revenue].join(
      ',',
    ),
  );
  writeFileSync(csv, `event,event_id,user_id,timestamp,plan,revenue\n${cells.join('\n')}\n`);
  await writeParquet(stack, parquet);
  await fillPostgres(stack.databaseUrl);

  const stored = `${EVENTS.toLocaleString('en-US')} stored, 0 duplicate, 0 rejected`;
  const move = (...args: string[]): number => runImport(stack, folder, [...args, '--no-compare'], stored);
  const mapping = 'event_id=id,event=name,user_id=uid,timestamp=created_at,properties=data';
  const figures: Figure[] = [
    { figure: 'raw sender', value: await sendRaw(stack), unit: 'rows/s' },
    { figure: 'ndjson', value: move(ndjson), unit: 'rows/s' },
    { figure: 'csv', value: move(csv), unit: 'rows/s' },
    { figure: 'segment-archive', value: move('--from', 'segment-archive', segment), unit: 'rows/s' },
    { figure: 'posthog-export, Parquet', value: move('--from', 'posthog-export', parquet), unit: 'rows/s' },
    {
      figure: 'postgres',
      value: move('--from', stack.databaseUrl, '--table', 'bench_events', '--map', mapping),
      unit: 'rows/s',
    },
    {
      figure: 'comparison alone (ndjson)',
      value: runImport(
        stack,
        folder,
        [ndjson, '--check-only', '--check', 'sum:revenue'],
        'all as in the source',
      ),
      unit: 'rows/s',
    },
  ];
  report('import', figures);
} finally {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}
