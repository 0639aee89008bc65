// node scripts/pictures.mjs: takes the pictures of the README anew, from a demo that runs (npm run demo) and is filled. WEIR_URL says
// where it is (http://127.0.0.1:8080), WEIR_DATA its folder (.weir-demo).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { CHROMIUM_MISSING, findChromium } from './chromium.mjs';
import { fail, root } from './setup.mjs';

const WIDTH = 1280;
const HEIGHT = 800;
const url = process.env.WEIR_URL ?? 'http://127.0.0.1:8080';
const executablePath = findChromium() ?? fail(CHROMIUM_MISSING);
const { admin } = JSON.parse(
  readFileSync(join(process.env.WEIR_DATA ?? join(root, '.weir-demo'), 'keys.json'), 'utf8'),
);

/** The id of what is called so in a list of the interface. */
async function findId(path, name) {
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${admin}` } });
  const { data } = await response.json();
  return data.find((one) => one.name === name)?.id ?? fail(`The demo at ${url} has no ${name} in ${path}.`);
}

const explore = { event: 'checkout_completed', measure: 'sum', property: 'revenue', breakdown: ['source'] };
const PICTURES = {
  dashboard: `/dashboards/${await findId('/v1/dashboards', 'Shop')}`,
  explore: `/explore?q=${encodeURIComponent(JSON.stringify(explore))}`,
  funnels: `/funnels/${await findId('/v1/analytics/funnels', 'From product to order')}`,
  metrics: `/custom-metrics/${await findId('/v1/analytics/metrics/custom', 'conversion_rate')}`,
};

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  const context = await browser.newContext({
    viewport: { width: WIDTH, height: HEIGHT },
    colorScheme: 'light',
  });
  await context.addInitScript((key) => localStorage.setItem('weir.key', key), admin);
  const page = await context.newPage();
  for (const [name, address] of Object.entries(PICTURES)) {
    await page.goto(url + address);
    await page.waitForLoadState('networkidle');
    await page.waitForFunction(() => !document.querySelector('.skeleton, [aria-busy="true"]'));
    await page.screenshot({ path: join(root, 'docs', 'screenshots', `${name}.png`) });
    console.log(`docs/screenshots/${name}.png  ${address.split('?')[0]}`);
  }
} finally {
  await browser.close();
}
