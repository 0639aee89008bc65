import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromRoot } from '../../../src/paths.js';
import {
  type BgNbd,
  computeProbabilityAlive,
  expectPurchases,
  expectPurchasesOfNew,
  fitBgNbd,
  type PurchaseHistory,
} from '../../../src/predict/ltv/bg-nbd.js';
import { expectSpending, fitGammaGamma, type Spending } from '../../../src/predict/ltv/gamma-gamma.js';

/** The 1/10 sample of the CDNOW data: 2,357 customers, calibration weeks 1 to 39. See test/fixtures/README.md. */
const LAST_DAY = Date.UTC(1997, 8, 30);
const WEEK_MS = 7 * 86_400_000;

function readSample(): { histories: PurchaseHistory[]; spending: Spending[] } {
  const days = new Map<string, Map<number, number>>();
  for (const line of readFileSync(fromRoot('test/fixtures/cdnow-sample.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)) {
    const [customer, date, dollars] = line.split(',') as [string, string, string];
    const day = Date.parse(date);
    if (day > LAST_DAY) continue;
    const own = days.get(customer) ?? new Map<number, number>();
    own.set(day, (own.get(day) ?? 0) + Number(dollars));
    days.set(customer, own);
  }
  const histories: PurchaseHistory[] = [];
  const spending: Spending[] = [];
  for (const own of days.values()) {
    const [first, ...repeats] = [...own.keys()].sort((a, b) => a - b) as [number, ...number[]];
    const x = repeats.length;
    histories.push({
      x,
      tx: ((repeats.at(-1) ?? first) - first) / WEEK_MS,
      T: (LAST_DAY - first) / WEEK_MS,
      customers: 1,
    });
    const mean = repeats.reduce((sum, day) => sum + own.get(day)!, 0) / Math.max(1, x);
    if (x > 0 && mean > 0) spending.push({ x, mean });
  }
  return { histories, spending };
}

const PUBLISHED: BgNbd = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };

describe('BG/NBD on the CDNOW sample', () => {
  const { histories, spending } = readSample();
  const fit = fitBgNbd(histories);

  it('finds the parameters Fader, Hardie and Lee published', () => {
    expect(histories).toHaveLength(2_357);
    expect(fit.converged).toBe(true);
    expect(fit.parameters.r).toBeCloseTo(PUBLISHED.r, 3);
    expect(fit.parameters.alpha).toBeCloseTo(PUBLISHED.alpha, 2);
    expect(fit.parameters.a).toBeCloseTo(PUBLISHED.a, 2);
    expect(fit.parameters.b).toBeCloseTo(PUBLISHED.b, 2);
    expect(fit.logLikelihood).toBeCloseTo(-9582.4, 1);
  });

  it('gives each parameter a standard error', () => {
    for (const error of Object.values(fit.errors)) expect(error).toBeGreaterThan(0);
  });

  it('expects of the customer of the paper 1.226 purchases in the next 39 weeks', () => {
    const customer = { x: 2, tx: 30.43, T: 38.86 };
    expect(expectPurchases(PUBLISHED, customer, 39)).toBeCloseTo(1.226, 2);
  });

  it('never expects a customer without repeats to be gone, and one long silent to be alive', () => {
    expect(computeProbabilityAlive(PUBLISHED, { x: 0, tx: 0, T: 30 })).toBe(1);
    expect(computeProbabilityAlive(PUBLISHED, { x: 10, tx: 5, T: 38 })).toBeLessThan(0.01);
  });

  it('expects of a new customer less than her rate would give if nobody left', () => {
    expect(expectPurchasesOfNew(PUBLISHED, 39)).toBeLessThan((PUBLISHED.r / PUBLISHED.alpha) * 39);
  });

  it('finds the published Gamma-Gamma parameters for the 946 customers with repeats', () => {
    expect(spending).toHaveLength(946);
    const { parameters } = fitGammaGamma(spending);
    expect(parameters.p).toBeCloseTo(6.25, 1);
    expect(parameters.q).toBeCloseTo(3.74, 1);
    expect(parameters.v).toBeCloseTo(15.44, 0);
    expect(expectSpending(parameters, { x: 0, mean: 0 })).toBeCloseTo((6.25 * 15.44) / 2.74, 0);
  });
});
