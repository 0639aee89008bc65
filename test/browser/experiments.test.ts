/** From the first screen to an experiment, its verdict in words, its sequential intervals, and saved. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EMPTY_GOAL } from '../../src/dashboard/web/screens/experiment-goal.js';
import { startWeir, type Weir } from '../support/stack.js';
import { launchChromium } from './chromium.js';
import { askAt, askWeir, findBarriers, openPage, PHONE, postEvents, saveScreenshot } from './page.js';

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
  await page.getByRole('slider', { name: 'Difference of green in bought, day by day' }).waitFor();
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
  const goals = [{ ...EMPTY_GOAL, events: ['bought'] }];
  const asked = { exposure: { events: ['uneven_seen'], where: [] }, variant: 'variant', goals };
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

const SPEND = 'metric "spend" { formula = "sum(bought.total)" unit = "EUR" }';

it('takes a saved metric, a written one, a ratio and a funnel as goals', async () => {
  await askWeir(weir, '/v1/analytics/metrics/custom', { definition: SPEND });
  const asked = { exposure: { events: ['button_seen'], where: [] }, variant: 'variant' };
  const { page, errors, close } = await openPage(browser, weir, askAt('experiments', asked));
  const fill = (name: string, value: string, role: 'combobox' | 'textbox' = 'combobox') =>
    page.getByRole(role, { name, exact: true }).fill(value);
  const measure = (goal: number, kind: string) =>
    page.getByRole('combobox', { name: `Goal ${goal} measures` }).selectOption(kind);
  const judged = (name: string | RegExp) =>
    page.getByRole('table', { name }).getByRole('cell', { name: 'green' }).first();
  await measure(1, 'metric');
  await fill('Goal 1: the metric', 'spend');
  await judged('Variants by spend').waitFor();

  await page.getByRole('button', { name: 'Add a goal' }).click();
  await measure(2, 'ratio');
  await page.getByRole('combobox', { name: 'Goal 2, above:', exact: true }).selectOption('sum');
  await fill('Goal 2, above: the event', 'bought');
  await fill('Goal 2, above: the property', 'total');
  await fill('Goal 2, per: the event', 'button_seen');
  await judged('Variants by total of bought / number of button_seen').waitFor();

  await page.getByRole('button', { name: 'Add a goal' }).click();
  await measure(3, 'definition');
  await fill(
    'Goal 3: the metric, in its language',
    'metric "orders" { formula = "count(bought)" }',
    'textbox',
  );
  await judged('Variants by orders').waitFor();

  await page.getByRole('button', { name: 'Add a goal' }).click();
  await measure(4, 'funnel');
  await fill('Goal 4, Step 1', 'bought');
  const steps = page.getByRole('table', { name: 'Steps of bought' });
  await steps.waitFor();
  expect(await findBarriers(page)).toEqual([]);
  await saveScreenshot(page, 'experiment-goals');
  expect(errors).toEqual([]);
  await close();
});

const RICH = {
  name: 'Green, judged twice',
  exposure: {
    event: 'button_seen',
    where: [
      {
        or: [
          { property: 'variant', op: 'eq', value: 'control' },
          { property: 'variant', op: 'eq', value: 'green' },
        ],
      },
    ],
    variant: 'variant',
  },
  variants: ['control', 'green'],
  split: [1, 1],
  goals: [
    {
      name: 'Buys',
      event: 'bought',
      measure: 'conversion',
      window: '3d',
      where: [{ property: 'total', op: 'gt', value: 1 }],
    },
    {
      ratio: {
        numerator: { event: 'bought', measure: { sum: 'total' } },
        denominator: { event: 'bought', measure: 'count' },
      },
      better: 'lower',
    },
    {
      funnel: {
        steps: [{ event: 'bought', label: 'Paid' }],
        window: '2d',
        order: 'ordered',
        ties: 'any',
        hold: ['variant'],
      },
    },
  ],
  window: '7d',
  pre_period: '0s',
  alpha: 0.1,
  minimal_effect: 0.07,
  correction: 'none',
  timezone: 'UTC',
};

it.each(['light', 'dark'] as const)(
  'shows all of a saved experiment, and saves it again with no more than what was changed (%s)',
  async (colorScheme) => {
    const { id } = await askWeir<{ id: string }>(weir, '/v1/analytics/experiments/saved', RICH);
    const { page, errors, close } = await openPage(browser, weir, `/experiments/${id}`, { colorScheme });
    const read = (name: string, role: 'textbox' | 'combobox' = 'combobox') =>
      page.getByRole(role, { name, exact: true }).first().inputValue();
    await expect.poll(() => read('Event that exposes a person')).toBe('button_seen');
    await page.getByText('(variant is control or variant is green)').waitFor();
    expect(await read('Variants, the control first (empty: those that occur)', 'textbox')).toBe(
      'control, green',
    );
    await page.getByText('called Buys, counts for 3d').waitFor();
    expect(await read('Goal 2, above: the property')).toBe('total');
    expect(await read('Goal 2 is better when')).toBe('lower');
    await page.getByText('called Paid').waitFor();
    expect(await read('Smallest change worth seeing, in % of the control', 'textbox')).toBe('7');
    expect(await read('Chance of a false alarm that is accepted (alpha)', 'textbox')).toBe('0.1');
    expect(await read('Correction for several comparisons')).toBe('none');
    await page.getByRole('table', { name: 'Variants by Buys' }).waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await saveScreenshot(page, `experiment-saved-${colorScheme}`);

    await page
      .getByRole('textbox', { name: 'Goals count for so long after the exposure', exact: true })
      .fill('6d');
    await page.getByText('version 1, changed since').waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('version 2', { exact: true }).waitFor();
    const saved = await askWeir<Record<string, unknown>>(weir, `/v1/analytics/experiments/saved/${id}`);
    expect(saved).toMatchObject({ ...RICH, window: '6d', version: 2 });
    expect(saved).not.toHaveProperty('from');
    expect(errors).toEqual([]);
    await close();
  },
);

it('fits a saved experiment on a phone, its answer first', async () => {
  const { id } = await askWeir<{ id: string }>(weir, '/v1/analytics/experiments/saved', RICH);
  const { page, errors, close } = await openPage(browser, weir, `/experiments/${id}`, PHONE);
  await page.getByRole('table', { name: 'Variants by Buys' }).waitFor();
  await page.getByText('What is asked').click();
  await page.getByRole('combobox', { name: 'Goal 2 measures' }).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await saveScreenshot(page, 'experiment-saved-phone');
  expect(errors).toEqual([]);
  await close();
});
