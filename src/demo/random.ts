/** From 0 to 1, 1 excluded: numbers that look random and are the same in every run. */
export type Random = () => number;

/** Mixes whole numbers to a seed, so that neighbours (day 5, visitor 7) have nothing in common. */
export function mixSeed(...numbers: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const number of numbers) {
    hash = Math.imul(hash ^ number, 0x2c1b3c6d);
    hash = Math.imul(hash ^ (hash >>> 13), 0x297a2d39);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 4_294_967_296;
  };
}

export const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

/** One of `[value, weight]`, as often as its weight says. */
export function pickWeighted<T>(random: Random, from: readonly (readonly [value: T, weight: number])[]): T {
  let left = random() * from.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of from) {
    left -= weight;
    if (left < 0) return value;
  }
  return from.at(-1)![0];
}

/** A waiting time of the given mean, when waiting makes the end neither nearer nor farther. */
export const drawWait = (random: Random, mean: number): number => -Math.log(1 - random()) * mean;
