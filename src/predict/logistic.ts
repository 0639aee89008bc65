/**
 * Logistic regression with an L2 penalty on all coefficients but the intercept, by Newton's method (iteratively reweighted least
 * squares). Rows lie one after the other in one array: 100,000 of a dozen features are a matrix of 10 MB and ten passes over it.
 */
import { invert } from './minimise.js';

/** Rows of `width` numbers, one after the other, without a column for the intercept. */
export interface Matrix {
  readonly values: Float64Array;
  readonly width: number;
  readonly rows: number;
}

export interface LogisticFit {
  readonly intercept: number;
  readonly coefficients: readonly number[];
  /** Standard errors from the inverse of the (penalised) information: of the intercept first. Null where it is not positive. */
  readonly errors: readonly (number | null)[];
  readonly converged: boolean;
}

/** Newton's steps: five to eight are usual; more than this many mean that the outcomes are separated. */
const STEPS_MAX = 50;
const TOLERANCE = 1e-9;
/** Halvings of a step that does not improve. */
const HALVINGS_MAX = 20;

export const toProbability = (logOdds: number): number =>
  logOdds >= 0 ? 1 / (1 + Math.exp(-logOdds)) : Math.exp(logOdds) / (1 + Math.exp(logOdds));

/** ln(1 + e^x) without overflow. */
const softplus = (x: number): number => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)));

/** Log-odds of one row; `weights` begin with the intercept. */
export function scoreRow({ values, width }: Matrix, row: number, weights: ArrayLike<number>): number {
  let sum = weights[0]!;
  for (let j = 0, at = row * width; j < width; j++) sum += weights[j + 1]! * values[at + j]!;
  return sum;
}

function computeLoss(matrix: Matrix, outcomes: ArrayLike<number>, weights: Float64Array, l2: number): number {
  let loss = 0;
  for (let i = 0; i < matrix.rows; i++) {
    const score = scoreRow(matrix, i, weights);
    loss += softplus(score) - outcomes[i]! * score;
  }
  for (let j = 1; j < weights.length; j++) loss += (l2 / 2) * weights[j]! ** 2;
  return loss;
}

interface Slope {
  readonly gradient: Float64Array;
  readonly information: number[][];
}

function computeSlope(matrix: Matrix, outcomes: ArrayLike<number>, weights: Float64Array, l2: number): Slope {
  const size = weights.length;
  const { values, width, rows } = matrix;
  const gradient = new Float64Array(size);
  const information = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  const x = new Float64Array(size);
  x[0] = 1;
  for (let i = 0; i < rows; i++) {
    x.set(values.subarray(i * width, (i + 1) * width), 1);
    const p = toProbability(scoreRow(matrix, i, weights));
    const weight = p * (1 - p);
    for (let j = 0; j < size; j++) {
      gradient[j]! += (p - outcomes[i]!) * x[j]!;
      const row = information[j]!;
      for (let k = 0; k <= j; k++) row[k]! += weight * x[j]! * x[k]!;
    }
  }
  for (let j = 1; j < size; j++) {
    gradient[j]! += l2 * weights[j]!;
    information[j]![j]! += l2;
  }
  for (let j = 0; j < size; j++) for (let k = 0; k < j; k++) information[k]![j] = information[j]![k]!;
  return { gradient, information };
}

/** Fits `outcomes` of 0 and 1. `l2` 0 is maximum likelihood, which has no finite answer when the rows separate the outcomes. */
export function fitLogistic(matrix: Matrix, outcomes: ArrayLike<number>, l2: number): LogisticFit {
  let weights = new Float64Array(matrix.width + 1);
  let loss = computeLoss(matrix, outcomes, weights, l2);
  let converged = false;
  for (let step = 0; step < STEPS_MAX && !converged; step++) {
    const { gradient, information } = computeSlope(matrix, outcomes, weights, l2);
    const inverse = invert(information);
    if (!inverse) break;
    const move = inverse.map((row) => row.reduce((sum, value, j) => sum + value * gradient[j]!, 0));
    let share = 1;
    let next = weights;
    let nextLoss = Number.POSITIVE_INFINITY;
    for (let halving = 0; halving < HALVINGS_MAX; halving++, share /= 2) {
      next = weights.map((weight, j) => weight - share * move[j]!);
      nextLoss = computeLoss(matrix, outcomes, next, l2);
      if (nextLoss <= loss + TOLERANCE) break;
    }
    converged = Math.abs(loss - nextLoss) <= TOLERANCE * (1 + Math.abs(loss));
    if (nextLoss <= loss + TOLERANCE) [weights, loss] = [next, nextLoss];
  }
  const covariance = invert(computeSlope(matrix, outcomes, weights, l2).information);
  return {
    intercept: weights[0]!,
    coefficients: [...weights.subarray(1)],
    errors: Array.from(weights, (_, j) => {
      const variance = covariance?.[j]?.[j];
      return variance !== undefined && variance > 0 ? Math.sqrt(variance) : null;
    }),
    converged,
  };
}
