/** Segment's browser client, as it comes from npm, in a real Chromium on a page of another origin than Weir's. */
import type { AnalyticsBrowser } from '@segment/analytics-next';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Fault,
  type Line,
  openLine,
  readBooks,
  readSettledBooks,
  readStored,
  settleBooks,
} from '../integration/stock-clients-line.js';
import { freshClickHouse, startWeir, type Weir } from '../support/stack.js';
import { openSite, type Site } from './analytics-next-site.js';
import { launchChromium } from './chromium.js';

interface ClientWindow extends Window {
  AnalyticsNext: { AnalyticsBrowser: typeof AnalyticsBrowser };
  client: AnalyticsBrowser;
}
declare const window: ClientWindow;

const AT_ISO = '2026-05-04T10:20:30.123Z';

let weir: Weir;
let clickhouse: string;
let line: Line;
let site: Site;
let browser: Browser;

beforeAll(async () => {
  clickhouse = (await freshClickHouse({ migrate: false })).url;
  [weir, site, browser] = await Promise.all([startWeir({ clickhouse }), openSite(), launchChromium()]);
  line = await openLine(weir.url);
});

afterAll(async () => {
  await browser.close();
  await Promise.all([line.stop(), site.stop(), weir.stop()]);
});

beforeEach(() => {
  line.seen.length = 0;
});

/** How the client is told where Weir is: `apiHost`, and `protocol` because this Weir has no certificate. */
interface ClientOptions {
  batching?: boolean;
}

/** Opens a page in a browser profile of its own, with the client loaded. */
async function openPage(user: string, options: ClientOptions = {}): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${site.url}/products?utm_source=news`);
  await loadClient(page, user, options);
  return page;
}

async function loadClient(page: Page, user: string, { batching = false }: ClientOptions): Promise<void> {
  const given = {
    writeKey: weir.keys.write,
    cdnURL: site.url,
    apiHost: `${new URL(line.url).host}/v1`,
    user,
    batching,
  };
  await page.evaluate(async ({ writeKey, cdnURL, apiHost, user, batching }) => {
    window.client = window.AnalyticsNext.AnalyticsBrowser.load(
      { writeKey, cdnURL },
      {
        integrations: {
          'Segment.io': {
            apiHost,
            protocol: 'http',
            ...(batching
              ? { deliveryStrategy: { strategy: 'batching', config: { size: 50, timeout: 300 } } }
              : {}),
          },
        },
      },
    );
    await window.client;
    await window.client.identify(user, { plan: 'pro' });
  }, given);
}

const readPaths = (): string[] => [...new Set(line.seen.map(({ path }) => path))].sort();

describe.each([
  { batching: false, paths: ['/v1/a', '/v1/g', '/v1/i', '/v1/p', '/v1/s', '/v1/t'] },
  { batching: true, paths: ['/v1/b'] },
])('with batching $batching', ({ batching, paths }) => {
  it('every call arrives with its fields', async () => {
    const user = `next-${batching}`;
    const before = await readBooks(weir);
    const page = await openPage(user, { batching });
    await page.evaluate(async (at) => {
      const { client } = window;
      const options = { timestamp: new Date(at) };
      await client.track('Order Completed', { total: 12.5, items: [{ sku: 'a' }] }, options);
      await client.page('Docs', 'Home', { rank: 1 });
      await client.screen('App', 'Cart', { rows: 3 });
      await client.group('g1', { seats: 4 });
      await client.alias(client.instance?.user().id() ?? '', 'next-old');
    }, AT_ISO);
    expect(await settleBooks(weir, before, 6)).toEqual({
      accepted: 6,
      stored: 6,
      duplicates: 0,
      rejected: 0,
    });
    expect(readPaths().filter((path) => path !== '/v1/m')).toEqual(paths);
    const stored = new Map((await readStored(clickhouse, `user_id = '${user}'`)).map((e) => [e.event, e]));
    const fields = {
      user_id: user,
      anonymous_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      event_id: expect.stringMatching(/^ajs-next-/),
      sent_at: expect.any(String),
      context: {
        library: { name: 'analytics.js', version: expect.stringContaining('next-') },
        userAgent: expect.stringContaining('Chrome'),
        locale: expect.any(String),
        page: { url: `${site.url}/products?utm_source=news`, title: 'Shop', path: '/products' },
        campaign: { source: 'news' },
        browser: { name: expect.stringMatching(/Chrom/) },
        ip: '127.0.0.0',
      },
    };
    expect(stored.get('$identify')).toMatchObject({ ...fields, properties: { $set: { plan: 'pro' } } });
    expect(stored.get('Order Completed')).toMatchObject({
      ...fields,
      timestamp: AT_ISO,
      properties: { total: 12.5, items: [{ sku: 'a' }] },
    });
    expect(stored.get('$page')).toMatchObject({
      ...fields,
      properties: { category: 'Docs', name: 'Home', rank: 1, path: '/products', title: 'Shop' },
    });
    expect(stored.get('$screen')).toMatchObject({ ...fields, properties: { name: 'Cart', rows: 3 } });
    expect(stored.get('$group')).toMatchObject({
      ...fields,
      properties: { group_id: 'g1', traits: { seats: 4 } },
    });
    expect(stored.get('$alias')).toMatchObject({ ...fields, properties: { previous_id: 'next-old' } });
    await page.context().close();
  });

  it.each<[string, Fault[]]>([
    ['refused with 503', ['refuse', 'refuse']],
    ['limited with 429', ['limit']],
    ['cut off after it was taken', ['cut']],
  ])('what is %s is stored once', async (how, faults) => {
    const user = `next-${batching} ${how}`;
    const page = await openPage(user, { batching });
    await expect
      .poll(() => readStored(clickhouse, `user_id = '${user}'`), { timeout: 60_000 })
      .toHaveLength(1);
    const before = await readSettledBooks(weir);
    line.faults.push(...faults);
    await page.evaluate(async () => {
      for (let n = 0; n < 3; n++) await window.client.track('tried', { n });
    });
    const ofUser = `user_id = '${user}' and event = 'tried'`;
    await expect.poll(() => readStored(clickhouse, ofUser), { timeout: 60_000 }).toHaveLength(3);
    const { accepted, stored, duplicates, rejected } = await settleBooks(
      weir,
      before,
      how.startsWith('cut') ? 4 : 3,
    );
    expect({ stored, rejected, left: line.faults.length }).toEqual({ stored: 3, rejected: 0, left: 0 });
    // Chromium itself may try a request again that was cut off.
    expect(duplicates).toBe(accepted - 3);
    expect(line.seen.map(({ fate }) => fate)).toEqual(expect.arrayContaining(faults));
    const numbers = (await readStored(clickhouse, ofUser)).map(({ properties }) => properties.n);
    expect(numbers.sort()).toEqual([0, 1, 2]);
    await page.context().close();
  });
});

it('one bad event among good ones costs only itself', async () => {
  const before = await readBooks(weir);
  const page = await openPage('next-bad', { batching: true });
  await page.evaluate(async () => {
    await window.client.track('good', { n: 0 });
    await window.client.track('good', { n: 1 }, { context: { sessionId: 'x'.repeat(300) } });
    await window.client.track('good', { n: 2 });
  });
  expect(await settleBooks(weir, before, 4)).toEqual({ accepted: 4, stored: 3, duplicates: 0, rejected: 1 });
  const stored = await readStored(clickhouse, "user_id = 'next-bad' and event = 'good'");
  expect(stored.map(({ properties }) => properties.n).sort()).toEqual([0, 2]);
  await page.context().close();
});

it('events a page still holds when it is left arrive', async () => {
  const page = await openPage('next-left', { batching: true });
  const before = await readBooks(weir);
  await page.evaluate(async () => {
    await window.client.track('leaving');
    window.location.assign('/elsewhere');
  });
  await settleBooks(weir, before, 1);
  await expect
    .poll(() => readStored(clickhouse, "user_id = 'next-left' and event = 'leaving'"), { timeout: 60_000 })
    .toHaveLength(1);
  await page.context().close();
});

it('a beacon, which is text/plain and has no headers of its own, arrives', async () => {
  const before = await readBooks(weir);
  const page = await openPage('next-beacon');
  const queued = await page.evaluate(
    ({ url, writeKey }) => {
      const one = { event: 'beaconed', userId: 'beacon', messageId: 'beacon-1', properties: { by: 'query' } };
      const two = { event: 'beaconed', user_id: 'beacon', event_id: 'beacon-2', properties: { by: 'body' } };
      return [
        navigator.sendBeacon(`${url}/v1/track?writeKey=${writeKey}`, JSON.stringify(one)),
        navigator.sendBeacon(`${url}/v1/events`, JSON.stringify({ writeKey, events: [two] })),
      ];
    },
    { url: line.url, writeKey: weir.keys.write },
  );
  expect(queued).toEqual([true, true]);
  await settleBooks(weir, before, 3);
  const stored = await readStored(clickhouse, "user_id = 'beacon'");
  expect(stored.map(({ event_id, properties }) => [event_id, properties.by])).toEqual([
    ['beacon-1', 'query'],
    ['beacon-2', 'body'],
  ]);
  await page.context().close();
});
