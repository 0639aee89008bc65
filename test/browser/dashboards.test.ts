/** From an answer to a shared dashboard, as a person does it. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWeir, type Weir } from '../support/stack.js';
import { launchChromium } from './chromium.js';
import { askAt, fillShop, findBarriers, openPage, saveScreenshot } from './page.js';

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
