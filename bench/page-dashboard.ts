/**
 * How long a dashboard of twelve tiles takes from its address to the last tile drawn, in Chromium, on two months of the demo shop
 * (about 160,000 events): the first time, and again with everything warm. The browser and Weir share the machine. Also the
 * page's own weight: scripts as they travel, compressed.
 */
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';
import { CHROMIUM_MISSING, findChromium } from '../scripts/chromium.mjs';
import { makeDay } from '../src/demo/shop.js';
import { median, report } from './support/report.js';
import { type Stack, startStack } from './support/stack.js';

const DAY_MS = 86_400_000;
const DAYS = Number(process.env.BENCH_DAYS ?? 60);
const RUNS = 7;
const BATCH_EVENTS = 2_000;
const EVENTS = ['page_viewed', 'product_viewed', 'cart_added', 'checkout_started', 'checkout_completed'];

async function post<T>({ url, keys }: Stack, path: string, body: unknown): Promise<T> {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${keys.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as T;
}

async function fill(stack: Stack): Promise<number> {
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  let sent = 0;
  for (let day = today - DAYS * DAY_MS; day < today; day += DAY_MS) {
    const events = makeDay(day);
    for (let from = 0; from < events.length; from += BATCH_EVENTS)
      await post(stack, '/v1/events?wait=stored', events.slice(from, from + BATCH_EVENTS));
    sent += events.length;
  }
  return sent;
}

/** Six trends, three of them split, four numbers, a funnel and a retention table. */
function composeTiles(): object[] {
  const trend = (event: string, extra: object = {}) => ({ events: [{ event }], grain: 'day', ...extra });
  const trends = EVENTS.map((event, i) => ({
    title: event,
    view: 'trend',
    path: '/v1/analytics/trends',
    body: trend(event, i < 3 ? { breakdown: ['source'], breakdown_limit: 5 } : {}),
  }));
  const numbers = EVENTS.slice(0, 5).map((event) => ({
    title: `People, ${event}`,
    view: 'number',
    path: '/v1/analytics/trends',
    body: { events: [{ event, measure: 'users' }], grain: 'all' },
  }));
  const others = [
    {
      title: 'Checkout',
      view: 'funnel',
      path: '/v1/analytics/funnels/analyze',
      body: { steps: EVENTS.map((event) => ({ event })), window: '7d' },
    },
    {
      title: 'Who comes back',
      view: 'retention',
      path: '/v1/analytics/retention',
      body: { start: { event: 'page_viewed' }, grain: 'week', periods: 6 },
    },
  ];
  const range = { from: '2020-01-01', to: '2020-01-02' };
  return [...trends, ...numbers, ...others].map(({ body, ...tile }) => ({
    ...tile,
    body: { ...body, ...range },
    last_days: 30,
    width: 3,
  }));
}

interface Drawn {
  ms: number;
  scriptBytes: number;
}

/** Opens the dashboard in a fresh profile and waits until no tile is a skeleton. */
async function draw(browser: Browser, { url, keys }: Stack, id: string): Promise<Drawn> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1200 } });
  await context.addInitScript((key) => localStorage.setItem('weir.key', key), keys.read);
  const page = await context.newPage();
  let scriptBytes = 0;
  page.on('requestfinished', async (request) => {
    if (request.resourceType() === 'script') scriptBytes += (await request.sizes()).responseBodySize;
  });
  const begun = performance.now();
  await page.goto(`${url}/dashboards/${id}`, { waitUntil: 'commit' });
  await page.waitForFunction(
    () => document.querySelectorAll('.card').length === 12 && !document.querySelector('.card .skeleton'),
    undefined,
    { polling: 'raf' },
  );
  const ms = performance.now() - begun;
  await page.waitForLoadState('networkidle');
  await context.close();
  return { ms, scriptBytes };
}

const executablePath = findChromium();
if (executablePath === undefined) throw new Error(CHROMIUM_MISSING);
const stack = await startStack();
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
try {
  const events = await fill(stack);
  const { id } = await post<{ id: string }>(stack, '/v1/dashboards', {
    name: 'Bench',
    tiles: composeTiles(),
  });
  const first = await draw(browser, stack, id);
  const again: number[] = [];
  for (let run = 0; run < RUNS; run++) again.push((await draw(browser, stack, id)).ms);
  report('page-dashboard', [
    { figure: 'events stored', value: events, unit: 'events' },
    { figure: 'twelve tiles drawn, first time', value: first.ms, unit: 'ms' },
    { figure: 'twelve tiles drawn, again (median)', value: median(again), unit: 'ms' },
    { figure: 'script of this screen, compressed', value: first.scriptBytes / 1024, unit: 'kB' },
  ]);
} finally {
  await browser.close();
  await stack.stop();
}
