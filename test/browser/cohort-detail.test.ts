/** A saved cohort's screen: what is foretold of its people and what sets them apart, asked, answered, missing and refused. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWeir, type Weir } from '../support/stack.js';
import { launchChromium } from './chromium.js';
import { CHURN_QUESTION, fillForModels, LTV_QUESTION } from './model-events.js';
import { findBarriers, openPage, saveScreenshot } from './page.js';

const ASKED = { from: '2024-05-01', to: '2024-06-01', timezone: 'UTC' };
const DESK = { viewport: { width: 1280, height: 2_000 } };
const PHONE = { viewport: { width: 390, height: 3_600 }, isMobile: true, hasTouch: true };

let weir: Weir;
let browser: Browser;
let joined: string;

async function call<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(weir.url + path, {
    method,
    headers: { authorization: `Bearer ${weir.keys.admin}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as T;
}

const makeCohort = async (name: string, event: string): Promise<string> =>
  (await call<{ id: string }>('POST', '/v1/analytics/cohorts', { name, criteria: { did: { event } } })).id;

beforeAll(async () => {
  [weir, browser] = await Promise.all([startWeir(), launchChromium()]);
  await fillForModels(weir);
  joined = await makeCohort('Joined', 'joined');
});

afterAll(async () => {
  await browser.close();
  await weir.stop();
});

const addressOf = (id: string, asked: object = ASKED): string =>
  `/cohorts/${id}?q=${encodeURIComponent(JSON.stringify(asked))}`;

const findPart = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

/** How far things moved by themselves while the page came up (cumulative layout shift). */
const findShift = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let shift = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries())
            shift += (entry as PerformanceEntry & { value: number }).value;
        }).observe({ type: 'layout-shift', buffered: true });
        // Told in the same turn, after the observer above: there is always a first paint.
        new PerformanceObserver(() => resolve(shift)).observe({ type: 'paint', buffered: true });
      }),
  );

it('says what to do while there is no model and nobody did anything', async () => {
  const { page, errors, close } = await openPage(browser, weir, `/cohorts/${joined}`, DESK);
  const link = findPart(page, 'Who is about to leave').getByRole('link', { name: 'Make one and save it' });
  await link.waitFor();
  await findPart(page, 'What they will be worth')
    .getByText('no lifetime value model has been saved')
    .waitFor();
  const patterns = findPart(page, 'What sets them apart');
  await patterns.getByText('Nobody of this cohort did anything in this range').waitFor();
  await findPart(page, 'Size over time').getByText('been noted so far').waitFor();
  await saveScreenshot(page, 'cohort-empty');
  expect(await findBarriers(page)).toEqual([]);
  await link.click();
  await page.getByRole('heading', { name: 'Predictions', level: 1 }).waitFor();
  expect(errors).toEqual([]);
  await close();
});

it('shows what its people do that others do not, and the groups they fall into', async () => {
  const address = addressOf(joined, { ...ASKED, support: '50' });
  const { page, errors, close } = await openPage(browser, weir, address, DESK);
  const table = page.getByRole('table', { name: 'Sequences' });
  const row = table.getByRole('row', { name: /^searched → booked/ });
  await row.waitFor();
  await row.getByRole('img', { name: /% of them, .*% of others/ }).waitFor();
  const groups = page.getByRole('list', { name: 'Groups by behaviour' }).getByRole('listitem');
  expect(await groups.count()).toBeGreaterThan(1);
  await groups.filter({ hasText: 'browsed' }).first().waitFor();

  await page.getByRole('combobox', { name: 'Sequences of at most' }).selectOption('2');
  await expect.poll(() => row.count()).toBe(1);
  await expect.poll(() => table.getByRole('row', { name: /→.*→/ }).count()).toBe(0);
  await page.reload();
  await row.waitFor();
  expect(await table.getByRole('row', { name: /→.*→/ }).count()).toBe(0);
  expect(await table.getByRole('row', { name: /^joined/ }).count()).toBe(0);
  await page.getByRole('checkbox', { name: 'also with what makes them belong: joined' }).check();
  await table
    .getByRole('row', { name: /^joined/ })
    .first()
    .waitFor();

  const patterns = findPart(page, 'What sets them apart');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    patterns.getByRole('button', { name: 'CSV' }).click(),
  ]);
  const lines = readFileSync(await file.path(), 'utf8').split('\r\n');
  expect(lines[0]).toMatch(/^sequence,count,support,others_count/);
  expect(lines.some((line) => line.startsWith('searched → booked,'))).toBe(true);

  await page.getByRole('link', { name: 'searched → booked' }).click();
  const builder = findPart(page, 'New cohort');
  await expect.poll(() => builder.getByRole('combobox', { name: 'Event 2' }).inputValue()).toBe('booked');
  await builder.getByText(/\d+ people belong now/).waitFor();
  await saveScreenshot(page, 'cohort-builder-sequence');
  expect(await findBarriers(page)).toEqual([]);
  expect(errors).toEqual([]);
  await close();
});

interface Model {
  id: string;
  latest: { state: string };
}

async function trainModel(kind: string, name: string, question: object): Promise<void> {
  const path = '/v1/analytics/predictions/models';
  const { id } = await call<Model>('POST', path, { kind, name, question });
  await expect.poll(async () => (await call<Model>('GET', `${path}/${id}`)).latest.state).toBe('done');
}

it('shows what models foretell of its people, and keeps its place while answers come', async () => {
  await Promise.all([
    trainModel('churn', 'Leavers', CHURN_QUESTION),
    trainModel('ltv', 'Worth', LTV_QUESTION),
  ]);
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page, errors, close } = await openPage(browser, weir, addressOf(joined), {
      ...DESK,
      colorScheme,
    });
    const churn = findPart(page, 'Who is about to leave');
    await churn.getByText('expected to leave').waitFor();
    await churn.getByRole('img', { name: /leave .* %, stay .* %/ }).waitFor();
    await churn.getByRole('link', { name: 'Leavers' }).waitFor();
    const ltv = findPart(page, 'What they will be worth');
    await ltv.getByText('expected value').waitFor();
    await ltv.getByText('It knows 50 of the 184').waitFor();
    await page.getByRole('table', { name: 'Sequences' }).waitFor();
    await saveScreenshot(page, `cohort-detail-${colorScheme}`);
    expect(await findBarriers(page)).toEqual([]);
    expect(await findShift(page)).toBeLessThan(0.02);
    expect(errors).toEqual([]);
    await close();
  }
});

it('looks further ahead, and says when a model cannot', async () => {
  const { page, errors, close } = await openPage(browser, weir, addressOf(joined), DESK);
  const ltv = findPart(page, 'What they will be worth');
  await ltv.getByText('In the 273 days after 1998-07-01').waitFor();
  await page.getByRole('combobox', { name: 'Looking ahead' }).selectOption('364d');
  await ltv.getByText('In the 364 days after 1998-07-01').waitFor();
  await findPart(page, 'Who is about to leave').getByText('the model foretells 14 days').waitFor();
  expect(errors).toEqual([]);
  await close();
});

it('fits a phone, where the answer comes before the asking', async () => {
  const { page, errors, close } = await openPage(browser, weir, addressOf(joined), PHONE);
  await findPart(page, 'Who is about to leave').getByText('expected to leave').waitFor();
  await page.getByRole('table', { name: 'Sequences' }).waitFor();
  await saveScreenshot(page, 'cohort-detail-phone');
  expect(await page.getByRole('combobox', { name: 'Sequences of at most' }).isVisible()).toBe(false);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(await findBarriers(page)).toEqual([]);
  expect(errors).toEqual([]);
  await close();
});

it('asks again when the server had no answer', async () => {
  const { page, close } = await openPage(browser, weir, '/cohorts', DESK);
  let refuse = true;
  await page.route(/\/(patterns|predictions)(\?|$)/, (route) => (refuse ? route.abort() : route.continue()));
  await page.goto(weir.url + addressOf(joined));
  const patterns = findPart(page, 'What sets them apart');
  await patterns.getByRole('alert').getByText('Weir cannot be reached').waitFor();
  await findPart(page, 'What is foretold of them').getByRole('button', { name: 'Ask again' }).waitFor();
  expect(await findBarriers(page)).toEqual([]);
  refuse = false;
  await patterns.getByRole('button', { name: 'Ask again' }).click();
  await page.getByRole('table', { name: 'Sequences' }).waitFor();
  expect(await patterns.getByRole('button', { name: 'Ask again' }).count()).toBe(0);
  await close();
});
