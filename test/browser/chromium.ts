/** A real Chromium for a test file, without a window. */
import { type Browser, chromium } from 'playwright-core';
import { CHROMIUM_MISSING, findChromium } from '../../scripts/chromium.mjs';

/** Nothing that calls home, nothing that needs a screen or a user of its own. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts it; the test closes it. Throws with what to type when there is none. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(CHROMIUM_MISSING);
  return chromium.launch({ executablePath, args: FLAGS });
}
