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
  type BgNbd,
  type BgNbdFit,
  computeProbabilityAlive,
  expectPurchases,
  fitBgNbd,
  type PurchaseHistory,
} from './bg-nbd.js';
import { expectSpending, fitGammaGamma, type GammaGamma, type GammaGammaFit } from './gamma-gamma.js';

/** What is known of one person at some instant. Days are counted from the first day of the calibration. */
export interface Buyer {
  person: string;
  /** person_key, in decimal. */
  key: string;
  firstDay: number;
  /** Days with a purchase after the first. */
  repeats: number;
  /** Day of the last purchase. */
  lastDay: number;
  /** Mean value of the repeat days; 0 without any. */
  meanValue: number;
}

/** One who bought first within the calibration, as known at its end. */
export interface Customer extends Buyer {
  /** Days with a purchase, and their value, after the calibration. */
  laterPurchases: number;
  laterValue: number;
}

export interface LtvInput {
  customers: readonly Customer[];
  /** Everybody, as of the end of what is looked at: who is predicted. */
  buyers: readonly Buyer[];
  /** Length of the calibration and of the time after it, in days. */
  calibrationDays: number;
  laterDays: number;
  /** Days in the unit of time. */
  unitDays: number;
  /** Repeat purchases of these customers in each unit of time from the first day on. */
  repeatsByUnit: readonly number[];
}

/** Fewer customers say too little to fit seven parameters. */
const CUSTOMERS_MIN = 50;

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

/** How long people were watched, in days since the first day of the calibration, and the days of a unit of time. */
export interface Watch {
  watchedDays: number;
  unitDays: number;
}

const historyOf = (buyer: Buyer, { watchedDays, unitDays }: Watch): Omit<PurchaseHistory, 'customers'> => ({
  x: buyer.repeats,
  tx: (buyer.lastDay - buyer.firstDay) / unitDays,
  T: (watchedDays - 1 - buyer.firstDay) / unitDays,
});

export const watchOf = ({ calibrationDays, unitDays }: LtvInput): Watch => ({
  watchedDays: calibrationDays,
  unitDays,
});

function groupHistories(input: LtvInput): PurchaseHistory[] {
  const groups = new Map<string, PurchaseHistory>();
  for (const customer of input.customers) {
    const key = `${customer.repeats} ${customer.firstDay} ${customer.lastDay}`;
    const group = groups.get(key);
    if (group) group.customers += 1;
    else groups.set(key, { ...historyOf(customer, watchOf(input)), customers: 1 });
  }
  return [...groups.values()];
}

/** What the model says of one customer. */
export interface CustomerPrediction {
  person: string;
  probability_alive: number;
  expected_purchases: number;
  /** Expected value of one purchase; null without a spending model. */
  expected_purchase_value: number | null;
  expected_value: number | null;
}

/** The parameters that predictions need. */
export interface LtvParameters {
  purchases: BgNbd;
  spending: GammaGamma | null;
}

export const parametersOf = ({ purchases, spending }: LtvModel): LtvParameters => ({
  purchases: purchases.parameters,
  spending: spending?.parameters ?? null,
});

/** Predicts each customer over the `days` after what was watched, in the order given. */
export function predictCustomers(
  buyers: readonly Buyer[],
  { purchases, spending }: LtvParameters,
  watch: Watch,
  days: number,
): CustomerPrediction[] {
  const cache = new Map<string, { alive: number; expected: number }>();
  return buyers.map((buyer) => {
    const key = `${buyer.repeats} ${buyer.firstDay} ${buyer.lastDay}`;
    let known = cache.get(key);
    if (known === undefined) {
      const history = historyOf(buyer, watch);
      known = {
        alive: computeProbabilityAlive(purchases, history),
        expected: expectPurchases(purchases, history, days / watch.unitDays),
      };
      cache.set(key, known);
    }
    const spent = { x: buyer.meanValue > 0 ? buyer.repeats : 0, mean: buyer.meanValue };
    const value = spending ? expectSpending(spending, spent) : null;
    return {
      person: buyer.person,
      probability_alive: known.alive,
      expected_purchases: known.expected,
      expected_purchase_value: value,
      expected_value: value === null ? null : value * known.expected,
    };
  });
}
