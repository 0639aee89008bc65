/** The page as a person uses it: its frame, and every place in light and dark, on a desk and on a phone. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PLACES } from '../../src/dashboard/places.js';
import { SCREENS } from '../../src/dashboard/web/screens/screens.js';
import { fromRoot } from '../../src/paths.js';
import { startWeir, type Weir } from '../support/stack.js';
import { launchChromium } from './chromium.js';
import { askAt, fillShop, findBarriers, openPage, PHONE, saveScreenshot } from './page.js';

const OPEN_PLACES = PLACES.filter(({ path }) => path in SCREENS);

let weir: Weir;
let browser: Browser;

beforeAll(async () => {
  [weir, browser] = await Promise.all([startWeir(), launchChromium()]);
  await fillShop(weir);
});

afterAll(async () => {
  await browser.close();
  await weir.stop();
});

it.each(OPEN_PLACES.map(({ path, name }) => [path, name] as const))(
  '%s opens without an error and without barriers, in light and dark',
  async (path, name) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, errors, close } = await openPage(browser, weir, `/${path}`, { colorScheme });
      await page.getByRole('heading', { level: 1, name }).waitFor();
      await page.waitForLoadState('networkidle');
      await saveScreenshot(page, `${path}-${colorScheme}`);
      expect(await findBarriers(page)).toEqual([]);
      expect(errors).toEqual([]);
      await close();
    }
  },
);

it.each(OPEN_PLACES.map(({ path }) => path))(
  '%s fits a phone: nothing is wider than the screen',
  async (path) => {
    const { page, errors, close } = await openPage(browser, weir, `/${path}`, PHONE);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
    await saveScreenshot(page, `${path}-phone`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(errors).toEqual([]);
    await close();
  },
);

it('finds an event with Ctrl-K and shows it over time', async () => {
  const { page, errors, close } = await openPage(browser, weir, '/live');
  await page.getByRole('heading', { name: 'Live', level: 1 }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: /^Find/ }).waitFor();
  await page.keyboard.type('checkout_comp');
  await page.getByRole('option', { name: /checkout_completed/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Explore', level: 1 }).waitFor();
  await page.getByRole('img', { name: /checkout_completed/ }).waitFor();
  expect(errors).toEqual([]);
  await close();
});

it('an address restores its question, and a condition narrows the answer', async () => {
  const question = { event: 'checkout_completed', breakdown: ['plan'] };
  const { page, errors, close } = await openPage(browser, weir, askAt('explore', question));
  const cells = page.getByRole('table', { name: 'Sums of the series' }).getByRole('cell');
  await expect.poll(() => cells.allTextContents()).toContain('free');
  await page.getByRole('button', { name: '+ condition' }).click();
  await page.getByRole('combobox', { name: 'Property' }).fill('plan');
  await page.getByRole('textbox', { name: 'Value' }).fill('plus');
  await expect.poll(() => cells.allTextContents()).not.toContain('free');
  await expect.poll(() => cells.allTextContents()).toContain('plus');
  const address = page.url();
  await page.goto(address);
  await expect.poll(() => cells.allTextContents()).toContain('plus');
  expect(await cells.allTextContents()).not.toContain('free');
  expect(errors).toEqual([]);
  await close();
});

it('saves the answer as CSV and as a picture', async () => {
  const { page, errors, close } = await openPage(browser, weir, askAt('explore', { event: 'cart_added' }));
  await page.getByRole('img', { name: /Line chart/ }).waitFor();
  const [csv] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'CSV' }).click(),
  ]);
  expect(csv.suggestedFilename()).toBe('cart_added by day.csv');
  const [png] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'PNG' }).click(),
  ]);
  expect(png.suggestedFilename()).toBe('cart_added by day.png');
  expect(errors).toEqual([]);
  await close();
});

it('says so when the server does not know the key, and takes another', async () => {
  const { page, close } = await openPage(browser, weir, '/explore', { key: 'weir_r_wrong' });
  await page.getByRole('alert').waitFor();
  await page.getByRole('textbox', { name: 'Key' }).fill(weir.keys.read);
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('heading', { name: 'Explore', level: 1 }).waitFor();
  await close();
});

it('all scripts together weigh less than 200 kB as they travel', () => {
  const folder = fromRoot('dist/dashboard');
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.js.br'));
  const bytes = scripts.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  expect(scripts.length).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(200 * 1_024);
});
