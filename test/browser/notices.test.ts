/** What is said of a question that may be wrong, or is: above its answer and beside its field; and the way on from what is refused. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWeir, type Weir } from '../support/stack.js';
import { launchChromium } from './chromium.js';
import { askAt, askWeir, fillShop, findBarriers, openPage, PHONE, saveScreenshot } from './page.js';

let weir: Weir;
let browser: Browser;

beforeAll(async () => {
  [weir, browser] = await Promise.all([startWeir(), launchChromium()]);
  await fillShop(weir, 2);
});

afterAll(async () => {
  await browser.close();
  await weir.stop();
});

const step = (...events: string[]) => ({ events, where: [], optional: false, within: '' });

/** The text that a field is described by, for who listens as for who looks. */
async function readBeside(page: Page, label: string): Promise<string> {
  const id = await page.getByRole('combobox', { name: label, exact: true }).getAttribute('aria-describedby');
  return id ? ((await page.locator(`#${id}`).textContent()) ?? '') : '';
}

const isWrong = (page: Page, label: string): Promise<string | null> =>
  page.getByRole('combobox', { name: label, exact: true }).getAttribute('aria-invalid');

it.each([
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['phone', PHONE],
] as const)('a step that nothing can match is named above, and beside its field (%s)', async (name, look) => {
  const asked = { steps: [step('product_viewed'), step(''), step('cart_aded')] };
  const { page, errors, close } = await openPage(browser, weir, askAt('funnels', asked), look);
  const alert = page.getByRole('alert');
  await alert.getByText('It cannot be asked like this').waitFor();
  // The interface counts the steps that are named, and says so.
  await alert.getByText('Step 2: ').waitFor();
  if (name === 'phone') await page.getByText('What is asked').click();
  expect(await readBeside(page, 'Step 3')).toContain('Did you mean "cart_added"?');
  expect(await isWrong(page, 'Step 3')).toBe('true');
  for (const other of ['Step 1', 'Step 2']) expect(await isWrong(page, other)).toBe(null);
  expect(await findBarriers(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
    page.viewportSize()!.width,
  );
  await saveScreenshot(page, `notices-funnel-${name}`);
  await page.getByRole('combobox', { name: 'Step 3', exact: true }).fill('cart_added');
  await alert.waitFor({ state: 'detached' });
  await expect.poll(() => isWrong(page, 'Step 3')).toBe(null);
  expect(errors).toEqual([]);
  await close();
});

it('an event type that does not exist is warned of in trends, retention and paths', async () => {
  for (const [place, asked, label, where] of [
    ['explore', { event: 'page_veiwed' }, 'Event', 'Event 1: '],
    [
      'retention',
      { start: 'page_viewed', back: 'page_veiwed' },
      'and came back to do (empty: the same)',
      'The event of coming back: ',
    ],
    ['paths', { part: 'start', event: 'page_veiwed' }, 'Event', 'The event that starts: '],
  ] as const) {
    const { page, errors, close } = await openPage(browser, weir, askAt(place, asked));
    const warnings = page.getByRole('list', { name: 'Warnings' });
    await warnings.getByText(/No event "page_veiwed" was ever stored/).waitFor();
    expect(await warnings.textContent()).toContain(where);
    expect(await readBeside(page, label)).toContain('Did you mean "page_viewed"?');
    // A warning is no mistake.
    expect(await isWrong(page, label)).toBe(null);
    expect(await findBarriers(page)).toEqual([]);
    await saveScreenshot(page, `notices-${place}`);
    expect(errors).toEqual([]);
    await close();
  }
});

it('warnings stand on tiles, too', async () => {
  const tile = {
    title: 'Views',
    view: 'trend',
    path: '/v1/analytics/trends',
    body: { events: [{ event: 'page_viewed' }, { event: 'page_veiwed' }], grain: 'day' },
    last_days: 7,
  };
  const { id } = await askWeir<{ id: string }>(weir, '/v1/dashboards', { name: 'Slips', tiles: [tile] });
  const { page, errors, close } = await openPage(browser, weir, `/dashboards/${id}`);
  const warnings = page.getByRole('region', { name: 'Views' }).getByRole('list', { name: 'Warnings' });
  await warnings.getByText('Event 2: ').waitFor();
  expect(await findBarriers(page)).toEqual([]);
  expect(errors).toEqual([]);
  await close();
});

it('what is not there leads to what there is, and what a key may not do to who can give one that may', async () => {
  const { page, errors, close } = await openPage(browser, weir, '/funnels/fn_00000000000000000000');
  const alert = page.getByRole('alert');
  await alert.getByRole('heading', { name: 'It is not there' }).waitFor();
  expect(await findBarriers(page)).toEqual([]);
  await alert.getByRole('link', { name: 'Those there are' }).click();
  await page.getByText('Name two events').waitFor();
  expect(new URL(page.url()).pathname).toBe('/funnels');
  await close();

  const reader = await openPage(browser, weir, '/dashboards', { key: weir.keys.read });
  await reader.page.getByRole('textbox', { name: 'Name of a new dashboard' }).fill('Mine');
  await reader.page.getByRole('button', { name: 'New dashboard' }).click();
  const refused = reader.page.getByRole('alert');
  await refused.getByRole('heading', { name: 'This key may not do that' }).waitFor();
  expect(await findBarriers(reader.page)).toEqual([]);
  await saveScreenshot(reader.page, 'notices-403');
  await refused.getByRole('link', { name: 'Settings' }).click();
  await reader.page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
  await reader.close();

  // Behind a link that was taken away there is no place to go on to.
  const shared = await openPage(browser, weir, '/shared/nothing');
  await shared.page.getByRole('alert').getByRole('heading', { name: 'It is not there' }).waitFor();
  expect(await shared.page.getByRole('link').count()).toBe(0);
  await shared.close();
  expect([...errors, ...reader.errors, ...shared.errors]).toEqual([]);
});
