import { describe, expect, it } from 'vitest';
import { fitLogistic, type Matrix, scoreRow, toProbability } from '../../../src/predict/logistic.js';

/**
 * Temperature at launch (degrees Fahrenheit) and whether an O-ring was damaged, 23 shuttle flights before Challenger: Dalal, Fowlkes and
 * Hoadley, "Risk Analysis of the Space Shuttle" (Journal of the American Statistical Association 84:408, 1989). The fit
 * printed in textbooks since: logit(p) = 15.0429 - 0.2322 temperature, standard errors 7.3786 and 0.1082.
 */
const DAMAGED = [53, 57, 58, 63, 70, 70, 75];
const SOUND = [66, 67, 67, 67, 68, 69, 70, 70, 72, 73, 75, 76, 76, 78, 79, 81];

const matrixOf = (rows: readonly (readonly number[])[]): Matrix => ({
  values: Float64Array.from(rows.flat()),
  width: rows[0]!.length,
  rows: rows.length,
});

describe('logistic regression', () => {
  const temperatures = [...DAMAGED, ...SOUND];
  const outcomes = [...DAMAGED.map(() => 1), ...SOUND.map(() => 0)];
  const matrix = matrixOf(temperatures.map((t) => [t]));

  it('finds the published coefficients and standard errors of the O-rings', () => {
    const fit = fitLogistic(matrix, outcomes, 0);
    expect(fit.converged).toBe(true);
    expect(fit.intercept).toBeCloseTo(15.0429, 3);
    expect(fit.coefficients[0]).toBeCloseTo(-0.2322, 4);
    expect(fit.errors[0]).toBeCloseTo(7.3786, 2);
    expect(fit.errors[1]).toBeCloseTo(0.1082, 4);
  });

  it('foretells damage at the temperature of that morning', () => {
    const fit = fitLogistic(matrix, outcomes, 0);
    const score = scoreRow(matrixOf([[31]]), 0, [fit.intercept, ...fit.coefficients]);
    expect(toProbability(score)).toBeGreaterThan(0.99);
  });

  it('stays finite under a penalty when the outcomes are separated', () => {
    const fit = fitLogistic(matrixOf([[-2], [-1], [1], [2]]), [0, 0, 1, 1], 1);
    expect(fit.converged).toBe(true);
    expect(fit.coefficients[0]).toBeGreaterThan(0);
    expect(fit.coefficients[0]).toBeLessThan(5);
  });

  it('gives a column that never varies nothing to say', () => {
    const fit = fitLogistic(matrixOf(temperatures.map((t) => [(t - 70) / 7, 0])), outcomes, 1);
    expect(fit.coefficients[1]).toBeCloseTo(0, 9);
  });
});
