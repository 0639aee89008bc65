/** From "Alert me" at a metric to an alert that fires, is silenced, and is seen everywhere, as a person does it. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWeir, type Weir } from '../support/stack.js';
import { launchChromium } from './chromium.js';
import {
  askAt,
  askWeir,
  fillShop,
  findBarriers,
  openPage,
  PHONE,
  postEvents,
  saveScreenshot,
} from './page.js';

/** An alert is evaluated when it is made, and then every minute. */
const PATIENCE = { timeout: 120_000, interval: 500 };

const EARLIER_MS = 26 * 3_600_000;

let weir: Weir;
let browser: Browser;

beforeAll(async () => {
  [weir, browser] = await Promise.all([startWeir(), launchChromium()]);
  await fillShop(weir, 2);
  const response = await fetch(`${weir.url}/v1/analytics/metrics/custom`, {
    method: 'POST',
    headers: { authorization: `Bearer ${weir.keys.admin}`, 'content-type': 'text/plain' },
    body: 'metric "carts" { formula = "count(cart_added)" }',
  });
  expect(response.status).toBe(201);
  await postEvents(
    weir,
    Array.from({ length: 40 }, (_, i) => ({ event: 'cart_added', event_id: `now-${i}`, user_id: `u${i}` })),
  );
  // The test of a rule looks at windows that are over.
  const timestamp = new Date(Date.now() - EARLIER_MS).toISOString();
  await postEvents(
    weir,
    Array.from({ length: 40 }, (_, i) => ({
      event: 'cart_added',
      event_id: `earlier-${i}`,
      user_id: `u${i}`,
      timestamp,
    })),
  );
});

afterAll(async () => {
  await browser.close();
  await weir.stop();
});

it('makes an alert from a metric with a test of it, sees it fire, and silences it', async () => {
  const { page, errors, close } = await openPage(browser, weir, askAt('alerts', { metric: 'carts' }));
  expect(await page.getByRole('combobox', { name: 'Metric' }).inputValue()).toBe('carts');
  await page.getByRole('textbox', { name: 'Limit' }).fill('30');
  await page.getByRole('region', { name: 'Back-test' }).waitFor();
  await page.getByRole('heading', { name: /It would have fired .* in the last 7 days/ }).waitFor();
  await page.getByRole('img', { name: /Line chart of value/ }).waitFor();
  expect(await findBarriers(page)).toEqual([]);
  await saveScreenshot(page, 'alerts-new');
  await page.getByRole('textbox', { name: 'Webhook (optional)' }).fill('ftp://example.com');
  await page.getByRole('button', { name: 'Save the alert' }).click();
  await page.getByRole('alert').getByText('A webhook cannot have this address').first().waitFor();
  await page.getByRole('textbox', { name: 'Webhook (optional)' }).fill('');
  await page.getByRole('button', { name: 'Save the alert' }).click();

  const list = page.getByRole('region', { name: 'Alerts of this project' });
  const line = list.getByRole('listitem').filter({ hasText: 'carts is above 30' });
  await line.waitFor();
  await expect.poll(() => line.textContent(), PATIENCE).toContain('firing');
  expect(await list.getByRole('listitem').filter({ hasText: 'Integrity broken' }).count()).toBe(1);
  const banner = page.getByRole('complementary', { name: 'Alerts that fire' });
  await banner.waitFor();
  await banner.getByRole('link', { name: /carts/ }).click();

  await page.getByRole('heading', { name: /carts is above 30/ }).waitFor();
  await page.getByText(/ok → firing at/).waitFor();
  expect(await findBarriers(page)).toEqual([]);
  await saveScreenshot(page, 'alert');
  await page.getByRole('combobox', { name: 'Tell nobody for' }).selectOption('8');
  await page.getByRole('button', { name: 'Silence' }).click();
  await page.getByText(/silenced until/).waitFor();
  await page.getByRole('button', { name: 'End the silence' }).click();
  await page.getByRole('combobox', { name: 'Tell nobody for' }).waitFor();

  await page.getByRole('button', { name: 'Change' }).click();
  await page.getByRole('heading', { name: 'Change an alert' }).waitFor();
  await page.getByRole('textbox', { name: 'Limit' }).fill('25');
  await page.getByRole('button', { name: 'Save the changes' }).click();
  await list.getByRole('listitem').filter({ hasText: 'Fires when it is above 25, over 1h' }).waitFor();

  await page.goto(`${weir.url}/live`);
  await banner.waitFor();
  await banner.getByRole('button', { name: 'Put the banner away' }).click();
  await banner.waitFor({ state: 'detached' });
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Live' }).waitFor();
  await page.waitForLoadState('networkidle');
  expect(await banner.count()).toBe(0);
  expect(errors).toEqual([]);
  await close();
});

const RULE = { metric: 'carts', condition: { above: 1, window: '1d' } };

it('hears of an alert on the socket, and no longer of one that is silenced, without asking again and again', async () => {
  const { page, errors, close } = await openPage(browser, weir, '/live', PHONE);
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/v1/alerts?')) asked.push(request.url());
  });
  const banner = page.getByRole('complementary', { name: 'Alerts that fire' });
  await page.getByRole('heading', { level: 1, name: 'Live' }).waitFor();
  const { id } = await askWeir<{ id: string }>(weir, '/v1/alerts', { name: 'Heard at once', ...RULE });
  await banner.getByText('Heard at once').waitFor({ timeout: PATIENCE.timeout });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await saveScreenshot(page, 'alert-banner-phone');
  expect(asked).toEqual([]);
  await page.goto(`${weir.url}/alerts/${id}`);
  await page.getByRole('button', { name: 'Silence' }).click();
  await expect.poll(() => banner.getByText('Heard at once').count(), PATIENCE).toBe(0);
  expect(errors).toEqual([]);
  await close();
});

it('asks for what fires while the socket is not to be had', async () => {
  await askWeir(weir, '/v1/alerts', { name: 'Asked for', ...RULE });
  const { page, close } = await openPage(browser, weir, '/sign-in-later', { colorScheme: 'dark' });
  await page.routeWebSocket(/realtime/, (socket) => socket.close());
  await page.goto(`${weir.url}/funnels`);
  const banner = page.getByRole('complementary', { name: 'Alerts that fire' });
  await banner.getByText('Asked for').waitFor({ timeout: PATIENCE.timeout });
  expect(await findBarriers(page)).toEqual([]);
  await close();
});
