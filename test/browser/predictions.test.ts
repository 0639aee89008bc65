/** Lifetime value with its back-test, who is about to leave, and a model that is saved, trained and opened. */
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fromRoot } from '../../src/paths.js';
import { createRandom } from '../oracle/random.js';
import { startWeir, type Weir } from '../support/stack.js';
import { launchChromium } from './chromium.js';
import { askAt, findBarriers, openPage, postEvents, saveScreenshot } from './page.js';

const DAY_MS = 86_400_000;
const CUT_MS = Date.UTC(2024, 5, 1);
const BATCH = 2_000;

let weir: Weir;
let browser: Browser;

const readPurchases = (): object[] =>
  readFileSync(fromRoot('test/fixtures/cdnow-sample.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [user_id, day, revenue] = line.split(',') as [string, string, string];
      return {
        event: 'purchase',
        user_id,
        timestamp: `${day}T12:00:00Z`,
        properties: { revenue: Number(revenue) },
      };
    });

/** People who open at a rate of their own. */
function makeHabits(): object[] {
  const random = createRandom(3);
  return Array.from({ length: 400 }, (_, person) => {
    const rate = 0.02 + 0.4 * (random.below(1_000) / 1_000) ** 2;
    return Array.from({ length: 110 }, (__, day) => CUT_MS + (day - 95) * DAY_MS + random.below(DAY_MS))
      .filter(() => random.chance(rate))
      .map((ms) => ({ event: 'opened', user_id: `h${person}`, timestamp: new Date(ms).toISOString() }));
  }).flat();
}

beforeAll(async () => {
  [weir, browser] = await Promise.all([startWeir(), launchChromium()]);
  const events = [...readPurchases(), ...makeHabits()];
  for (let from = 0; from < events.length; from += BATCH)
    await postEvents(weir, events.slice(from, from + BATCH));
});

afterAll(async () => {
  await browser.close();
  await weir.stop();
});

it('draws what was foretold of weeks 40 to 78 beside what happened', async () => {
  const asked = {
    kind: 'ltv',
    event: 'purchase',
    value: 'revenue',
    from: '1997-01-01',
    calibration_to: '1997-10-01',
    to: '1998-07-01',
  };
  const { page, errors, close } = await openPage(browser, weir, askAt('predictions', asked));
  await page.getByRole('img', { name: /actual, last value .* expected, last value/ }).waitFor();
  const parameters = page.getByRole('table', { name: 'Parameters' });
  await parameters.getByRole('cell', { name: '0.243' }).waitFor();
  await page.getByRole('status').filter({ hasText: 'the model was closer' }).waitFor();
  await saveScreenshot(page, 'predictions-ltv');
  expect(await findBarriers(page)).toEqual([]);
  expect(errors).toEqual([]);
  await close();
});

it('says how well leaving was foretold, and goes on to the people of a saved model', async () => {
  const asked = { kind: 'churn', event: 'opened', horizon: '14d', cut: '2024-06-01' };
  const { page, errors, close } = await openPage(browser, weir, askAt('predictions', asked));
  await page
    .getByRole('table', { name: 'Scoreboard' })
    .getByRole('cell', { name: 'recency decile' })
    .waitFor();
  await page.getByRole('table', { name: 'Calibration' }).waitFor();
  await page.getByRole('status').filter({ hasText: 'the model foretold better' }).waitFor();
  await saveScreenshot(page, 'predictions-churn');
  expect(await findBarriers(page)).toEqual([]);

  await page.getByRole('textbox', { name: 'Name, to save it as a model' }).fill('Leavers');
  await page.getByRole('button', { name: 'Save the model' }).click();
  await page.getByRole('heading', { name: 'Leavers' }).waitFor();
  expect(page.url()).toMatch(/\/predictions\/pm_/);
  const people = page.getByRole('table', { name: 'Most at risk' });
  await people.getByRole('link').first().waitFor();
  expect(await people.getByRole('link').first().getAttribute('href')).toMatch(/^\/people\/h\d+/);
  await page.getByRole('table', { name: 'Versions' }).getByRole('cell', { name: 'done' }).waitFor();
  expect(await findBarriers(page)).toEqual([]);
  expect(errors).toEqual([]);
  await close();
});
