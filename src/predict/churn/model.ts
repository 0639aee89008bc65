/**
 * The churn model: logistic regression on standardised features, fitted on three quarters of the people at the cut it learns at,
 * and calibrated on the other quarter (Platt: a logistic regression of the outcome on the log-odds). Rows come in the order
 * of hashes, so every fourth is as good as drawn at random and the same each time. The cut that judges lies a horizon later.
 */
import { RequestError } from '../../errors.js';
import { fitLogistic, type LogisticFit, type Matrix, scoreRow, toProbability } from '../logistic.js';
import type { Snapshot } from './snapshot.js';

/** Fewer people say too little about nine features. */
export const PEOPLE_MIN = 50;
/** Penalty on standardised coefficients: that of a normal prior of standard deviation 1. */
const L2 = 1;
/** Every so many-th person calibrates. */
const CALIBRATE_EVERY = 4;

export interface ChurnModel {
  /** Places in CHURN_FEATURES. */
  readonly features: readonly number[];
  readonly means: readonly number[];
  /** Standard deviations; 0: the feature is the same for everybody and left out. */
  readonly deviations: readonly number[];
  /** Of standardised features. */
  readonly fit: LogisticFit;
  /** probability = 1 / (1 + exp(-(offset + slope * log-odds))). */
  readonly calibration: { readonly offset: number; readonly slope: number };
  readonly fitted: number;
  readonly calibrated: number;
}

function pickRows({ features }: Snapshot, columns: readonly number[], rows: readonly number[]): Matrix {
  const values = new Float64Array(rows.length * columns.length);
  rows.forEach((row, i) => {
    columns.forEach((column, j) => {
      values[i * columns.length + j] = features.values[row * features.width + column]!;
    });
  });
  return { values, width: columns.length, rows: rows.length };
}

function measure({ values, width, rows }: Matrix): { means: number[]; deviations: number[] } {
  const means = new Array<number>(width).fill(0);
  const deviations = new Array<number>(width).fill(0);
  for (let i = 0; i < values.length; i++) means[i % width]! += values[i]! / rows;
  for (let i = 0; i < values.length; i++)
    deviations[i % width]! += (values[i]! - means[i % width]!) ** 2 / rows;
  return { means, deviations: deviations.map((variance) => (variance > 1e-18 ? Math.sqrt(variance) : 0)) };
}

type Scale = Pick<ChurnModel, 'means' | 'deviations'>;

function standardise({ values, width, rows }: Matrix, { means, deviations }: Scale): Matrix {
  const scaled = values.map((value, i) => {
    const deviation = deviations[i % width]!;
    return deviation === 0 ? 0 : (value - means[i % width]!) / deviation;
  });
  return { values: scaled, width, rows };
}

const weightsOf = ({ intercept, coefficients }: LogisticFit): number[] => [intercept, ...coefficients];

/** Who is too few, or all alike. @throws RequestError 422 */
function refuseTooLittle(learnt: Snapshot): void {
  const people = learnt.people.length;
  if (people < PEOPLE_MIN)
    throw new RequestError(
      422,
      'too_few_people',
      `${people} people were active in the horizon before the cut the model learns at; at least ${PEOPLE_MIN} are needed. Choose a longer horizon, a wider activity or a later cut.`,
    );
  const gone = learnt.churned.reduce((sum, one) => sum + one, 0);
  if (gone > 0 && gone < people) return;
  throw new RequestError(
    422,
    'one_outcome',
    `Of the ${people} people to learn from ${gone === 0 ? 'nobody' : 'everybody'} left, so there is nothing to tell them apart by. Choose another horizon or cut.`,
  );
}

/** Fits and calibrates. @throws RequestError 422 when there is too little to learn from */
export function fitChurn(learnt: Snapshot, features: readonly number[]): ChurnModel {
  refuseTooLittle(learnt);
  const rows = learnt.people.map((_, row) => row);
  const fitted = rows.filter((row) => row % CALIBRATE_EVERY !== CALIBRATE_EVERY - 1);
  const held = rows.filter((row) => row % CALIBRATE_EVERY === CALIBRATE_EVERY - 1);
  const raw = pickRows(learnt, features, fitted);
  const scale = measure(raw);
  const outcomesOf = (chosen: readonly number[]) => Uint8Array.from(chosen, (row) => learnt.churned[row]!);
  const fit = fitLogistic(standardise(raw, scale), outcomesOf(fitted), L2);
  const heldScaled = standardise(pickRows(learnt, features, held), scale);
  const scores = Float64Array.from(held, (_, i) => scoreRow(heldScaled, i, weightsOf(fit)));
  // The penalty keeps the two numbers finite when the few people held out are told apart without error.
  const platt = fitLogistic({ values: scores, width: 1, rows: held.length }, outcomesOf(held), L2 / 100);
  return {
    features,
    ...scale,
    fit,
    calibration: { offset: platt.intercept, slope: platt.coefficients[0]! },
    fitted: fitted.length,
    calibrated: held.length,
  };
}

export interface Foretold {
  readonly probabilities: Float64Array;
  /** What each feature adds to a person's log-odds: row by row, in the order of the model's features. */
  readonly contributions: Matrix;
}

/** What the model says of people at a cut. */
export function foretell(model: ChurnModel, snapshot: Snapshot): Foretold {
  const { offset, slope } = model.calibration;
  const rows = snapshot.people.map((_, row) => row);
  const scaled = standardise(pickRows(snapshot, model.features, rows), model);
  const weights = weightsOf(model.fit);
  const width = model.features.length;
  return {
    probabilities: Float64Array.from(rows, (row) =>
      toProbability(offset + slope * scoreRow(scaled, row, weights)),
    ),
    contributions: {
      ...scaled,
      values: scaled.values.map((value, i) => slope * model.fit.coefficients[i % width]! * value),
    },
  };
}
