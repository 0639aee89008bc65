/** A cohort described, sized while it is described, saved, looked at, and used to narrow another question. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWeir, type Weir } from '../support/stack.js';
import { launchChromium } from './chromium.js';
import { askAt, askWeir, findBarriers, openPage, postEvents, saveScreenshot } from './page.js';

let weir: Weir;
let browser: Browser;

const ago = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();
const EVENTS = ['ann', 'bob', 'cleo'].flatMap((user_id, i) => [
  { event: 'visited', event_id: `v-${user_id}`, user_id, timestamp: ago(5), properties: { n: i } },
  ...(i < 2 ? [{ event: 'bought', event_id: `b-${user_id}`, user_id, timestamp: ago(4) }] : []),
]);

beforeAll(async () => {
  [weir, browser] = await Promise.all([startWeir(), launchChromium()]);
  await postEvents(weir, EVENTS);
});

afterAll(async () => {
  await browser.close();
  await weir.stop();
});

it('shows the size while one chooses, saves the cohort and lists its people', async () => {
  const { page, errors, close } = await openPage(browser, weir, '/cohorts');
  const form = page.getByRole('region', { name: 'New cohort' });
  await form.getByRole('combobox', { name: 'Event' }).fill('bought');
  await form.getByText('2 people belong now').waitFor();
  expect(await findBarriers(page)).toEqual([]);
  await saveScreenshot(page, 'cohort-builder');
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill('Buyers');
  await form.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('heading', { name: 'Buyers' }).waitFor();
  await page.getByRole('link', { name: 'ann' }).waitFor();
  await page.getByRole('link', { name: 'bob' }).waitFor();
  expect(await page.getByRole('link', { name: 'cleo' }).count()).toBe(0);
  await saveScreenshot(page, 'cohort');

  const id = page.url().split('/').at(-1)!.split('?')[0]!;
  const question = { event: 'visited', where: [{ property: 'in_cohort', op: 'ne', value: id }] };
  await page.goto(weir.url + askAt('explore', question));
  const cells = page.getByRole('table', { name: 'Sums of the series' }).getByRole('cell');
  await expect.poll(() => cells.allTextContents()).toEqual(['visited', '1']);
  expect(errors).toEqual([]);
  await close();
});

it('says in words what a cohort asks, and as JSON to whom opens it', async () => {
  const make = async (name: string, criteria: object): Promise<string> =>
    (await askWeir<{ id: string }>(weir, '/v1/analytics/cohorts', { name, criteria })).id;
  const buyers = await make('Often', { did: { event: 'bought' }, times: { gte: 1 } });
  const id = await make('Keen', {
    and: [
      { did: { event: 'bought' }, times: { gte: 3 }, within: '30d' },
      { or: [{ in_cohort: buyers }, { not: { did: { event: 'visited' } } }] },
    ],
  });
  const { page, errors, close } = await openPage(browser, weir, `/cohorts/${id}`, { colorScheme: 'dark' });
  const about = page.getByRole('region', { name: 'Keen', exact: true });
  await about.getByText('did bought at least 3 times within 30 days, and').waitFor();
  await about.getByText('belong to the cohort “Often”, or').waitFor();
  const json = about.getByText('"gte": 3');
  expect(await json.isVisible()).toBe(false);
  await saveScreenshot(page, 'cohort-criteria');
  await about.getByText('As JSON').click();
  await json.waitFor();
  expect(await findBarriers(page)).toEqual([]);
  expect(errors).toEqual([]);
  await close();
});

it('saves a list of people', async () => {
  const { page, errors, close } = await openPage(browser, weir, '/cohorts');
  await page.getByText('Or a list of people').click();
  await page.getByRole('textbox', { name: 'Ids of users, one a line' }).fill('ann\nnobody');
  await page.getByRole('textbox', { name: 'Name of the list' }).fill('Friends');
  await page.getByRole('button', { name: 'Save 2 people' }).click();
  await page.getByRole('heading', { name: 'Friends' }).waitFor();
  await page.getByRole('link', { name: 'ann' }).waitFor();
  expect(errors).toEqual([]);
  await close();
});
