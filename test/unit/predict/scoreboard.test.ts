import { describe, expect, it } from 'vitest';
import {
  compareForetellings,
  computeAuc,
  computeCalibration,
  computeScore,
  logLossOf,
} from '../../../src/predict/scoreboard.js';

describe('the scoreboard', () => {
  it('counts pairs for the area under the curve, ties for half', () => {
    // Positives at 0.8 and 0.4, negatives at 0.6, 0.4 and 0.1: of six pairs won 3 + 1 and one tied.
    expect(computeAuc([0.8, 0.4, 0.6, 0.4, 0.1], [1, 1, 0, 0, 0])).toBeCloseTo(4.5 / 6, 12);
    expect(computeAuc([0.1, 0.9], [0, 1])).toBe(1);
    expect(computeAuc([0.5, 0.5, 0.5], [0, 1, 1])).toBe(0.5);
    expect(computeAuc([0.2, 0.4], [1, 1])).toBeNull();
  });

  it('computes log-loss and Brier score as by hand', () => {
    const { log_loss, brier } = computeScore([0.8, 0.25], [1, 0]);
    expect(log_loss).toBeCloseTo(-(Math.log(0.8) + Math.log(0.75)) / 2, 12);
    expect(brier).toBeCloseTo((0.04 + 0.0625) / 2, 12);
  });

  it('keeps the price of a certainty that was wrong finite', () => {
    expect(logLossOf(0, 1)).toBeCloseTo(-Math.log(1e-15), 9);
    expect(logLossOf(1, 1)).toBeCloseTo(0, 9);
  });

  it('puts equal numbers of people into bins and equal probabilities into one', () => {
    expect(computeCalibration([0.1, 0.9, 0.2, 0.8], [0, 1, 1, 1], 2)).toEqual([
      { people: 2, foretold: expect.closeTo(0.15, 12), observed: 0.5 },
      { people: 2, foretold: expect.closeTo(0.85, 12), observed: 1 },
    ]);
    expect(computeCalibration([0.5, 0.5, 0.5, 0.5], [0, 1, 1, 0], 10)).toEqual([
      { people: 4, foretold: 0.5, observed: 0.5 },
    ]);
  });

  it('compares two foretellings person by person', () => {
    const { difference, z } = compareForetellings([0.9, 0.2, 0.7], [0.5, 0.5, 0.5], [1, 0, 1]);
    const gains = [Math.log(0.9 / 0.5), Math.log(0.8 / 0.5), Math.log(0.7 / 0.5)];
    const mean = gains.reduce((a, b) => a + b) / 3;
    const variance = gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0) / 3;
    expect(difference).toBeCloseTo(mean, 12);
    expect(z).toBeCloseTo(mean / Math.sqrt(variance / 3), 9);
    expect(compareForetellings([0.5], [0.5], [1]).z).toBe(0);
  });
});
