/** From an answer to a shared dashboard, as a person does it. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWeir, type Weir } from '../support/stack.js';
import { launchChromium } from './chromium.js';
import { askAt, askWeir, fillShop, findBarriers, openPage, PHONE, saveScreenshot } from './page.js';

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

it('pins two answers, arranges them, and shares them by a link that needs no key', async () => {
  const { page, errors, close } = await openPage(browser, weir, askAt('explore', { event: 'cart_added' }));
  const pin = async (title: string): Promise<void> => {
    await page.getByRole('img', { name: /Line chart/ }).waitFor();
    await page.getByRole('button', { name: 'Pin' }).click();
    const dialog = page.getByRole('dialog', { name: 'Pin to a dashboard' });
    await dialog.getByRole('textbox', { name: 'Title of the tile' }).fill(title);
    if (title === 'Carts') await dialog.getByRole('textbox', { name: 'Its name' }).fill('Shop');
    else await dialog.getByRole('combobox', { name: 'Dashboard' }).selectOption({ label: 'Shop' });
    await dialog.getByRole('button', { name: 'Pin' }).click();
    await dialog.waitFor({ state: 'detached' });
  };
  await pin('Carts');
  await page.goto(weir.url + askAt('explore', { event: 'page_viewed' }));
  await pin('Pages');

  await page.getByRole('link', { name: 'Dashboards' }).click();
  await page.getByRole('link', { name: 'Shop' }).click();
  const tiles = page.getByRole('region');
  await expect.poll(() => tiles.count()).toBe(2);
  await page.getByRole('button', { name: 'Arrange' }).click();
  await page.getByRole('region', { name: 'Pages' }).getByRole('button', { name: 'Move forward' }).click();
  await page
    .getByRole('region', { name: 'Pages' })
    .getByRole('combobox', { name: 'Width' })
    .selectOption('12');
  await page.getByRole('button', { name: 'Done' }).click();
  await page.reload();
  const titles = () => tiles.getByRole('heading').allTextContents();
  await expect.poll(titles).toEqual(['Pages', 'Carts']);
  expect(await findBarriers(page)).toEqual([]);
  await saveScreenshot(page, 'dashboard');

  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByRole('button', { name: 'Make a link' }).click();
  const link = await page.getByRole('textbox', { name: 'Link' }).inputValue();
  const stranger = await browser.newContext();
  const shared = await stranger.newPage();
  await shared.goto(link);
  await shared.getByRole('img', { name: /Line chart of page_viewed/ }).waitFor();
  await shared.getByRole('img', { name: /Line chart of cart_added/ }).waitFor();
  expect(await findBarriers(shared)).toEqual([]);
  await stranger.close();
  expect(errors).toEqual([]);
  await close();
});

const METRIC = { path: '/v1/analytics/metrics/calculate', last_days: 7, width: 6 };
const TILES = [
  {
    title: 'Started checkouts',
    view: 'number',
    body: {
      definition:
        'metric "share" { formula = "count(checkout_completed) / count(checkout_started) * 100" unit = "percent" }',
      grain: 'all',
    },
    ...METRIC,
  },
  {
    title: 'Revenue',
    view: 'metric',
    body: {
      definition: 'metric "income" { formula = "sum(checkout_completed.revenue)" unit = "EUR" }',
      grain: 'day',
    },
    ...METRIC,
  },
  {
    title: 'Who comes back',
    view: 'retention',
    path: '/v1/analytics/retention',
    body: { start: { event: 'page_viewed' }, return: { event: 'page_viewed' }, grain: 'day', periods: 8 },
    last_days: 30,
    width: 6,
  },
  {
    title: 'What people do',
    view: 'paths',
    path: '/v1/analytics/paths',
    body: { steps: 4, limit: 6, gap: '30m', collapse: true },
    last_days: 7,
    width: 6,
  },
];

it.each([
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['phone', PHONE],
] as const)('draws tiles whole, in their units (%s)', async (name, look) => {
  const { id } = await askWeir<{ id: string }>(weir, '/v1/dashboards', {
    name: `Tiles ${name}`,
    tiles: TILES,
  });
  const { page, errors, close } = await openPage(browser, weir, `/dashboards/${id}`, look);
  const tile = (title: string) => page.getByRole('region', { name: title });
  await tile('Started checkouts')
    .getByText(/^[0-9.]+ %$/)
    .waitFor();
  await tile('Revenue')
    .getByText(/^€[0-9.]+k?$/)
    .waitFor();
  await tile('Revenue')
    .getByRole('img', { name: /Line chart of income, last value €/ })
    .waitFor();

  // Nothing of the table or of the flows lies outside what is seen of them.
  const table = tile('Who comes back').getByRole('table');
  await table.waitFor();
  const [box, shown] = [await table.boundingBox(), await tile('Who comes back').boundingBox()];
  expect(box!.x + box!.width).toBeLessThanOrEqual(shown!.x + shown!.width);
  const flows = tile('What people do').locator('svg.sankey');
  await flows.locator('text').first().waitFor();
  const cut = await flows.evaluate((svg) => {
    const right = svg.getBoundingClientRect().right;
    return [...svg.querySelectorAll('text')].filter((text) => text.getBoundingClientRect().right > right + 1)
      .length;
  });
  expect(cut).toBe(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
    page.viewportSize()!.width,
  );
  expect(await findBarriers(page)).toEqual([]);
  await saveScreenshot(page, `tiles-${name}`);
  expect(errors).toEqual([]);
  await close();
});
