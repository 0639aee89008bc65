import { describe, expect, test } from 'vitest';
import { rankFactors } from '../../../src/query/funnel/factors.js';
import { testExactly } from '../../../src/statistics/fisher.js';

describe("Fisher's exact test", () => {
  // The lady tasting tea, and other tables whose p-values are in print.
  test.each([
    [3, 4, 1, 4, 0.4857],
    [4, 4, 0, 4, 0.02857],
    [1, 12, 9, 12, 0.00276],
    [8, 10, 1, 6, 0.03497],
    [0, 5, 0, 7, 1],
  ])('%i of %i against %i of %i: %f', (a, n, b, m, p) => {
    expect(testExactly({ successes: a, trials: n }, { successes: b, trials: m })).toBeCloseTo(p, 4);
    expect(testExactly({ successes: b, trials: m }, { successes: a, trials: n })).toBeCloseTo(p, 4);
  });

  test('agrees with the normal test on large counts', () => {
    const p = testExactly({ successes: 520, trials: 1_000 }, { successes: 480, trials: 1_000 });
    expect(p).toBeGreaterThan(0.07);
    expect(p).toBeLessThan(0.085);
  });
});

describe('factors', () => {
  const total = { entered: 1_000, converted: 300 };
  const event = (name: string, entered: number, converted: number) =>
    ({ kind: 'event', name, entered, converted }) as const;

  test('the surest comes first, with its lift over everybody else', () => {
    const [first] = rankFactors([event('none', 500, 150), event('good', 400, 200)], total, 0.05);
    expect(first).toMatchObject({ name: 'good', units: 400, converted: 200, test: 'z', significant: true });
    expect(first!.lift).toBeCloseTo(0.5 / (100 / 600), 10);
  });

  test('small cells are compared exactly', () => {
    const [factor] = rankFactors([event('rare', 6, 6)], total, 0.05);
    expect(factor!.test).toBe('fisher');
    expect(factor!.p_value).toBeCloseTo(
      testExactly({ successes: 6, trials: 6 }, { successes: 294, trials: 994 }),
      12,
    );
  });

  test('among many candidates one in twenty does not stand out by chance', () => {
    // Rates from 0.25 to 0.35 around 0.3: the outermost are significant alone, and not among a hundred.
    const candidates = Array.from({ length: 100 }, (_, i) => event(`e${i}`, 500, 137 + (i % 27)));
    const ranked = rankFactors(candidates, total, 0.05);
    expect(ranked.some(({ p_value }) => p_value < 0.1)).toBe(true);
    for (const { p_value, q_value } of ranked) expect(q_value).toBeGreaterThanOrEqual(p_value);
    expect(ranked.filter(({ significant }) => significant).length).toBe(
      ranked.filter(({ q_value }) => q_value <= 0.05).length,
    );
  });

  test('a rate of nothing without it has no lift', () => {
    expect(rankFactors([event('all', 500, 300)], total, 0.05)[0]).toMatchObject({ lift: null });
  });
});
