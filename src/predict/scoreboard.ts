/** How good foretold probabilities were: area under the curve, log-loss, Brier score, calibration. Pure. */

export interface CalibrationBin {
  readonly people: number;
  /** Mean probability foretold in the bin, and the share of it that came true. */
  readonly foretold: number;
  readonly observed: number;
}

export interface Score {
  /** Chance that one whom it happened to was ranked above one whom it did not; ties count half. Null without both kinds. */
  readonly auc: number | null;
  readonly log_loss: number;
  readonly brier: number;
}

/** A probability of 0 that comes true would cost infinitely much; none is taken to be surer than this. */
const SURE = 1e-15;

export const logLossOf = (probability: number, outcome: number): number => {
  const p = Math.min(1 - SURE, Math.max(SURE, probability));
  return -(outcome === 1 ? Math.log(p) : Math.log(1 - p));
};

const meanOf = (count: number, valueAt: (index: number) => number): number => {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += valueAt(i);
  return sum / count;
};

/** By the ranks of those it happened to (Mann and Whitney), tied ones sharing the mean of their ranks. */
export function computeAuc(probabilities: ArrayLike<number>, outcomes: ArrayLike<number>): number | null {
  const order = Uint32Array.from(probabilities, (_, i) => i).sort(
    (a, b) => probabilities[a]! - probabilities[b]!,
  );
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    let tiedPositives = 0;
    while (end < order.length && probabilities[order[end]!] === probabilities[order[start]!]) {
      tiedPositives += outcomes[order[end]!]!;
      end += 1;
    }
    positives += tiedPositives;
    rankSum += tiedPositives * ((start + 1 + end) / 2);
    start = end;
  }
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) return null;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

export const computeScore = (probabilities: ArrayLike<number>, outcomes: ArrayLike<number>): Score => ({
  auc: computeAuc(probabilities, outcomes),
  log_loss: meanOf(outcomes.length, (i) => logLossOf(probabilities[i]!, outcomes[i]!)),
  brier: meanOf(outcomes.length, (i) => (probabilities[i]! - outcomes[i]!) ** 2),
});

/** Bins of as many people as each other by the probability foretold; equal probabilities stay in one bin. */
export function computeCalibration(
  probabilities: ArrayLike<number>,
  outcomes: ArrayLike<number>,
  bins: number,
): CalibrationBin[] {
  const order = Uint32Array.from(probabilities, (_, i) => i).sort(
    (a, b) => probabilities[a]! - probabilities[b]!,
  );
  const found: CalibrationBin[] = [];
  for (let start = 0; start < order.length; ) {
    const left = bins - found.length;
    let end = Math.min(order.length, start + Math.max(1, Math.round((order.length - start) / left)));
    while (end < order.length && probabilities[order[end]!] === probabilities[order[end - 1]!]) end += 1;
    const people = end - start;
    const first = start;
    found.push({
      people,
      foretold: meanOf(people, (i) => probabilities[order[first + i]!]!),
      observed: meanOf(people, (i) => outcomes[order[first + i]!]!),
    });
    start = end;
  }
  return found;
}

/**
 * Whether one foretelling has a smaller log-loss than another by more than chance: the mean of the differences person by person, over
 * its standard error. Greater than 0: the first is better.
 */
export function compareForetellings(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  outcomes: ArrayLike<number>,
): { difference: number; z: number } {
  const count = outcomes.length;
  const differenceAt = (i: number): number =>
    logLossOf(second[i]!, outcomes[i]!) - logLossOf(first[i]!, outcomes[i]!);
  const difference = meanOf(count, differenceAt);
  const variance = meanOf(count, (i) => (differenceAt(i) - difference) ** 2);
  return { difference, z: variance === 0 ? 0 : difference / Math.sqrt(variance / count) };
}
