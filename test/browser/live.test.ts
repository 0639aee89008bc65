/** A number moves while one watches, after an event was posted. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWeir, type Weir } from '../support/stack.js';
import { launchChromium } from './chromium.js';
import { findBarriers, openPage, postEvents, saveScreenshot } from './page.js';

let weir: Weir;
let browser: Browser;

beforeAll(async () => {
  [weir, browser] = await Promise.all([startWeir(), launchChromium()]);
});

afterAll(async () => {
  await browser.close();
  await weir.stop();
});

it('tells a newcomer what to send, then shows it come in', async () => {
  const { page, errors, close } = await openPage(browser, weir, '/');
  await page.getByText('Send the first one and watch it appear here').waitFor();
  await page.getByText('Listening: the next event appears here.').waitFor();
  await postEvents(weir, [
    { event: 'page_viewed', event_id: 'one', user_id: 'ann', properties: { path: '/a' } },
  ]);
  const latest = page.getByRole('region', { name: 'Latest events' });
  await latest.getByText('ann', { exact: true }).waitFor();
  const lastHour = page.getByTitle('1', { exact: true }).filter({ hasText: 'People, last hour' });
  await lastHour.waitFor();

  // The same event once more changes nothing; another moves the numbers.
  await postEvents(weir, [
    { event: 'page_viewed', event_id: 'one', user_id: 'ann', properties: { path: '/a' } },
  ]);
  await postEvents(weir, [
    { event: 'page_viewed', event_id: 'two', user_id: 'bob', properties: { path: '/b' } },
  ]);
  await latest.getByText('bob', { exact: true }).waitFor();
  await page.getByTitle('2', { exact: true }).filter({ hasText: 'People, last hour' }).waitFor();
  expect(await latest.getByText('ann', { exact: true }).count()).toBe(1);
  await saveScreenshot(page, 'live-moving');
  expect(await findBarriers(page)).toEqual([]);
  expect(errors).toEqual([]);
  await close();
});
