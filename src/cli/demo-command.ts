import { setTimeout as sleep } from 'node:timers/promises';
import type { CAC } from 'cac';
import { loadConfig } from '../config.js';
import { makeDay, makeNow, type ShopEvent } from '../demo/shop.js';
import { readInstance } from '../embedded/data-folder.js';
import { findTarget, sendOrFail, type Target } from './client.js';
import { CommandError } from './command-error.js';

const DAY_MS = 86_400_000;
const HISTORY_DAYS = 60;
/** Events a request; about 200 bytes each. */
const BATCH_EVENTS = 2_000;
const LIVE_INTERVAL_MS = 1_000;
/** A first start installs databases. */
const START_WAIT_MS = 180_000;

async function waitForInstance(dataFolder: string): Promise<void> {
  for (let waited = 0; waited < START_WAIT_MS; waited += 200) {
    const url = readInstance(dataFolder)?.url;
    const answer = url === undefined ? undefined : await fetch(`${url}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(200);
  }
  throw new CommandError(`No Weir became ready on ${dataFolder} within ${START_WAIT_MS / 1_000} s.`);
}

const send = (target: Target, events: readonly ShopEvent[]): Promise<unknown> =>
  sendOrFail(target, 'POST', '/v1/events', { bytes: JSON.stringify(events), type: 'application/json' });

/** The days until now. Ids are the same in every run, so starting the demo again adds only what is missing. */
async function sendHistory(target: Target, nowMs: number): Promise<number> {
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const now = new Date(nowMs).toISOString();
  let sent = 0;
  for (let day = today - (HISTORY_DAYS - 1) * DAY_MS; day <= today; day += DAY_MS) {
    const events = makeDay(day).filter((event) => event.timestamp < now);
    for (let from = 0; from < events.length; from += BATCH_EVENTS)
      await send(target, events.slice(from, from + BATCH_EVENTS));
    sent += events.length;
  }
  return sent;
}

async function runDemo(): Promise<void> {
  const config = loadConfig(process.env);
  await waitForInstance(config.dataFolder);
  const target = findTarget({}, process.env, config.dataFolder, 'write');
  const sent = await sendHistory(target, Date.now());
  console.log(
    `  Demo: ${sent} events of the last ${HISTORY_DAYS} days of a made-up shop are in; more come every second.\n`,
  );
  for (;;) {
    await sleep(LIVE_INTERVAL_MS);
    await send(target, makeNow(Date.now())).catch(() => sleep(LIVE_INTERVAL_MS));
  }
}

export function addDemoCommand(cli: CAC): void {
  cli
    .command('demo', 'Fill the running instance with a made-up shop: two months of history, then live events')
    .example('  $ npm run demo    start one on .weir-demo and fill it')
    .action(() => runDemo());
}
