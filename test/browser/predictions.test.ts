/** Lifetime value with its back-test, who is about to leave with its calibration, and a model that is saved, trained and opened. */
import { readFileSync } from 'node:fs';
import type { Browser, Download, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWeir, type Weir } from '../support/stack.js';
import { launchChromium } from './chromium.js';
import { CHURN_QUESTION, fillForModels, LTV_QUESTION } from './model-events.js';
import { askAt, findBarriers, openPage, saveScreenshot } from './page.js';

const CHURN = askAt('predictions', { kind: 'churn', ...CHURN_QUESTION });
const LTV = askAt('predictions', { kind: 'ltv', ...LTV_QUESTION });
const DESK = { viewport: { width: 1280, height: 1_900 } };
const PHONE = { viewport: { width: 390, height: 2_400 }, isMobile: true, hasTouch: true };

let weir: Weir;
let browser: Browser;

beforeAll(async () => {
  [weir, browser] = await Promise.all([startWeir(), launchChromium()]);
  await fillForModels(weir);
});

afterAll(async () => {
  await browser.close();
  await weir.stop();
});

const findBackTest = (page: Page): Locator =>
  page.getByRole('slider', { name: /summed up: in week 78 actual 4,339, expected 4,165/ });
const findCalibration = (page: Page): Locator =>
  page.getByRole('slider', { name: /^Calibration in 10 bins/ });

async function saveFile(page: Page, button: Locator): Promise<Download> {
  const [file] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return file;
}

const readLines = async (file: Download): Promise<string[]> =>
  readFileSync(await file.path(), 'utf8').split('\r\n');

it('draws what was foretold of weeks 40 to 78 beside what happened, summed up and week by week', async () => {
  const { page, errors, close } = await openPage(browser, weir, LTV, DESK);
  await findBackTest(page).waitFor();
  const figure = page.getByRole('region', { name: 'Repeat purchases in each week' });
  await figure.getByText('not seen by the model').waitFor();
  await page.getByRole('table', { name: 'Parameters' }).getByRole('cell', { name: '0.243' }).waitFor();
  await page.getByRole('table', { name: 'Scoreboard' }).getByRole('cell', { name: '−12 %' }).waitFor();
  await page.getByRole('status').filter({ hasText: 'the model was closer' }).waitFor();
  await saveScreenshot(page, 'predictions-ltv');
  expect(await findBarriers(page)).toEqual([]);

  await findBackTest(page).hover();
  await page.getByText(/week 3\d: actual [\d,.]+, expected [\d,.]+/).waitFor();
  await saveScreenshot(page, 'predictions-ltv-pointed');
  const lines = await readLines(await saveFile(page, figure.getByRole('button', { name: 'CSV' })));
  expect(lines).toHaveLength(79);
  expect(lines[0]).toBe('week,seen_by_the_model,actual,expected');
  expect(lines[39]).toMatch(/^39,true,/);
  expect(lines[40]).toMatch(/^40,false,/);
  expect(errors).toEqual([]);
  await close();
});

it('draws calibration as a curve that tells each bin, by pointer and by keys', async () => {
  const { page, errors, close } = await openPage(browser, weir, CHURN, DESK);
  const curve = findCalibration(page);
  const rows = page.getByRole('table', { name: 'Calibration' }).getByRole('row');
  await curve.waitFor();
  expect(await rows.count()).toBe(11);
  await page
    .getByRole('table', { name: 'Scoreboard' })
    .getByRole('cell', { name: 'recency decile' })
    .waitFor();
  await page.getByRole('status').filter({ hasText: 'the model foretold better' }).waitFor();
  await saveScreenshot(page, 'predictions-churn');
  expect(await findBarriers(page)).toEqual([]);

  const tellRow = async (place: number): Promise<string> => {
    const [people, foretold] = await rows.nth(place).getByRole('cell').allTextContents();
    return `${people} people: foretold ${foretold}`;
  };
  await curve.focus();
  await page.keyboard.press('ArrowRight');
  await page.getByText(await tellRow(2)).waitFor();
  await page.keyboard.press('ArrowLeft');
  await page.getByText(await tellRow(1)).waitFor();
  expect(await curve.getAttribute('aria-valuetext')).toContain(await tellRow(1));
  await page.keyboard.press('ArrowLeft');
  expect(await curve.getAttribute('aria-valuenow')).toBe('1');

  const figure = page.getByRole('region', { name: 'Foretold and come true' });
  const lines = await readLines(await saveFile(page, figure.getByRole('button', { name: 'CSV' })));
  expect(lines).toHaveLength(11);
  expect(lines[0]).toBe('people,foretold,came_true,low,high');
  const picture = await saveFile(page, figure.getByRole('button', { name: 'PNG' }));
  expect(picture.suggestedFilename()).toBe('calibration.png');
  expect(errors).toEqual([]);
  await close();
});

it.each(['light', 'dark'] as const)('fits a phone, drawn %s', async (colorScheme) => {
  for (const [address, find, name] of [
    [CHURN, findCalibration, 'churn'],
    [LTV, findBackTest, 'ltv'],
  ] as const) {
    const { page, errors, close } = await openPage(browser, weir, address, { ...PHONE, colorScheme });
    await find(page).waitFor();
    await saveScreenshot(page, `predictions-${name}-phone-${colorScheme}`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(await findBarriers(page)).toEqual([]);
    expect(errors).toEqual([]);
    await close();
  }
});

it('goes on to a saved model with its curve, its people and its versions', async () => {
  const { page, errors, close } = await openPage(browser, weir, CHURN, { ...DESK, colorScheme: 'dark' });
  await findCalibration(page).waitFor();
  await page.getByRole('textbox', { name: 'Name, to save it as a model' }).fill('Leavers');
  await page.getByRole('button', { name: 'Save the model' }).click();
  await page.getByRole('heading', { name: 'Leavers' }).waitFor();
  expect(page.url()).toMatch(/\/predictions\/pm_/);
  await findCalibration(page).waitFor();
  const people = page.getByRole('table', { name: 'Most at risk' });
  await people.getByRole('link').first().waitFor();
  expect(await people.getByRole('link').first().getAttribute('href')).toMatch(/^\/people\/h\d+/);
  await page.getByRole('table', { name: 'Versions' }).getByRole('cell', { name: 'done' }).waitFor();
  await saveScreenshot(page, 'predictions-model-dark');
  expect(await findBarriers(page)).toEqual([]);
  expect(errors).toEqual([]);
  await close();
});
