/** Retention as a heat map that sorts, with a breakdown as curves. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWeir, type Weir } from '../support/stack.js';
import { launchChromium } from './chromium.js';
import { askAt, fillShop, findBarriers, openPage, PHONE, saveScreenshot } from './page.js';

let weir: Weir;
let browser: Browser;

beforeAll(async () => {
  [weir, browser] = await Promise.all([startWeir(), launchChromium()]);
  await fillShop(weir, 4);
});

afterAll(async () => {
  await browser.close();
  await weir.stop();
});

it('sorts rows by a column and draws a curve for each value of a breakdown', async () => {
  const question = { start: 'page_viewed', grain: 'day', periods: 3, breakdown: ['device'] };
  const { page, errors, close } = await openPage(browser, weir, askAt('retention', question));
  const table = page.getByRole('table', { name: 'Retention' });
  await table.waitFor();
  await page.getByRole('img', { name: /all who started.*phone/ }).waitFor();
  const sizes = async () =>
    (await table.locator('tbody td:nth-child(2)').allTextContents()).map((text) =>
      Number(text.replace(',', '')),
    );
  await table.getByRole('button', { name: 'People' }).click();
  const falling = await sizes();
  expect(falling.length).toBeGreaterThan(2);
  expect(falling).toEqual(falling.toSorted((a, b) => b - a));
  await table.getByRole('button', { name: /People/ }).click();
  expect(await sizes()).toEqual(falling.toReversed());
  expect(await findBarriers(page)).toEqual([]);
  await saveScreenshot(page, 'retention-breakdown');
  expect(errors).toEqual([]);
  await close();
});

it('stands on a phone in narrow columns beneath which nothing of the page scrolls, and tells what is tapped', async () => {
  const question = { start: 'page_viewed', grain: 'day', periods: 8 };
  const { page, errors, close } = await openPage(browser, weir, askAt('retention', question), PHONE);
  const table = page.getByRole('table', { name: 'Retention' });
  // The short name is seen, the whole one is said.
  const head = table.getByRole('button', { name: 'day 3', exact: true });
  await expect.poll(() => head.textContent()).toBe('3');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await table.locator('tbody td.cell').first().tap();
  await page.getByText(/^day 0: 100 %, \d[\d,]* of \d[\d,]* people/).waitFor();
  expect(await findBarriers(page)).toEqual([]);
  await saveScreenshot(page, 'retention-phone-table');
  expect(errors).toEqual([]);
  await close();
});
