/** `weir demo`: fills the running instance with the made-up shop, then goes on with it second by second. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CAC } from 'cac';
import { loadConfig } from '../config.js';
import { defineEventTypes, defineQuestions } from '../demo/definitions.js';
import { fillHistory, findHistory } from '../demo/history.js';
import type { Ask } from '../demo/server.js';
import { createShop, type ShopEvent } from '../demo/shop.js';
import { readInstance } from '../embedded/data-folder.js';
import { describeFailure, findTarget, send, type Target } from './client.js';
import { CommandError } from './command-error.js';

const HISTORY_DAYS = 120;
/** Twice the longest life of a visitor: what is longer only takes longer. */
const HISTORY_DAYS_MAX = 300;
const LIVE_INTERVAL_MS = 1_000;
/** The live second-by-second events begin so long before now, so that the last minutes have them too. */
const LIVE_BACK_MS = 15 * 60_000;
/** Events kept while Weir is away; older ones are let go. */
const LIVE_WAITING_MAX = 2_000;
/** A first start installs databases. */
const START_WAIT_MS = 180_000;
/** Who waits longer than a start usually takes is told what for. */
const START_SAID_MS = 10_000;

async function waitForInstance(dataFolder: string): Promise<void> {
  for (let waited = 0; waited < START_WAIT_MS; waited += 200) {
    if (waited === START_SAID_MS)
      console.error(`Waiting for a Weir on ${dataFolder}: npm start begins one, npm run demo both.`);
    const url = readInstance(dataFolder)?.url;
    const answer = url === undefined ? undefined : await fetch(`${url}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(200);
  }
  throw new CommandError(`No Weir became ready on ${dataFolder} within ${START_WAIT_MS / 1_000} s.`);
}

const createAsk =
  (target: Target): Ask =>
  (method, path, body) =>
    send(
      target,
      method,
      path,
      body === undefined ? undefined : { bytes: JSON.stringify(body), type: 'application/json' },
    );

function readDays(days: unknown): number {
  if (days === undefined) return HISTORY_DAYS;
  const count = Number(days);
  if (Number.isInteger(count) && count >= 1 && count <= HISTORY_DAYS_MAX) return count;
  throw new CommandError(`--days is a number from 1 to ${HISTORY_DAYS_MAX}.`, 2);
}

const composeReady = (url: string, sent: number, elapsedMs: number): string =>
  [
    '',
    `  The demo is ready (${(elapsedMs / 1_000).toFixed(1)} s): ${sent.toLocaleString('en')} events stored, about one more each second`,
    '',
    '  Look   Open the address marked Page first (at the first start it brings the key along). Then:',
    `         ${url}/dashboards    a shop and its membership: begin with "Shop"`,
    `         ${url}/live          what comes in now`,
    `         ${url}/funnels       where people leave; there are an experiment, cohorts and alerts as well`,
    '  Story  Campaigns, a growing membership, bots, an old app that sends wrong prices, and a release',
    '         that broke the checkout for a day: see who was hit, and what the fix brought back.',
    '',
    '',
  ].join('\n');

/** Sends each second's events, and once more when a second could not be sent. */
async function goOn(ask: Ask, makeNow: (nowMs: number) => ShopEvent[], fromMs: number): Promise<never> {
  let waiting: ShopEvent[] = [];
  let next = fromMs;
  for (;;) {
    for (; next <= Date.now(); next += LIVE_INTERVAL_MS) waiting = [...waiting, ...makeNow(next)];
    const answer =
      waiting.length === 0 ? undefined : await ask('POST', '/v1/events', waiting).catch(() => undefined);
    // Their ids tell what was stored although no answer came.
    if (answer && answer.status < 500 && answer.status !== 429) waiting = [];
    waiting = waiting.slice(-LIVE_WAITING_MAX);
    await sleep(LIVE_INTERVAL_MS);
  }
}

async function runDemo(options: { days?: unknown; live?: boolean }): Promise<void> {
  const days = readDays(options.days);
  const config = loadConfig(process.env);
  await waitForInstance(config.dataFolder);
  const startedMs = Date.now();
  const target = findTarget({}, process.env, config.dataFolder, 'admin');
  const ask = createAsk(target);
  const say = (line: string): void => console.error(`  Demo: ${line}`);
  try {
    await defineEventTypes(ask);
    const history = await findHistory(ask, startedMs, days);
    const sent = await fillHistory(ask, createShop(history.openingMs), history, startedMs);
    await defineQuestions(ask, { openingMs: history.openingMs, nowMs: startedMs }, say);
    console.log(composeReady(target.url, sent, Date.now() - startedMs));
    if (options.live === false) return;
    await goOn(ask, createShop(history.openingMs).makeNow, startedMs - LIVE_BACK_MS);
  } catch (error) {
    throw new CommandError(`The demo could not fill ${target.url}: ${describeFailure(error)}`);
  }
}

export function addDemoCommand(cli: CAC): void {
  cli
    .command(
      'demo',
      'Fill the running instance with a made-up shop: four months of history, then live events',
    )
    .option('--days <days>', `Days of history of a new demo (${HISTORY_DAYS})`)
    .option('--no-live', 'End when the history is there')
    .example('  $ npm run demo    start one on .weir-demo and fill it')
    .action(runDemo);
}
