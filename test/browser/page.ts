/** The page in a real Chromium: opened with a key, on a shop's events, watched for errors, and checked with axe. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { makeDay } from '../../src/demo/shop.js';
import { fromRoot } from '../../src/paths.js';
import type { Weir } from '../support/stack.js';

const DAY_MS = 86_400_000;
const BATCH_EVENTS = 2_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Stores the demo shop's events of the last whole days; how many there are. */
export async function fillShop(weir: Weir, days = 7): Promise<number> {
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  let sent = 0;
  for (let day = today - days * DAY_MS; day < today; day += DAY_MS) {
    const events = makeDay(day);
    for (let from = 0; from < events.length; from += BATCH_EVENTS)
      await postEvents(weir, events.slice(from, from + BATCH_EVENTS));
    sent += events.length;
  }
  return sent;
}

/** Stores events; returns when each has its outcome. */
export async function postEvents(weir: Weir, events: readonly object[]): Promise<void> {
  const response = await fetch(`${weir.url}/v1/events?wait=stored`, {
    method: 'POST',
    headers: { authorization: `Bearer ${weir.keys.write}`, 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  if (!response.ok) throw new Error(await response.text());
}

/** Asks Weir itself, with the admin key: a POST when there is a body. */
export async function askWeir<T>(weir: Weir, path: string, body?: object): Promise<T> {
  const response = await fetch(weir.url + path, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${weir.keys.admin}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  return (await response.json()) as T;
}

/** A phone, held upright. */
export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

export interface OpenedPage {
  page: Page;
  /** What the page wrote to the console as errors, and exceptions nobody caught. A test expects none. */
  errors: string[];
  close(): Promise<void>;
}

/** Problems the page shows to its reader are no errors of the page: the browser logs each answer of 4xx by itself. */
const isAnswer = (text: string): boolean => text.startsWith('Failed to load resource');

/** Opens an address of the page with the admin key (or another), in a browser profile of its own. */
export async function openPage(
  browser: Browser,
  weir: Weir,
  address: string,
  { key = weir.keys.admin, ...options }: BrowserContextOptions & { key?: string } = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  await context.addInitScript((value) => localStorage.setItem('weir.key', value), key);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !isAnswer(message.text())) errors.push(message.text());
  });
  await page.goto(weir.url + address);
  return { page, errors, close: () => context.close() };
}

/** An address with a question in it, as the page writes them. */
export const askAt = (place: string, question: object): string =>
  `/${place}?q=${encodeURIComponent(JSON.stringify(question))}`;

interface Violation {
  id: string;
  nodes: { target: unknown; failureSummary?: string }[];
}

declare const window: Window & {
  axe: { run(context: Document, options: object): Promise<{ violations: Violation[] }> };
};

/** What axe finds wrong with the page (WCAG 2 A and AA), one line each, once no answer is on its way: until then the old one is dimmed. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.waitForFunction(
    () =>
      !document.querySelector('[aria-busy="true"]') &&
      !document.getAnimations().some((one) => one instanceof CSSTransition && one.playState === 'running'),
  );
  // Evaluated, not added as a script: the page's own policy allows no scripts but its own.
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    return (await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }))
      .violations;
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${JSON.stringify(target)} ${failureSummary ?? ''}`),
  );
}

/** Saves what is seen under dist/screenshots, for people to look at. */
export async function saveScreenshot(page: Page, name: string): Promise<void> {
  const folder = fromRoot('dist', 'screenshots');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png` });
}
