/** Models and patterns on a dashboard: pinned from their screens, opened from their tiles, and seen through a link. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWeir, type Weir } from '../support/stack.js';
import { launchChromium } from './chromium.js';
import { CHURN_QUESTION, fillForModels } from './model-events.js';
import { askWeir, findBarriers, openPage, saveScreenshot } from './page.js';

const MODELS = '/v1/analytics/predictions/models';
const DESK = { viewport: { width: 1280, height: 2_000 } };
const ASKED = { from: '2024-05-01', to: '2024-06-01', timezone: 'UTC', support: '20' };

interface Made {
  id: string;
}
interface Model extends Made {
  latest: { state: string };
}

let weir: Weir;
let browser: Browser;
let cohort: string;
let model: string;

beforeAll(async () => {
  [weir, browser] = await Promise.all([startWeir(), launchChromium()]);
  await fillForModels(weir);
  const criteria = { did: { event: 'joined' } };
  cohort = (await askWeir<Made>(weir, '/v1/analytics/cohorts', { name: 'Joined', criteria })).id;
  const question = { kind: 'churn', name: 'Leavers', question: CHURN_QUESTION };
  model = (await askWeir<Made>(weir, MODELS, question)).id;
});

afterAll(async () => {
  await browser.close();
  await weir.stop();
});

/** Pins the answer of a part of the page to the board, which is made with the first. */
async function pin(page: Page, part: string | undefined, title: string): Promise<void> {
  const place = part === undefined ? page : page.getByRole('region', { name: part, exact: true });
  await place.getByRole('button', { name: 'Pin', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Pin to a dashboard' });
  await dialog.getByRole('textbox', { name: 'Title of the tile' }).fill(title);
  const boards = dialog.getByRole('combobox', { name: 'Dashboard' });
  if ((await askWeir<{ data: Made[] }>(weir, '/v1/dashboards')).data.length > 0)
    await boards.selectOption({ label: 'People' });
  else await dialog.getByRole('textbox', { name: 'Its name' }).fill('People');
  await dialog.getByRole('button', { name: 'Pin' }).click();
  await dialog.waitFor({ state: 'detached' });
}

const TITLES = ['The model', 'Sequences', 'Foretold'];
const tileOf = (page: Page, title: string) => page.getByRole('region', { name: title, exact: true });

/** Waits until all tiles are drawn. */
async function awaitTiles(page: Page): Promise<void> {
  await tileOf(page, 'The model')
    .getByRole('slider', { name: /^Calibration/ })
    .waitFor();
  await tileOf(page, 'Sequences').getByRole('table', { name: 'Sequences' }).waitFor();
  await tileOf(page, 'Foretold').getByText('expected to leave').waitFor();
}

it('pins a model, patterns and predictions; their tiles lead back; a link shows them and leads nowhere', async () => {
  await expect.poll(async () => (await askWeir<Model>(weir, `${MODELS}/${model}`)).latest.state).toBe('done');
  const { page, errors, close } = await openPage(browser, weir, `/predictions/${model}`, DESK);
  await page.getByRole('slider', { name: /^Calibration/ }).waitFor();
  await pin(page, undefined, 'The model');
  await page.goto(`${weir.url}/cohorts/${cohort}?q=${encodeURIComponent(JSON.stringify(ASKED))}`);
  await page.getByRole('table', { name: 'Sequences' }).waitFor();
  await pin(page, 'What sets them apart', 'Sequences');
  await page.getByText('expected to leave').waitFor();
  await pin(page, 'What is foretold of them', 'Foretold');

  const [board] = (await askWeir<{ data: Made[] }>(weir, '/v1/dashboards')).data;
  await page.goto(`${weir.url}/dashboards/${board!.id}`);
  await awaitTiles(page);
  const headings = page.locator('.card h2');
  expect(await headings.allTextContents()).toEqual(TITLES);
  await tileOf(page, 'The model').getByRole('link', { name: 'Leavers' }).waitFor();
  await tileOf(page, 'Sequences').getByRole('link', { name: 'Joined' }).waitFor();
  await tileOf(page, 'Sequences').locator('a.way').first().waitFor();
  expect(await findBarriers(page)).toEqual([]);
  await saveScreenshot(page, 'tiles-models');

  // Each opens where it was asked, as it was asked.
  for (const [title, address] of [
    ['The model', `/predictions/${model}`],
    ['Sequences', `/cohorts/${cohort}`],
    ['Foretold', `/cohorts/${cohort}`],
  ] as const) {
    await page.goto(`${weir.url}/dashboards/${board!.id}`);
    await tileOf(page, title).locator('.menu summary').click();
    await tileOf(page, title).getByRole('link', { name: 'Open', exact: true }).click();
    await expect.poll(() => new URL(page.url()).pathname).toBe(address);
    if (title !== 'Sequences') continue;
    const support = page.getByRole('combobox', { name: 'that are done by at least' });
    await support.waitFor();
    expect(await support.inputValue()).toBe(ASKED.support);
  }

  const { path } = await askWeir<{ path: string }>(weir, `/v1/dashboards/${board!.id}/share`, {});
  const stranger = await browser.newContext(DESK);
  const shared = await stranger.newPage();
  await shared.goto(weir.url + path);
  await awaitTiles(shared);
  await tileOf(shared, 'The model').getByText('Leavers', { exact: true }).waitFor();
  await tileOf(shared, 'Sequences').getByText('Joined', { exact: true }).waitFor();
  expect(await shared.getByRole('link').count()).toBe(0);
  expect(await shared.locator('.menu').count()).toBe(0);
  expect(await findBarriers(shared)).toEqual([]);
  await saveScreenshot(shared, 'tiles-models-shared');
  await stranger.close();
  expect(errors).toEqual([]);
  await close();
});
