/** From what is known of people at three cuts to a fitted, judged and explained model. Pure. */
import { RequestError } from '../../errors.js';
import { twoSidedP } from '../../statistics/distributions.js';
import type { ForetoldPerson, Training } from '../foretold.js';
import {
  type CalibrationBin,
  compareForetellings,
  computeCalibration,
  computeScore,
  type Score,
} from '../scoreboard.js';
import { learnBaselines } from './baselines.js';
import { CHURN_FEATURES } from './features.js';
import { type ChurnModel, fitChurn, foretell, PEOPLE_MIN } from './model.js';
import type { Snapshot } from './snapshot.js';

const BINS = 10;
/** Factors told of one person. */
const FACTORS_SHOWN = 3;
/** The model has to beat the best baseline by this many standard errors: chance does so once in twenty. */
const Z_MIN = 1.645;

export interface ChurnFactor {
  readonly feature: string;
  readonly about: string;
  /** Change of the log-odds of leaving for one standard deviation more. */
  readonly coefficient: number;
  readonly error: number | null;
  readonly p_value: number | null;
}

export interface ChurnInput {
  readonly learn: Snapshot;
  readonly judge: Snapshot;
  readonly predict: Snapshot;
  /** Places in CHURN_FEATURES. */
  readonly features: readonly number[];
}

export interface ChurnAnswer {
  readonly model: 'logistic+platt';
  readonly people: { learnt: number; calibrated: number; judged: number; predicted: number };
  readonly intercept: { coefficient: number; error: number | null };
  /** Most telling first. */
  readonly factors: readonly ChurnFactor[];
  readonly calibration_map: { readonly offset: number; readonly slope: number };
  readonly converged: boolean;
  readonly scoreboard: Score & { base_rate: number; calibration: readonly CalibrationBin[] };
  readonly baselines: readonly (Score & { name: string; about: string })[];
  readonly baseline: { name: string; wins: boolean; difference: number; z: number };
  readonly predicts: boolean;
  readonly reason: string | null;
  readonly summary: string;
}

function listFactors({ fit, features, deviations }: ChurnModel): ChurnFactor[] {
  return features
    .map((place, j) => {
      const coefficient = fit.coefficients[j]!;
      // What is the same for everybody says nothing, and its error would be that of the penalty.
      const error = deviations[j] === 0 ? null : (fit.errors[j + 1] ?? null);
      const { name, about } = CHURN_FEATURES[place]!;
      return {
        feature: name,
        about,
        coefficient,
        error,
        p_value: error === null ? null : twoSidedP(coefficient / error),
      };
    })
    .sort((a, b) => Math.abs(b.coefficient) - Math.abs(a.coefficient));
}

function listPeople(model: ChurnModel, snapshot: Snapshot): ForetoldPerson[] {
  const { probabilities, contributions } = foretell(model, snapshot);
  const { values, width } = contributions;
  const people = snapshot.people.map((person, row) => {
    const factors = model.features
      .map((place, j) => ({ feature: CHURN_FEATURES[place]!.name, contribution: values[row * width + j]! }))
      .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
      .slice(0, FACTORS_SHOWN);
    const score = probabilities[row]!;
    return { person, key: snapshot.keys[row]!, score, shown: { risk: score, factors } };
  });
  return people.sort((a, b) => b.score - a.score || (a.person < b.person ? -1 : 1));
}

function judge(model: ChurnModel, { learn, judge: judged }: ChurnInput) {
  const { probabilities } = foretell(model, judged);
  const baselines = learnBaselines(learn).map(({ name, about, foretell: say }) => {
    const said = say(judged);
    return { name, about, said, score: computeScore(said, judged.churned) };
  });
  const best = baselines.reduce((a, b) => (b.score.log_loss < a.score.log_loss ? b : a));
  return {
    scoreboard: {
      ...computeScore(probabilities, judged.churned),
      base_rate: judged.churned.reduce((sum, one) => sum + one, 0) / judged.churned.length,
      calibration: computeCalibration(probabilities, judged.churned, BINS),
    },
    baselines,
    best,
    ...compareForetellings(probabilities, best.said, judged.churned),
  };
}

const BASELINE_WORDS = { base_rate: 'the base rate', recency_decile: 'how long people had been away' };

/** Fits, judges and, when the model beats the baselines, foretells. @throws RequestError 422 when there is too little to learn from */
export function answerChurn(input: ChurnInput): Training<ChurnAnswer> {
  const model = fitChurn(input.learn, input.features);
  if (input.judge.people.length < PEOPLE_MIN)
    throw new RequestError(
      422,
      'too_few_people',
      `${input.judge.people.length} people were active in the horizon before cut; at least ${PEOPLE_MIN} are needed to judge a model by.`,
    );
  const { scoreboard, baselines, best, difference, z } = judge(model, input);
  const predicts = z > Z_MIN;
  const numbers = `log-loss ${scoreboard.log_loss.toFixed(4)} against ${best.score.log_loss.toFixed(4)}`;
  const than = BASELINE_WORDS[best.name];
  const summary = predicts
    ? `On the horizon after the cut the model foretold better than ${than} (${numbers}).`
    : `On the horizon after the cut the model foretold no better than ${than}, beyond chance (${numbers}), so nothing is predicted.`;
  const people = predicts ? listPeople(model, input.predict) : [];
  return {
    answer: {
      model: 'logistic+platt',
      people: {
        learnt: model.fitted,
        calibrated: model.calibrated,
        judged: input.judge.people.length,
        predicted: people.length,
      },
      intercept: { coefficient: model.fit.intercept, error: model.fit.errors[0] ?? null },
      factors: listFactors(model),
      calibration_map: model.calibration,
      converged: model.fit.converged,
      scoreboard,
      baselines: baselines.map(({ name, about, score }) => ({ name, about, ...score })),
      baseline: { name: best.name, wins: !predicts, difference, z },
      predicts,
      reason: predicts ? null : 'baseline_wins',
      summary,
    },
    people,
  };
}
