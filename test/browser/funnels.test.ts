/** From the first screen to a funnel, to who left it and why. */
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

it('makes branches of the alternatives of a step, and counts each', async () => {
  const step = (...events: string[]) => ({ events, where: [], optional: false, within: '' });
  const asked = {
    steps: [step('page_viewed'), step('product_viewed', 'cart_added'), step('checkout_completed')],
  };
  const { page, errors, close } = await openPage(browser, weir, askAt('funnels', asked));
  await page.getByRole('checkbox', { name: /Steps branch/ }).check();
  const branches = page.getByRole('table', { name: 'Branches' });
  await branches.getByRole('cell', { name: 'page_viewed → cart_added → checkout_completed' }).waitFor();
  expect(await page.getByRole('combobox', { name: 'Step 4 comes after' }).count()).toBe(2);
  expect(await findBarriers(page)).toEqual([]);
  await saveScreenshot(page, 'funnel-branches');
  await page.getByRole('checkbox', { name: /Steps branch/ }).uncheck();
  await branches.waitFor({ state: 'detached' });
  expect(errors).toEqual([]);
  await close();
});

const LANDED = {
  id: 'land',
  event: 'page_viewed',
  where: { property: 'path', op: 'eq', value: '/' },
  label: 'Landed',
};
const RICH = {
  name: 'Search or browse',
  steps: [
    LANDED,
    { id: 'search', event: 'product_searched' },
    {
      id: 'see',
      any_of: ['product_viewed', 'page_viewed'],
      where: {
        or: [
          { property: 'device', op: 'eq', value: 'phone' },
          { property: 'device', op: 'is_not_set' },
        ],
      },
    },
    { id: 'cart', event: 'cart_added' },
  ],
  paths: [
    { from: 'land', to: 'search' },
    { from: 'land', to: 'see', within: '1h' },
    { from: 'search', to: 'cart' },
    { from: 'see', to: 'cart' },
  ],
  window: '2h',
  ties: 'strict',
  reentry: 'first',
  hold: ['device'],
  exclusions: [{ event: 'payment_failed', from_step: 1, to_step: 3 }],
};

it.each(['light', 'dark'] as const)(
  'shows all of a saved funnel with branches, and saves it again with no more than what was changed (%s)',
  async (colorScheme) => {
    const { id } = await askWeir<{ id: string }>(weir, '/v1/analytics/funnels', RICH);
    const { page, errors, close } = await openPage(browser, weir, `/funnels/${id}`, { colorScheme });
    const readField = (name: string, role: 'textbox' | 'combobox' = 'combobox') =>
      page.getByRole(role, { name, exact: true }).first().inputValue();
    await expect.poll(() => readField('Step 1')).toBe('page_viewed');
    await page.getByText('called Landed, only where path is /').waitFor();
    await page.getByText('only where (device is phone or device is missing)').waitFor();
    expect(await readField('Step 3')).toBe('product_viewed');
    expect(await readField('or')).toBe('page_viewed');
    expect(await readField('Step 3 comes after')).toBe('land');
    expect(await page.getByRole('textbox', { name: 'At most so long after it' }).nth(1).inputValue()).toBe(
      '1h',
    );
    expect(await page.getByRole('combobox', { name: 'Step 4 comes after' }).count()).toBe(2);
    expect(await readField('Properties that must stay the same (with commas)', 'textbox')).toBe('device');
    expect(await readField('Event that must not come between, 1')).toBe('payment_failed');
    expect(await readField('to')).toBe('3');
    expect(await readField('Entries of one person')).toBe('first');
    await page
      .getByRole('table', { name: 'Branches' })
      .getByRole('cell', { name: /^Landed → product_searched/ })
      .waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await saveScreenshot(page, `funnel-saved-${colorScheme}`);

    const save = page.getByRole('button', { name: 'Save', exact: true });
    expect(await save.isDisabled()).toBe(true);
    await page.getByRole('textbox', { name: /Conversion window/ }).fill('3h');
    await page.getByText('version 1, changed since').waitFor();
    await save.click();
    await page.getByText('version 2', { exact: true }).waitFor();
    const saved = await askWeir<Record<string, unknown>>(weir, `/v1/analytics/funnels/${id}`);
    // Written as lists and with defaults; otherwise as it was.
    const steps = RICH.steps.map((step) => ('where' in step ? { ...step, where: [step.where] } : step));
    expect(saved).toMatchObject({ ...RICH, steps, window: '3h', version: 2 });

    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Delete this funnel?' }).click();
    await expect.poll(() => page.url()).toMatch(/\/funnels$/);
    expect(await askWeir(weir, `/v1/analytics/funnels/${id}`)).toMatchObject({ status: 404 });
    expect(errors).toEqual([]);
    await close();
  },
);

it('fits a saved funnel with branches on a phone, its answer first', async () => {
  const { id } = await askWeir<{ id: string }>(weir, '/v1/analytics/funnels', RICH);
  const { page, errors, close } = await openPage(browser, weir, `/funnels/${id}`, PHONE);
  await page.getByRole('table', { name: 'Branches' }).waitFor();
  expect(await page.getByRole('combobox', { name: 'Step 1', exact: true }).isVisible()).toBe(false);
  await page.getByText('What is asked').click();
  await page.getByRole('combobox', { name: 'Step 1', exact: true }).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await saveScreenshot(page, 'funnel-saved-phone');
  expect(errors).toEqual([]);
  await close();
});
