/**
 * k-means with k chosen by silhouette. Centres begin far from each other (k-means++, Arthur and Vassilvitskii 2007); of several beginnings
 * the one with the least spread counts. Seeded: the same points give the same clusters.
 */
import { createSeededRandom } from './random.js';

export type Point = Float64Array;

export interface Clusters {
  readonly centres: readonly Point[];
  /** The cluster of each point. */
  readonly of: Uint16Array;
  /** Mean silhouette over a sample of the points: 1 is well apart, 0 is none. */
  readonly silhouette: number;
}

const ROUNDS_MAX = 100;
/** Beginnings tried for each k. */
const STARTS = 4;
/** Points whose silhouette is computed: it takes time by their square. */
const SILHOUETTE_POINTS = 1_000;

const squareDistance = (a: Point, b: Point): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
};

function findNearest(point: Point, centres: readonly Point[]): { cluster: number; distance: number } {
  let cluster = 0;
  let distance = Number.POSITIVE_INFINITY;
  for (let c = 0; c < centres.length; c++) {
    const own = squareDistance(point, centres[c]!);
    if (own < distance) [cluster, distance] = [c, own];
  }
  return { cluster, distance };
}

function chooseCentres(points: readonly Point[], k: number, random: () => number): Point[] {
  const centres = [points[Math.floor(random() * points.length)]!];
  const distances = new Float64Array(points.length).fill(Number.POSITIVE_INFINITY);
  while (centres.length < k) {
    const last = centres.at(-1)!;
    let total = 0;
    for (let i = 0; i < points.length; i++) {
      distances[i] = Math.min(distances[i]!, squareDistance(points[i]!, last));
      total += distances[i]!;
    }
    let left = random() * total;
    let chosen = 0;
    while (chosen < points.length - 1 && left >= distances[chosen]!) left -= distances[chosen++]!;
    centres.push(points[chosen]!);
  }
  return centres;
}

function moveCentres(points: readonly Point[], of: Uint16Array, centres: readonly Point[]): Point[] {
  const counts = new Uint32Array(centres.length);
  const sums = centres.map((centre) => new Float64Array(centre.length));
  points.forEach((point, i) => {
    const sum = sums[of[i]!]!;
    counts[of[i]!]! += 1;
    for (let d = 0; d < point.length; d++) sum[d]! += point[d]!;
  });
  return sums.map((sum, c) => (counts[c] === 0 ? centres[c]! : sum.map((value) => value / counts[c]!)));
}

function runOnce(points: readonly Point[], k: number, random: () => number) {
  let centres = chooseCentres(points, k, random);
  const of = new Uint16Array(points.length);
  let spread = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    let changed = round === 0;
    let sum = 0;
    points.forEach((point, i) => {
      const { cluster, distance } = findNearest(point, centres);
      changed ||= of[i] !== cluster;
      of[i] = cluster;
      sum += distance;
    });
    spread = sum;
    if (!changed) break;
    centres = moveCentres(points, of, centres);
  }
  return { centres, of, spread };
}

/** Of a point: how much nearer it is to its own cluster than to the nearest other one. */
function computeSilhouette(points: readonly Point[], of: Uint16Array, k: number): number {
  const step = Math.max(1, Math.floor(points.length / SILHOUETTE_POINTS));
  const sample = points.map((_, i) => i).filter((i) => i % step === 0);
  let total = 0;
  for (const i of sample) {
    const sums = new Float64Array(k);
    const counts = new Uint32Array(k);
    for (const j of sample) {
      if (i === j) continue;
      sums[of[j]!]! += Math.sqrt(squareDistance(points[i]!, points[j]!));
      counts[of[j]!]! += 1;
    }
    const own = of[i]!;
    if (counts[own] === 0) continue;
    let other = Number.POSITIVE_INFINITY;
    for (let c = 0; c < k; c++)
      if (c !== own && counts[c]! > 0) other = Math.min(other, sums[c]! / counts[c]!);
    const inside = sums[own]! / counts[own]!;
    const greater = Math.max(inside, other);
    if (Number.isFinite(other) && greater > 0) total += (other - inside) / greater;
  }
  return total / sample.length;
}

/** Clusters of points by k-means with one k. */
export function findClusters(points: readonly Point[], k: number, seed: number): Clusters {
  const random = createSeededRandom(seed);
  const runs = Array.from({ length: STARTS }, () => runOnce(points, k, random));
  const { centres, of } = runs.reduce((best, run) => (run.spread < best.spread ? run : best));
  return { centres, of, silhouette: computeSilhouette(points, of, k) };
}

/** The clusters of the k from 2 to `kMax` whose silhouette is greatest. Needs more points than kMax. */
export function chooseClusters(points: readonly Point[], kMax: number, seed: number): Clusters {
  const found = Array.from({ length: kMax - 1 }, (_, i) => findClusters(points, i + 2, seed));
  return found.reduce((best, one) => (one.silhouette > best.silhouette ? one : best));
}
