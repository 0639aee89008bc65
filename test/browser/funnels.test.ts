/** From the first screen to a funnel, to who left it and why. */
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

it('goes from start to funnel to those who left, explains one of them, and saves the funnel', async () => {
  const { page, errors, close } = await openPage(browser, weir, '/');
  await page.getByRole('link', { name: 'Funnels' }).click();
  await page.getByRole('combobox', { name: 'Step 1' }).fill('product_viewed');
  await page.getByRole('combobox', { name: 'Step 2' }).fill('cart_added');
  await page.getByRole('button', { name: 'Add a step' }).click();
  await page.getByRole('combobox', { name: 'Step 3' }).fill('checkout_completed');
  await page.getByRole('button', { name: /cart_added: \d+. Show who reached/ }).waitFor();
  expect(await findBarriers(page)).toEqual([]);

  await page.getByRole('button', { name: /after cart_added. Show who left/ }).click();
  const people = page.getByRole('region', { name: 'Left after cart_added' });
  await people
    .getByRole('link', { name: /visitor-/ })
    .first()
    .waitFor();
  await saveScreenshot(page, 'funnel-left');
  await people.getByRole('button', { name: 'Explain this user' }).first().click();
  const dialog = page.getByRole('dialog', { name: /What the funnel made of visitor-/ });
  await expect.poll(() => dialog.getByRole('listitem').count()).toBe(3);
  expect(await dialog.getByRole('listitem').nth(1).textContent()).toContain('cart_added at');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'What goes with converting' }).click();
  await page.getByRole('region', { name: 'What goes with converting' }).getByRole('table').waitFor();

  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Shop');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect.poll(() => page.url()).toMatch(/\/funnels\/fn_/);
  const address = page.url().split('?')[0]!;
  await page.goto(address);
  await expect
    .poll(() => page.getByRole('combobox', { name: 'Step 3' }).inputValue())
    .toBe('checkout_completed');
  expect(errors).toEqual([]);
  await close();
});

it('counts branches on their own', async () => {
  const step = (...events: string[]) => ({ events, where: [], optional: false, within: '' });
  const asked = {
    steps: [step('page_viewed'), step('product_viewed', 'cart_added'), step('checkout_completed')],
    branches: true,
  };
  const { page, errors, close } = await openPage(
    browser,
    weir,
    `/funnels?q=${encodeURIComponent(JSON.stringify(asked))}`,
  );
  const branches = page.getByRole('table', { name: 'Branches' });
  await branches.getByRole('cell', { name: 'page_viewed → cart_added → checkout_completed' }).waitFor();
  expect(errors).toEqual([]);
  await close();
});
