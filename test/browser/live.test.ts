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

it('ranks the last 5 minutes by count, equal ones by name, whatever the hour had; and tells the lag', async () => {
  const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
  const send = (event: string, count: number, minutes: number): object[] =>
    Array.from({ length: count }, (_, i) => ({
      event,
      event_id: `${event}-${minutes}-${i}`,
      user_id: 'cleo',
      timestamp: ago(minutes),
    }));
  // More types than an hour's ranking has, each with more events than those of the last minutes.
  const busy = Array.from({ length: 21 }, (_, i) => send(`hourly_${i}`, 9, 30)).flat();
  const { page, errors, close } = await openPage(browser, weir, '/live');
  await postEvents(weir, [...busy, ...send('zeta', 5, 0), ...send('beta', 3, 0), ...send('alpha', 3, 0)]);
  const rows = page.getByRole('region', { name: 'Most frequent, last 5 minutes' }).getByRole('listitem');
  await expect
    .poll(async () => (await rows.allTextContents()).slice(0, 3))
    .toEqual(['zeta5', 'alpha3', 'beta3']);
  expect((await rows.allTextContents()).join()).not.toContain('hourly');
  // Opened anew it reads the same from the tables.
  await page.reload();
  await expect
    .poll(async () => (await rows.allTextContents()).slice(0, 3))
    .toEqual(['zeta5', 'alpha3', 'beta3']);

  const lag = page.locator('.tile').filter({ hasText: /Lag, of the oldest event that waits/ });
  await expect.poll(() => lag.locator('.value').textContent()).toMatch(/^[\d.]+ s$/);
  await page.goto(`${weir.url}/health`);
  await page
    .getByRole('table', { name: 'Parts' })
    .getByRole('row', { name: /ingest works.*lag [\d.]+ s/ })
    .waitFor();
  expect(errors).toEqual([]);
  await close();
});
