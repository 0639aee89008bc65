/**
 * Customer lifetime value: BG/NBD for how often, Gamma-Gamma for how much, fitted on a calibration period and judged on the
 * time after it, beside a baseline that anybody could compute. When the baseline is as good, the answer says so and predicts
 * nothing. Pure: rows in, answer out.
 *
 * As the literature does, purchases of one customer on one calendar day are one purchase, time is counted in whole days between
 * calendar days, and the calibration ends with its last day. `grain` is only the unit the parameters are given in.
 */
import { RequestError } from '../../errors.js';
import {
  type BgNbdFit,
  computeProbabilityAlive,
  expectPurchases,
  expectPurchasesOfNew,
  fitBgNbd,
  type PurchaseHistory,
} from './bg-nbd.js';
import { expectSpending, fitGammaGamma, type GammaGammaFit } from './gamma-gamma.js';

/** One customer who bought first within the calibration. Days are counted from the first day of the calibration. */
export interface Customer {
  person: string;
  firstDay: number;
  /** Days with a purchase after the first, within the calibration. */
  repeats: number;
  /** Day of the last purchase within the calibration. */
  lastDay: number;
  /** Mean value of the repeat days; 0 without any. */
  meanValue: number;
  /** Days with a purchase, and their value, after the calibration. */
  laterPurchases: number;
  laterValue: number;
}

export interface LtvInput {
  customers: readonly Customer[];
  /** Length of the calibration and of the time after it, in days. */
  calibrationDays: number;
  laterDays: number;
  /** Days in the unit of time. */
  unitDays: number;
  /** Repeat purchases of these customers in each unit of time from the first day on. */
  repeatsByUnit: readonly number[];
}

/** Fewer customers say too little to fit seven parameters. */
export const CUSTOMERS_MIN = 50;
/** Frequencies beyond this are one group of the scoreboard. */
const FREQUENCY_GROUP_MAX = 7;

export interface Score {
  /** Mean absolute and root mean squared error of the purchases expected of each customer after the calibration. */
  mean_absolute_error: number;
  root_mean_squared_error: number;
  /** Purchases of all customers together: expected, and expected / actual - 1. */
  total: number;
  total_error: number | null;
}

export interface LtvModel {
  purchases: BgNbdFit;
  spending: GammaGammaFit | null;
  /** Why there is no spending model, when there is none. */
  spending_reason: string | null;
}

/** Fits both models. Throws RequestError 422 when there is too little to fit. */
export function fitLtv(input: LtvInput): LtvModel {
  if (input.customers.length < CUSTOMERS_MIN) {
    throw new RequestError(
      422,
      'too_few_customers',
      `${input.customers.length} people did this for the first time in the calibration period; at least ${CUSTOMERS_MIN} are needed. Choose an earlier "from" or a later "calibration_to".`,
    );
  }
  if (input.customers.every((customer) => customer.repeats === 0)) {
    throw new RequestError(
      422,
      'no_repeat_purchases',
      'Nobody did this twice in the calibration period, so there is nothing to learn about returning. Choose a longer period.',
    );
  }
  const purchases = fitBgNbd(groupHistories(input));
  const spenders = input.customers
    .filter((customer) => customer.repeats > 0 && customer.meanValue > 0)
    .map((customer) => ({ x: customer.repeats, mean: customer.meanValue }));
  if (spenders.length < CUSTOMERS_MIN) {
    const reason = `only ${spenders.length} customers have a repeat purchase with a positive value; ${CUSTOMERS_MIN} are needed`;
    return { purchases, spending: null, spending_reason: reason };
  }
  return { purchases, spending: fitGammaGamma(spenders), spending_reason: null };
}

const historyOf = (customer: Customer, input: LtvInput): Omit<PurchaseHistory, 'customers'> => ({
  x: customer.repeats,
  tx: (customer.lastDay - customer.firstDay) / input.unitDays,
  T: (input.calibrationDays - 1 - customer.firstDay) / input.unitDays,
});

function groupHistories(input: LtvInput): PurchaseHistory[] {
  const groups = new Map<string, PurchaseHistory>();
  for (const customer of input.customers) {
    const key = `${customer.repeats} ${customer.firstDay} ${customer.lastDay}`;
    const group = groups.get(key);
    if (group) group.customers += 1;
    else groups.set(key, { ...historyOf(customer, input), customers: 1 });
  }
  return [...groups.values()];
}

/** What the model says of one customer, for the time after the calibration. */
export interface CustomerPrediction {
  person: string;
  probability_alive: number;
  expected_purchases: number;
  /** Expected value of one purchase; null without a spending model. */
  expected_purchase_value: number | null;
  expected_value: number | null;
}

/** Predicts each customer over `days` after the calibration, in the order given. */
export function predictCustomers(input: LtvInput, model: LtvModel, days: number): CustomerPrediction[] {
  const cache = new Map<string, { alive: number; expected: number }>();
  return input.customers.map((customer) => {
    const key = `${customer.repeats} ${customer.firstDay} ${customer.lastDay}`;
    let known = cache.get(key);
    if (known === undefined) {
      const history = historyOf(customer, input);
      const { parameters } = model.purchases;
      known = {
        alive: computeProbabilityAlive(parameters, history),
        expected: expectPurchases(parameters, history, days / input.unitDays),
      };
      cache.set(key, known);
    }
    const value = model.spending
      ? expectSpending(model.spending.parameters, {
          x: customer.meanValue > 0 ? customer.repeats : 0,
          mean: customer.meanValue,
        })
      : null;
    return {
      person: customer.person,
      probability_alive: known.alive,
      expected_purchases: known.expected,
      expected_purchase_value: value,
      expected_value: value === null ? null : value * known.expected,
    };
  });
}

export interface Backtest {
  model: Score;
  baseline: Score;
  /** True when the model's error is smaller than the baseline's. */
  model_wins: boolean;
  /** Repeat purchases of all customers in each unit of time: what happened and what the model expects of customers nothing is known of. */
  by_period: { period: number; held_out: boolean; actual: number; expected: number }[];
  /** Customers by repeat purchases in the calibration: purchases after it, on average. The last group is "7 or more". */
  by_frequency: { repeats: number; customers: number; actual: number; expected: number; baseline: number }[];
  actual_total: number;
  value: { actual: number; expected: number | null };
}

/**
 * Judges a model on the time after the calibration. The baseline expects each customer to go on at her own rate of the
 * calibration (x / T), which is what a spreadsheet would say.
 */
export function judgeLtv(input: LtvInput, model: LtvModel): Backtest {
  const predictions = predictCustomers(input, model, input.laterDays);
  const baselines = input.customers.map((customer) => {
    const days = input.calibrationDays - 1 - customer.firstDay;
    return days > 0 ? (customer.repeats / days) * input.laterDays : 0;
  });
  const actuals = input.customers.map((customer) => customer.laterPurchases);
  const modelScore = computeScore(
    actuals,
    predictions.map((p) => p.expected_purchases),
  );
  const baselineScore = computeScore(actuals, baselines);
  const values = predictions.map((p) => p.expected_value);
  return {
    model: modelScore,
    baseline: baselineScore,
    model_wins: modelScore.root_mean_squared_error < baselineScore.root_mean_squared_error,
    by_period: trackPeriods(input, model),
    by_frequency: groupByFrequency(input, predictions, baselines),
    actual_total: actuals.reduce((sum, n) => sum + n, 0),
    value: {
      actual: input.customers.reduce((sum, customer) => sum + customer.laterValue, 0),
      expected: values.some((value) => value === null)
        ? null
        : values.reduce<number>((sum, value) => sum + (value ?? 0), 0),
    },
  };
}

function computeScore(actual: readonly number[], expected: readonly number[]): Score {
  let absolute = 0;
  let squared = 0;
  for (let i = 0; i < actual.length; i += 1) {
    const difference = expected[i]! - actual[i]!;
    absolute += Math.abs(difference);
    squared += difference * difference;
  }
  const total = expected.reduce((sum, n) => sum + n, 0);
  const actualTotal = actual.reduce((sum, n) => sum + n, 0);
  return {
    mean_absolute_error: absolute / actual.length,
    root_mean_squared_error: Math.sqrt(squared / actual.length),
    total,
    total_error: actualTotal === 0 ? null : total / actualTotal - 1,
  };
}

function trackPeriods(input: LtvInput, model: LtvModel): Backtest['by_period'] {
  const starters = new Map<number, number>();
  for (const { firstDay } of input.customers) starters.set(firstDay, (starters.get(firstDay) ?? 0) + 1);
  const expectedBy = (day: number): number => {
    let sum = 0;
    for (const [first, count] of starters) {
      if (day > first)
        sum += count * expectPurchasesOfNew(model.purchases.parameters, (day - first) / input.unitDays);
    }
    return sum;
  };
  let before = 0;
  return input.repeatsByUnit.map((actual, period) => {
    const until = expectedBy((period + 1) * input.unitDays);
    const expected = until - before;
    before = until;
    return {
      period: period + 1,
      held_out: period * input.unitDays >= input.calibrationDays,
      actual,
      expected,
    };
  });
}

function groupByFrequency(
  input: LtvInput,
  predictions: readonly CustomerPrediction[],
  baselines: readonly number[],
): Backtest['by_frequency'] {
  const groups = new Map<number, { customers: number; actual: number; expected: number; baseline: number }>();
  input.customers.forEach((customer, i) => {
    const repeats = Math.min(customer.repeats, FREQUENCY_GROUP_MAX);
    const group = groups.get(repeats) ?? { customers: 0, actual: 0, expected: 0, baseline: 0 };
    group.customers += 1;
    group.actual += customer.laterPurchases;
    group.expected += predictions[i]!.expected_purchases;
    group.baseline += baselines[i]!;
    groups.set(repeats, group);
  });
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([repeats, { customers, actual, expected, baseline }]) => ({
      repeats,
      customers,
      actual: actual / customers,
      expected: expected / customers,
      baseline: baseline / customers,
    }));
}
