/** From fitted models and their back-test to the answer of the interface. Pure. */
import type { ForetoldPerson, Training } from '../foretold.js';
import { type Backtest, judgeLtv } from './judge.js';
import { fitLtv, type LtvInput, type LtvModel, parametersOf, predictCustomers } from './model.js';

type Named = Record<'r' | 'alpha' | 'a' | 'b', number> & Record<'p' | 'q' | 'v', number | null>;

export interface LtvAnswer {
  model: 'bg-nbd+gamma-gamma';
  parameters: Named & { log_likelihood: number; spending_log_likelihood: number | null };
  /** Standard errors of the parameters. */
  errors: { [name in keyof Named]: number | null };
  converged: boolean;
  /** Why there are no p, q and v. */
  spending_reason: string | null;
  backtest: Omit<Backtest, 'baseline' | 'model_wins'>;
  baseline: { name: string; about: string } & Backtest['baseline'] & { wins: boolean };
  predicts: boolean;
  reason: string | null;
  /** Days after `to` that are predicted. */
  horizon_days: number;
  summary: string;
}

function listParameters({ purchases, spending }: LtvModel): Pick<LtvAnswer, 'parameters' | 'errors'> {
  const none = { p: null, q: null, v: null };
  return {
    parameters: {
      ...purchases.parameters,
      ...(spending?.parameters ?? none),
      log_likelihood: purchases.logLikelihood,
      spending_log_likelihood: spending?.logLikelihood ?? null,
    },
    errors: { ...purchases.errors, ...(spending?.errors ?? none) },
  };
}

function summarise(backtest: Backtest): string {
  const { model, baseline } = backtest;
  const errors = `root mean squared error ${model.root_mean_squared_error.toFixed(3)} against ${baseline.root_mean_squared_error.toFixed(3)} purchases a person`;
  return backtest.model_wins
    ? `On the time it had not seen the model was closer than each person's own past rate: ${errors}.`
    : `On the time it had not seen the model was no closer than each person's own past rate (${errors}), so nothing is predicted.`;
}

/** People by the value expected of them after what was watched. */
function listPeople(input: LtvInput, model: LtvModel): ForetoldPerson[] {
  const watch = { watchedDays: input.calibrationDays + input.laterDays, unitDays: input.unitDays };
  const predictions = predictCustomers(input.buyers, parametersOf(model), watch, input.laterDays);
  return predictions
    .map(({ person, ...shown }, i) => {
      const { key, firstDay, repeats, lastDay, meanValue } = input.buyers[i]!;
      const score = shown.expected_value ?? shown.expected_purchases;
      const history = { repeats, first_day: firstDay, last_day: lastDay, mean_value: meanValue };
      return { person, key, score, shown: { ...shown, ...history } };
    })
    .sort((a, b) => b.score - a.score || (a.person < b.person ? -1 : 1));
}

/** Fits, judges and, when the model beats the baseline, predicts. Throws RequestError 422 when there is too little to fit. */
export function answerLtv(input: LtvInput): Training<LtvAnswer> {
  const model = fitLtv(input);
  const { baseline, model_wins, ...backtest } = judgeLtv(input, model);
  const answer: LtvAnswer = {
    model: 'bg-nbd+gamma-gamma',
    ...listParameters(model),
    converged: model.purchases.converged && (model.spending?.converged ?? true),
    spending_reason: model.spending_reason,
    backtest,
    baseline: {
      name: 'own_past_rate',
      about: 'each person goes on at the rate of her repeat purchases in the calibration',
      ...baseline,
      wins: !model_wins,
    },
    predicts: model_wins,
    reason: model_wins ? null : 'baseline_wins',
    horizon_days: input.laterDays,
    summary: summarise({ baseline, model_wins, ...backtest }),
  };
  return { answer, people: model_wins ? listPeople(input, model) : [] };
}
