/** Retention as a heat map that sorts, with a breakdown as curves. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWeir, type Weir } from '../support/stack.js';
import { launchChromium } from './chromium.js';
import { askAt, fillShop, findBarriers, openPage, saveScreenshot } from './page.js';

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
