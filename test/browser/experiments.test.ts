/** From the first screen to an experiment, its verdict in words, its sequential intervals, and saved. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWeir, type Weir } from '../support/stack.js';
import { launchChromium } from './chromium.js';
import { askAt, findBarriers, openPage, postEvents, saveScreenshot } from './page.js';

const DAY_MS = 86_400_000;

let weir: Weir;
let browser: Browser;

/** 1,200 people over six days; 90 of 600 buy, 135 of the green ones. Of the rest of an uneven experiment, a third is lost. */
async function fill(): Promise<void> {
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const events = Array.from({ length: 1_200 }, (_, n) => {
    const variant = n % 2 === 0 ? 'control' : 'green';
    const rank = Math.floor(n / 2);
    const at = (hours: number): string =>
      new Date(today - (8 - (rank % 6)) * DAY_MS + hours * 3_600_000).toISOString();
    const user_id = `person-${n}`;
    const seen = { event: 'button_seen', user_id, timestamp: at(0), properties: { variant } };
    const lost = variant === 'green' && n % 3 === 0;
    const uneven = lost ? [] : [{ ...seen, event: 'uneven_seen' }];
    const buys = rank < (variant === 'green' ? 135 : 90);
    const bought = { event: 'bought', user_id, timestamp: at(1), properties: { total: 10 + (rank % 9) } };
    return [seen, ...uneven, ...(buys ? [bought] : [])];
  }).flat();
  await postEvents(weir, events);
}

beforeAll(async () => {
  [weir, browser] = await Promise.all([startWeir(), launchChromium()]);
  await fill();
});

afterAll(async () => {
  await browser.close();
  await weir.stop();
});

it('asks, reads the verdict, looks day by day and while it runs, and saves', async () => {
  const { page, errors, close } = await openPage(browser, weir, '/');
  await page.getByRole('link', { name: 'Experiments' }).click();
  await page.getByRole('combobox', { name: 'Event that exposes a person' }).fill('button_seen');
  await page.getByRole('combobox', { name: 'Property that names the variant' }).fill('variant');
  await page.getByRole('combobox', { name: 'Goal 1: the event' }).fill('bought');
  const table = page.getByRole('table', { name: 'Variants by bought' });
  const verdict = page.getByRole('list', { name: 'What bought says' });
  await verdict.getByText(/Better by \+50.0 %, more than chance explains: take it./).waitFor();
  expect(await table.getByRole('img', { name: /^between \+/ }).count()).toBe(1);

  await page.getByRole('button', { name: 'Add a goal' }).click();
  await page.getByRole('combobox', { name: 'Goal 2 measures' }).selectOption('average');
  await page.getByRole('combobox', { name: 'Goal 2: the event' }).fill('bought');
  await page.getByRole('combobox', { name: 'Goal 2: the property' }).fill('total');
  const second = page.getByRole('list', { name: 'What average total of bought says' });
  await second.getByText(/Keep running|see the smallest change/).waitFor();

  await page.getByText('Day by day').first().click();
  await page.getByRole('img', { name: 'Difference of green in bought, day by day' }).waitFor();
  const fixed = await table.getByRole('img').getAttribute('aria-label');
  await page.getByRole('checkbox', { name: /sequential/ }).check();
  expect(await table.getByRole('img').getAttribute('aria-label')).not.toBe(fixed);
  expect(await findBarriers(page)).toEqual([]);
  await saveScreenshot(page, 'experiment');

  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Green button');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect.poll(() => page.url()).toMatch(/\/experiments\/ex_/);
  await page.goto(page.url().split('?')[0]!);
  await expect
    .poll(() => page.getByRole('combobox', { name: 'Goal 2: the property' }).inputValue())
    .toBe('total');
  await verdict.getByText(/Better by/).waitFor();
  expect(errors).toEqual([]);
  await close();
});

it('warns when the variants do not have the sizes they should', async () => {
  const goals = [{ kind: 'conversion', event: 'bought', property: '', better: 'higher' }];
  const asked = { event: 'uneven_seen', variant: 'variant', goals };
  const { page, errors, close } = await openPage(browser, weir, askAt('experiments', asked));
  await page
    .getByRole('alert')
    .getByText(/do not have the sizes/)
    .waitFor();
  await page.getByText(/find out why before believing/).waitFor();
  expect(await findBarriers(page)).toEqual([]);
  expect(errors).toEqual([]);
  await close();
});
