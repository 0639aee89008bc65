import { describe, expect, it } from 'vitest';
import { groupByBehaviour } from '../../../../src/query/patterns/behaviour.js';
import type { History } from '../../../../src/query/patterns/history.js';
import { chooseClusters, findClusters } from '../../../../src/statistics/clusters.js';
import { createSeededRandom } from '../../../../src/statistics/random.js';

const pairs = (n: number): number => (n * (n - 1)) / 2;

/** Hubert and Arabie's adjusted Rand index: 1 for the same partition, about 0 for unrelated ones. */
function computeAdjustedRand(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const counts = {
    both: new Map<string, number>(),
    one: new Map<number, number>(),
    other: new Map<number, number>(),
  };
  const add = <K>(map: Map<K, number>, key: K): void => void map.set(key, (map.get(key) ?? 0) + 1);
  for (let i = 0; i < one.length; i++) {
    add(counts.both, `${one[i]} ${other[i]}`);
    add(counts.one, one[i]!);
    add(counts.other, other[i]!);
  }
  const sum = (map: Map<unknown, number>): number =>
    [...map.values()].reduce((total, n) => total + pairs(n), 0);
  const chance = (sum(counts.one) * sum(counts.other)) / pairs(one.length);
  return (sum(counts.both) - chance) / ((sum(counts.one) + sum(counts.other)) / 2 - chance);
}

const CENTRES = [
  [0, 0, 0],
  [6, 0, 1],
  [0, 6, -1],
  [6, 6, 0],
];

function plant(seed: number): { points: Float64Array[]; planted: number[] } {
  const random = createSeededRandom(seed);
  const noise = (): number => random() + random() + random() - 1.5;
  const planted = Array.from({ length: 400 }, (_, i) => i % CENTRES.length);
  return { planted, points: planted.map((c) => Float64Array.from(CENTRES[c]!, (x) => x + noise())) };
}

describe('clusters', () => {
  it.each([1, 2, 3])('recovers planted groups and how many there are (seed %i)', (seed) => {
    const { points, planted } = plant(seed);
    const { of, centres, silhouette } = chooseClusters(points, 8, seed);
    expect(centres).toHaveLength(CENTRES.length);
    expect(computeAdjustedRand(of, planted)).toBeGreaterThan(0.98);
    expect(silhouette).toBeGreaterThan(0.6);
  });

  it('gives the same clusters for the same seed', () => {
    const { points } = plant(5);
    expect(findClusters(points, 4, 9)).toEqual(findClusters(points, 4, 9));
  });

  it('finds an index of about nothing between unrelated partitions', () => {
    const random = createSeededRandom(3);
    const draw = () => Array.from({ length: 500 }, () => Math.floor(random() * 4));
    expect(Math.abs(computeAdjustedRand(draw(), draw()))).toBeLessThan(0.05);
  });
});

describe('groups by behaviour', () => {
  const DAY_MS = 86_400_000;
  const END = 100 * DAY_MS;
  const spread = (kind: number, times: number, lastDay: number): History => ({
    member: true,
    instants: Float64Array.from({ length: times }, (_, i) => (lastDay - times + 1 + i) * DAY_MS),
    kinds: new Uint32Array(times).fill(kind),
  });
  const people = Array.from({ length: 120 }, (_, i) =>
    i % 3 === 0 ? spread(1, 20 + (i % 5), 99) : spread(0, 2 + (i % 3), 40 + (i % 7)),
  );

  it('tells in words what sets each group apart', () => {
    const found = groupByBehaviour(people, ['looked', 'bought'], END)!;
    expect(found.apart).toBe(true);
    const sizes = found.clusters.map(({ people: size }) => size);
    expect(sizes.reduce((a, b) => a + b)).toBe(120);
    const buyers = found.clusters.filter(({ description }) => description.includes('bought'));
    expect(buyers.some(({ description }) => description.includes('which the others never do'))).toBe(true);
  });

  it('says nothing of fewer than fifty people', () => {
    expect(groupByBehaviour(people.slice(0, 49), ['looked', 'bought'], END)).toBeUndefined();
  });
});
