/** A metric written with a mistake, corrected, saved and opened again. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWeir, type Weir } from '../support/stack.js';
import { launchChromium } from './chromium.js';
import { fillShop, findBarriers, openPage, saveScreenshot } from './page.js';

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

const WRONG = 'metric "paid" { formula = "sum(checkout_completed.revenu)" dimensions = ["category"] }';

it('shows a mistake in its place, and the numbers once it is corrected', async () => {
  const { page, errors, close } = await openPage(browser, weir, '/custom-metrics');
  const editor = page.getByRole('textbox', { name: 'Definition of the metric' });
  await editor.waitFor();
  await editor.fill(WRONG);
  const mistakes = page.getByRole('list', { name: 'Mistakes' });
  await mistakes.getByText(/revenue/).waitFor();
  await page.locator('.cm-lintRange-error').waitFor();
  expect(await page.locator('.cm-lintRange-error').textContent()).toContain('revenu');
  await saveScreenshot(page, 'metric-mistake');
  expect(await findBarriers(page)).toEqual([]);

  await editor.fill(WRONG.replace('revenu)', 'revenue)'));
  await page.getByText('No mistakes.').waitFor();
  await page.getByRole('img', { name: /Line chart/ }).waitFor();
  await page.getByRole('checkbox', { name: 'category' }).check();
  await page.getByRole('cell', { name: 'bags' }).waitFor();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect.poll(() => page.url()).toMatch(/\/custom-metrics\/[a-z]{2}_/);
  await page.getByText(/version 1/).waitFor();
  await saveScreenshot(page, 'metric');
  expect(errors).toEqual([]);
  await close();
});

it('completes events in a formula and properties after the dot', async () => {
  const { page, errors, close } = await openPage(browser, weir, '/custom-metrics');
  const editor = page.getByRole('textbox', { name: 'Definition of the metric' });
  await editor.fill('metric "m" { formula = "sum(checkout_comp');
  await page.getByRole('option', { name: /checkout_completed/ }).click();
  await page.keyboard.type('.rev');
  await page.getByRole('option', { name: /revenue/ }).click();
  await expect.poll(() => editor.textContent()).toContain('sum(checkout_completed.revenue');
  expect(errors).toEqual([]);
  await close();
});
