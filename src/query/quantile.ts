/** Exact quantiles: every value is kept and sorted. Between two neighbours the quantile is interpolated, as percentile_cont does. */

/** Numbers that grow one at a time, eight bytes each. There may be very many small ones, so they are data and nothing else. */
export interface Sample {
  values: Float64Array;
  size: number;
  sorted: boolean;
}

const EMPTY = new Float64Array(0);

export const createSample = (): Sample => ({ values: EMPTY, size: 0, sorted: true });

function reserve(sample: Sample, count: number): void {
  if (count <= sample.values.length) return;
  const larger = new Float64Array(2 ** Math.ceil(Math.log2(count)));
  larger.set(sample.values.subarray(0, sample.size));
  sample.values = larger;
}

export function addValue(sample: Sample, value: number): void {
  reserve(sample, sample.size + 1);
  sample.values[sample.size++] = value;
  sample.sorted = false;
}

export function addSample(into: Sample, from: Sample): void {
  reserve(into, into.size + from.size);
  into.values.set(from.values.subarray(0, from.size), into.size);
  into.size += from.size;
  into.sorted = false;
}

/** The quantile at `level` from 0 to 1, null of nothing. Sorts the sample at the first call. */
export function readQuantile(sample: Sample, level: number): number | null {
  const { values, size } = sample;
  if (size === 0) return null;
  if (!sample.sorted) values.subarray(0, size).sort();
  sample.sorted = true;
  const place = (size - 1) * level;
  const below = values[Math.floor(place)]!;
  const above = values[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}
