/** Tiles of a dashboard: their colours, their menus, and what a link shows of them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWeir, type Weir } from '../support/stack.js';
import { launchChromium } from './chromium.js';
import { askWeir, fillShop, findBarriers, openPage, PHONE, saveScreenshot } from './page.js';

const run = promisify(execFile);
const TRENDS = '/v1/analytics/trends';

let weir: Weir;
let browser: Browser;

beforeAll(async () => {
  [weir, browser] = await Promise.all([startWeir(), launchChromium()]);
  await fillShop(weir, 3);
});

afterAll(async () => {
  await browser.close();
  await weir.stop();
});

const makeBoard = async (name: string, tiles: readonly object[]): Promise<string> =>
  (await askWeir<{ id: string }>(weir, '/v1/dashboards', { name, tiles })).id;

const splitBy = (property: string, event: string, last_days = 7) => ({
  title: `${event} by ${property}`,
  view: 'trend',
  path: TRENDS,
  body: { events: [{ event }], grain: 'day', breakdown: [property], breakdown_limit: 6 },
  last_days,
  width: 6,
});
const TILES = [
  splitBy('source', 'page_viewed'),
  splitBy('device', 'page_viewed'),
  splitBy('source', 'checkout_completed'),
];

/** Colours of the legends, by tile and series. */
const readColours = (page: Page): Promise<string[]> =>
  page.locator('.card').evaluateAll((cards) =>
    cards.flatMap((card) =>
      [...card.querySelectorAll('.legend-list > span')].map((series) => {
        const swatch = series.querySelector<HTMLElement>('.swatch');
        return `${card.getAttribute('aria-label')}: ${series.textContent} ${swatch?.style.background}`;
      }),
    ),
  );

it('colours a series by its name, whichever tile is drawn first', async () => {
  const id = await makeBoard('Colours', TILES);
  const found: string[][] = [];
  for (const last of TILES.keys()) {
    const { page, errors, close } = await openPage(browser, weir, '/settings');
    let release = (): void => undefined;
    const others = new Promise<void>((resolve) => {
      release = resolve;
    });
    // The answer of one tile comes when those of the others are drawn.
    const { breakdown, events } = TILES[last]!.body;
    await page.route(`**${TRENDS}`, async (route) => {
      const asked = route.request().postDataJSON() as (typeof TILES)[0]['body'];
      if (asked.breakdown[0] === breakdown[0] && asked.events[0]!.event === events[0]!.event) await others;
      await route.continue();
    });
    await page.goto(`${weir.url}/dashboards/${id}`);
    const charts = page.getByRole('img', { name: /Line chart/ });
    await expect.poll(() => charts.count()).toBe(TILES.length - 1);
    release();
    await expect.poll(() => charts.count()).toBe(TILES.length);
    found.push(await readColours(page));
    if (last === 0) await saveScreenshot(page, 'tiles-colours');
    expect(errors).toEqual([]);
    await close();
  }
  expect(found[1]).toEqual(found[0]);
  expect(found[2]).toEqual(found[0]);
  // The same source has the same colour in both tiles that have it; no two lines of a tile are alike.
  const bySource = (event: string) =>
    found[0]!.filter((one) => one.startsWith(`${event} by source: `)).map((one) => one.split(': ')[1]!);
  const [pages, orders] = [bySource('page_viewed'), bySource('checkout_completed')];
  expect(orders.length).toBeGreaterThan(2);
  for (const one of orders) {
    const name = one.slice(0, one.indexOf(' rgb'));
    const twin = pages.find((other) => other.startsWith(`${name} rgb`));
    if (twin) expect(one).toBe(twin);
  }
  for (const lines of [pages, orders])
    expect(new Set(lines.map((one) => one.slice(one.indexOf(' rgb')))).size).toBe(lines.length);
});

it('opens the question of a tile on its own screen, and copies it as curl, by keyboard alone', async () => {
  const title = 'page_viewed by source';
  const id = await makeBoard('Menus', TILES);
  const { page, errors, close } = await openPage(browser, weir, `/dashboards/${id}`, {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const tile = page.getByRole('region', { name: title, exact: true });
  await tile.getByRole('img', { name: /Line chart/ }).waitFor();
  const menu = tile.locator('summary');
  const open = tile.getByRole('link', { name: 'Open', exact: true });
  await menu.focus();
  expect(await menu.getAttribute('aria-label')).toBe(`More about ${title}`);
  await page.keyboard.press('Enter');
  await open.waitFor();
  expect(await findBarriers(page)).toEqual([]);
  await saveScreenshot(page, 'tile-menu');
  await page.keyboard.press('Escape');
  await open.waitFor({ state: 'hidden' });
  expect(await menu.evaluate((one) => document.activeElement === one)).toBe(true);

  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await tile.getByText('✓').waitFor();
  const line = await page.evaluate(() => navigator.clipboard.readText());
  expect(line).toContain('$WEIR_KEY');
  for (const key of Object.values(weir.keys)) expect(line).not.toContain(key);
  const { stdout } = await run('sh', ['-c', line], { env: { ...process.env, WEIR_KEY: weir.keys.read } });
  expect(JSON.parse(stdout).rows.length).toBeGreaterThan(0);

  // Leaving the menu closes it.
  await page.keyboard.press('Tab');
  await open.waitFor({ state: 'hidden' });
  await menu.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  const [asked] = await Promise.all([
    page.waitForRequest((request) => request.url().endsWith(TRENDS)),
    page.keyboard.press('Enter'),
  ]);
  await page.getByRole('heading', { name: 'Explore', level: 1 }).waitFor();
  expect(asked.postDataJSON()).toMatchObject({
    events: [{ event: 'page_viewed', measure: 'count' }],
    breakdown: ['source'],
    breakdown_limit: 6,
    grain: 'day',
  });
  await expect
    .poll(() => page.getByRole('combobox', { name: 'Event', exact: true }).inputValue())
    .toBe('page_viewed');
  await page.getByText('breakdown_limit: 6').waitFor();
  await page.getByRole('button', { name: 'Leave out breakdown_limit' }).click();
  await page.getByText('breakdown_limit: 6').waitFor({ state: 'detached' });
  expect(page.url()).toContain('?q=');
  expect(errors).toEqual([]);
  await close();
});

const OPENED: readonly (readonly [view: string, path: string, body: object, place: string])[] = [
  [
    'funnel',
    '/v1/analytics/funnels/analyze',
    { steps: [{ event: 'product_viewed' }, { event: 'cart_added' }], window: '2d' },
    'Funnels',
  ],
  [
    'retention',
    '/v1/analytics/retention',
    { start: { event: 'page_viewed' }, grain: 'day', periods: 3 },
    'Retention',
  ],
  ['paths', '/v1/analytics/paths', { start: 'cart_added', steps: 3 }, 'Paths'],
  [
    'number',
    '/v1/analytics/metrics/calculate',
    { definition: 'metric "orders" { formula = "count(checkout_completed)" }', grain: 'all' },
    'Metrics',
  ],
];

it.each(OPENED)('opens a tile of a %s on its screen (%s)', async (view, path, body, place) => {
  const id = await makeBoard(`Opened ${view}`, [{ title: 'One', view, path, body, last_days: 7, width: 12 }]);
  const { page, errors, close } = await openPage(browser, weir, `/dashboards/${id}`, PHONE);
  const readBody = () => page.waitForRequest((request) => request.url().endsWith(path));
  const onBoard = (await Promise.all([readBody(), page.reload()]))[0].postDataJSON();
  const tile = page.getByRole('region', { name: 'One', exact: true });
  await tile.locator('summary').click();
  const [onScreen] = await Promise.all([
    readBody(),
    tile.getByRole('link', { name: 'Open', exact: true }).click(),
  ]);
  await page.getByRole('heading', { name: place, level: 1 }).waitFor();
  const { from, to } = onBoard;
  expect(onScreen.postDataJSON()).toMatchObject({ ...body, from, to });
  await page.locator('.answer .how').waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(errors).toEqual([]);
  await close();
});

it('a chart says the numbers of a place beside the pointer, within the chart, and at the arrow keys', async () => {
  for (const look of [{ colorScheme: 'light' }, { colorScheme: 'dark' }, PHONE] as const) {
    const id = await makeBoard(`Tips ${JSON.stringify(look).length}`, TILES.slice(0, 1));
    const { page, errors, close } = await openPage(browser, weir, `/dashboards/${id}`, look);
    const chart = page.getByRole('img', { name: /Line chart/ });
    await chart.waitFor();
    const tip = page.locator('output.tip');
    const plot = chart.locator('.u-over');
    const heightBefore = (await page.locator('.card').boundingBox())!.height;
    const box = (await plot.boundingBox())!;
    // On either side it is where there is room.
    for (const share of [0.1, 0.9]) {
      await page.mouse.move(box.x + share * box.width, box.y + box.height / 2);
      await expect.poll(() => tip.textContent()).toMatch(/^\d+ \w+\n/);
      const [shown, around] = [(await tip.boundingBox())!, (await chart.boundingBox())!];
      expect(shown.x).toBeGreaterThanOrEqual(around.x - 1);
      expect(shown.x + shown.width).toBeLessThanOrEqual(around.x + around.width + 1);
      const pointer = box.x + share * box.width;
      if (share < 0.5) expect(shown.x).toBeGreaterThan(pointer);
      else expect(shown.x + shown.width).toBeLessThan(pointer);
      expect(await tip.textContent()).toMatch(/\nsearch [\d,]+/);
    }
    await saveScreenshot(page, `tip-${'isMobile' in look ? 'phone' : look.colorScheme}`);
    // Nothing else moves for it.
    expect((await page.locator('.card').boundingBox())!.height).toBe(heightBefore);
    await page.mouse.move(1, 1);
    await expect.poll(() => tip.textContent()).toBe('');

    await chart.focus();
    await page.keyboard.press('ArrowLeft');
    const newest = await tip.textContent();
    expect(newest).toMatch(/\nsearch/);
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => tip.textContent()).not.toBe(newest);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => tip.textContent()).toBe(newest);
    await chart.blur();
    await expect.poll(() => tip.textContent()).toBe('');
    expect(errors).toEqual([]);
    await close();
  }
});
