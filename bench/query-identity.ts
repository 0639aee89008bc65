/**
 * What resolving people costs a question: two million events of 200,000 anonymous ids, of which none, 1 % and 20 % were joined to
 * users. A count of distinct users and a three-step funnel, each in processor time and as a ratio to the project without joined people.
 */
import { join } from 'node:path';
import { type ClickHouse, createClickHouse } from '../src/clickhouse/client.js';
import { migrateClickHouse } from '../src/clickhouse/migrate.js';
import { createEngine } from '../src/embedded/engine.js';
import { findFreePort } from '../src/embedded/port.js';
import { openQueryContext } from '../src/query/context.js';
import { analyzeFunnel } from '../src/query/funnel/analyze.js';
import { answerTrends } from '../src/query/trends/answer.js';
import { openFolder } from './support/funnel-events.js';
import { readProcessorMs } from './support/processor-time.js';
import { type Figure, report } from './support/report.js';

const EVENTS = 2_000_000;
const IDS = 200_000;
const RUNS = 10;
const SHARES = [0, 0.01, 0.2];
const START = '2026-01-01 00:00:00.000';
const RANGE = { from: '2026-01-01', to: '2026-02-01' };

const nameProject = (share: number): string => `merged${Math.round(share * 100)}`;

async function fill(clickhouse: ClickHouse, share: number): Promise<void> {
  const params = { project: nameProject(share), events: EVENTS, ids: IDS, joined: IDS * share };
  await clickhouse.command(
    `insert into events (project, event, timestamp, event_id, anonymous_id, received_at, properties)
    select {project:String}, ['visit', 'cart', 'buy', 'share'][1 + cityHash64(number) % 4],
      toDateTime64('${START}', 3, 'UTC') + toIntervalSecond(cityHash64(number, 1) % 2592000), toString(number),
      concat('a', toString(cityHash64(number, 2) % {ids:UInt64})), now64(3), '{"plan":"pro"}'
    from numbers({events:UInt64})`,
    { params, timeoutMs: 600_000 },
  );
  // Two ids of each joined person.
  await clickhouse.command(
    `insert into identity_overrides (project, person_key, target_key, target, seq)
    select {project:String}, cityHash64(false, concat('a', toString(number))),
      cityHash64(true, concat('u', toString(intDiv(number, 2)))), concat('u', toString(intDiv(number, 2))), 1
    from numbers({joined:UInt64})`,
    { params },
  );
}

/** Of the engine and of this process together, a question on average. */
async function measure(clickhouse: ClickHouse, pid: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  const readMs = (): number => readProcessorMs(pid) + readProcessorMs(process.pid);
  for (const [name, ask] of Object.entries(QUESTIONS)) {
    let plain = 0;
    for (const share of SHARES) {
      const open = () => openQueryContext({ clickhouse, project: nameProject(share) });
      await ask(await open());
      const startMs = readMs();
      for (let run = 0; run < RUNS; run++) await ask(await open());
      const ms = (readMs() - startMs) / RUNS;
      if (share === 0) plain = ms;
      figures.push({ figure: `${name}, ${share * 100} % of ids joined`, value: ms, unit: 'ms of processor' });
      figures.push({ figure: `${name}, ${share * 100} % to none`, value: ms / plain, unit: 'x' });
    }
  }
  return figures;
}

const QUESTIONS = {
  users: (context: Parameters<typeof answerTrends>[0]) =>
    answerTrends(context, { events: [{ event: 'visit', measure: 'users' }], grain: 'day', ...RANGE }),
  funnel: (context: Parameters<typeof analyzeFunnel>[0]) =>
    analyzeFunnel(context, {
      steps: [{ event: 'visit' }, { event: 'cart' }, { event: 'buy' }],
      window: '7d',
      ...RANGE,
    }),
};

const { folder, close } = openFolder();
const engine = createEngine({
  folder: join(folder, 'clickhouse'),
  port: await findFreePort(),
  password: 'bench',
});
const child = await engine.start();
const clickhouse = createClickHouse(engine.url);
try {
  await migrateClickHouse(clickhouse);
  for (const share of SHARES) await fill(clickhouse, share);
  await clickhouse.command('optimize table events final', { timeoutMs: 600_000 });
  report('query-identity', await measure(clickhouse, child.pid!));
} finally {
  await clickhouse.close();
  await child.stop();
  close();
}
