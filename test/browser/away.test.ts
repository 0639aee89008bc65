/** While the front is away: it is asked again at distances that grow, over HTTP and over the socket, and found when it is back. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWeir, type Weir } from '../support/stack.js';
import { launchChromium } from './chromium.js';
import { askAt, openPage, postEvents } from './page.js';

const TRENDS = '/v1/analytics/trends';
const SNAPSHOT = '/v1/analytics/realtime/snapshot';

let weir: Weir;
let browser: Browser;

beforeAll(async () => {
  [weir, browser] = await Promise.all([startWeir(), launchChromium()]);
  await postEvents(weir, [{ event: 'visited', event_id: 'one', user_id: 'ann' }]);
});

afterAll(async () => {
  await browser.close();
  await weir.stop();
});

/** What the page tried, on its own clock, and how much of it has failed. */
interface Watched {
  tried: Record<string, number[]>;
  failed: Record<string, number>;
}
declare const watched: Watched;

/** Notes when the page asks and opens sockets. It runs in the page, before its scripts. */
function watch(): void {
  const state: Watched = { tried: {}, failed: {} };
  Object.assign(globalThis, { watched: state });
  const note = (name: string): void => {
    state.tried[name] = [...(state.tried[name] ?? []), Date.now()];
  };
  // A message comes after what the page does about a failure, and no clock is needed for it.
  const noteFailure = (name: string): void => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      state.failed[name] = (state.failed[name] ?? 0) + 1;
      port1.close();
    };
    port2.postMessage('');
  };
  const ask = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const name = new URL(String(input), location.href).pathname;
    note(name);
    const asked = ask(input, init);
    asked.catch(() => noteFailure(name));
    return asked;
  };
  globalThis.WebSocket = class extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols);
      note('socket');
      this.addEventListener('close', () => noteFailure('socket'));
    }
  };
}

/** Less than any pause is longer than the one before. */
const STEP_MS = 500;
const MINUTES_MAX = 10 * 60_000;

const countTried = (page: Page, name: string): Promise<number> =>
  page.evaluate((one) => watched.tried[one]?.length ?? 0, name);

/** Lets the page's clock run, failure by failure, until it has tried so often; the distances between the tries, in ms. */
async function listPauses(page: Page, name: string, tries: number): Promise<number[]> {
  for (let ranMs = 0; ranMs < MINUTES_MAX && (await countTried(page, name)) < tries; ranMs += STEP_MS) {
    const tried = await countTried(page, name);
    await expect.poll(() => page.evaluate((one) => watched.failed[one] ?? 0, name)).toBe(tried);
    await page.clock.runFor(STEP_MS);
  }
  const at = await page.evaluate((one) => watched.tried[one]!, name);
  return at.slice(1).map((ms, i) => ms - at[i]!);
}

const PAUSE_MAX_MS = 30_000;

/** Each longer than the one before, up to half a minute. A failure may be heard at the end of the step it fell into. */
function expectGrowth(pauses: readonly number[]): void {
  expect(pauses.length).toBeGreaterThan(7);
  for (const [i, pauseMs] of pauses.entries()) {
    expect(pauseMs).toBeLessThan(PAUSE_MAX_MS + STEP_MS);
    if (i > 0 && pauses[i - 1]! < PAUSE_MAX_MS) expect(pauseMs).toBeGreaterThan(pauses[i - 1]!);
  }
  expect(pauses.at(-1)).toBeGreaterThanOrEqual(PAUSE_MAX_MS);
}

/** A page whose clock stands still unless it is moved. */
async function openStopped(address: string, refuse: (page: Page) => Promise<unknown>) {
  const opened = await openPage(browser, weir, '/settings');
  const { page } = opened;
  await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
  await refuse(page);
  await page.addInitScript(watch);
  await page.clock.install();
  await page.goto(weir.url + address);
  await page.clock.pauseAt(Date.now() + 60_000);
  return opened;
}

it('asks a question again at distances that grow to half a minute, and shows the answer once there is one', async () => {
  let isAway = true;
  const { page, errors, close } = await openStopped(askAt('explore', { event: 'visited' }), (opened) =>
    opened.route(`**${TRENDS}`, (route) => (isAway ? route.abort() : route.continue())),
  );
  await page.getByRole('alert').getByText('Weir cannot be reached').waitFor();
  const pauses = (await listPauses(page, TRENDS, 12)).slice(2);
  expectGrowth(pauses);
  isAway = false;
  await page.clock.resume();
  await page.clock.fastForward(30_000);
  await page.getByRole('img', { name: /Line chart of visited/ }).waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
  expect(errors).toEqual([]);
  await close();
});

it('opens the socket again, and asks for what it would have told, at distances that grow', async () => {
  let isAway = true;
  const { page, close } = await openStopped('/live', async (opened) => {
    // What stands between takes the socket, hears the first word, and closes it.
    await opened.routeWebSocket(/realtime/, (socket) => {
      if (isAway) socket.onMessage(() => void socket.close());
      else socket.connectToServer();
    });
    await opened.route(`**${SNAPSHOT}`, (route) => (isAway ? route.abort() : route.continue()));
  });
  await page.getByText('The live connection is being made.').waitFor();
  const asked = (await listPauses(page, SNAPSHOT, 12)).slice(2);
  expectGrowth(asked);
  // Several parts of the page listen, each on a socket of its own: together they try no more than each of them may.
  const sockets = await page.evaluate(() => watched.tried.socket!);
  const lastMinute = sockets.filter((ms) => ms > sockets.at(-1)! - 60_000);
  expect(sockets.length).toBeGreaterThan(10);
  expect(lastMinute.length).toBeLessThanOrEqual(3 * 5);
  isAway = false;
  await page.clock.resume();
  await page.clock.fastForward(30_000);
  await page.getByText('Listening: the next event appears here.').or(page.getByText('ann')).first().waitFor();
  await close();
});
