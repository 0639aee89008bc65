/** The back-test of lifetime value: the model and the baseline on the time after the calibration. Pure. */
import { expectPurchasesOfNew } from './bg-nbd.js';
import {
  type CustomerPrediction,
  type LtvInput,
  type LtvModel,
  parametersOf,
  predictCustomers,
  watchOf,
} from './model.js';

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

export interface Backtest {
  model: Score;
  baseline: Score;
  /** True when the model's error is smaller than the baseline's. */
  model_wins: boolean;
  /** Repeat purchases of all customers in each unit of time: what happened and what the model expects of customers nothing is known of. */
  by_period: {
    period: number;
    held_out: boolean;
    actual: number;
    expected: number;
    actual_cumulative: number;
    expected_cumulative: number;
  }[];
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
  const predictions = predictCustomers(input.customers, parametersOf(model), watchOf(input), input.laterDays);
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
  let happened = 0;
  return input.repeatsByUnit.map((actual, period) => {
    const until = expectedBy((period + 1) * input.unitDays);
    const expected = until - before;
    before = until;
    happened += actual;
    return {
      period: period + 1,
      held_out: period * input.unitDays >= input.calibrationDays,
      actual,
      expected,
      actual_cumulative: happened,
      expected_cumulative: until,
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
