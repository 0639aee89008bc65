/** What was measured of a goal, and how it is read from sums by variant and day. */
import { createZeros, type Moments, mergeMoments } from '../../statistics/moments.js';
import type { QuantileEstimate } from './compare.js';
import type { Exposures } from './exposures.js';

export interface Measured {
  /** By variant, in their order, and day. Of a quantile: each person's events up to the variant's quantile, and all of hers. */
  readonly days: readonly (readonly Moments[])[];
  /** Funnels: units that reached each step, the exposure not among them, by variant. */
  readonly steps?: readonly (readonly number[])[];
  /** Quantiles: by variant, over all days; null where no event has the number. */
  readonly quantiles?: readonly (QuantileEstimate | null)[];
  /** Funnels: units with more matching events than were looked at. */
  readonly truncated: number;
  readonly rowsRead: number;
}

/** A row of experiment-measure.sql. */
export interface MomentsRow {
  readonly variant: string;
  readonly bucket: number;
  readonly units: number;
  readonly mean_a: number;
  readonly mean_b: number;
  readonly variance_a: number;
  readonly variance_b: number;
  readonly covariance: number;
}

const readMoments = (row: MomentsRow): Moments => {
  const count = Number(row.units);
  return {
    count,
    meanA: row.mean_a,
    meanB: row.mean_b,
    aa: row.variance_a * count,
    bb: row.variance_b * count,
    ab: row.covariance * count,
  };
};

/** Moments by variant and day over all exposed: whoever did nothing has zeros. */
export function readDays({ variants }: Exposures, rows: readonly MomentsRow[]): Moments[][] {
  const found = new Map(rows.map((row) => [`${row.bucket} ${row.variant}`, readMoments(row)]));
  return variants.map(({ name, byDay }) =>
    byDay.map((units, day) => {
      const active = found.get(`${day} ${name}`) ?? createZeros(0);
      // Events that arrive between the two statements make none of these negative.
      return mergeMoments(active, createZeros(Math.max(0, units - active.count)));
    }),
  );
}
