/** What anybody could foretell without a model: everybody as often as people left before, or as often as those away for as long. */
import { RECENCY } from './features.js';
import type { Snapshot } from './snapshot.js';

/** Groups of people by how long they were away. */
const GROUPS = 10;

export interface Baseline {
  readonly name: 'base_rate' | 'recency_decile';
  readonly about: string;
  foretell(snapshot: Snapshot): Float64Array;
}

const rateOf = (churned: ArrayLike<number>): number =>
  Array.from(churned).reduce((sum, one) => sum + one, 0) / churned.length;

const recencyOf = ({ features }: Snapshot, row: number): number =>
  features.values[row * features.width + RECENCY]!;

function learnDeciles(learnt: Snapshot): { bounds: number[]; rates: number[] } {
  const rows = Uint32Array.from(learnt.churned, (_, i) => i).sort(
    (a, b) => recencyOf(learnt, a) - recencyOf(learnt, b),
  );
  const bounds: number[] = [];
  const rates: number[] = [];
  for (let start = 0, group = 0; start < rows.length; group++) {
    let end = Math.max(start + 1, Math.round(((group + 1) * rows.length) / GROUPS));
    while (end < rows.length && recencyOf(learnt, rows[end]!) === recencyOf(learnt, rows[end - 1]!)) end++;
    const members = rows.subarray(start, Math.min(end, rows.length));
    let gone = 0;
    for (const row of members) gone += learnt.churned[row]!;
    bounds.push(recencyOf(learnt, members.at(-1)!));
    // One more of each kind: a group of ten that all left says 11 of 12, not always.
    rates.push((gone + 1) / (members.length + 2));
    start = end;
  }
  return { bounds, rates };
}

/** The baselines as learnt at one cut. */
export function learnBaselines(learnt: Snapshot): readonly Baseline[] {
  const rate = rateOf(learnt.churned);
  const { bounds, rates } = learnDeciles(learnt);
  const groupOf = (recency: number): number => {
    const found = bounds.findIndex((bound) => recency <= bound);
    return found === -1 ? bounds.length - 1 : found;
  };
  return [
    {
      name: 'base_rate',
      about: 'everybody as often as people left in the horizon before',
      foretell: ({ churned }) => new Float64Array(churned.length).fill(rate),
    },
    {
      name: 'recency_decile',
      about: 'each as often as those left who had been away for about as long (ten groups)',
      foretell: (snapshot) =>
        Float64Array.from(snapshot.churned, (_, row) => rates[groupOf(recencyOf(snapshot, row))]!),
    },
  ];
}
