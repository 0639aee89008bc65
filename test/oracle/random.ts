/** A seeded source of random numbers, so that every failure can be seen again: ORACLE_SEED=<seed>. */
export interface Random {
  /** Whole number from 0 to below the limit. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
}

/** mulberry32 */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { below, chance: (probability) => next() < probability, pick: (from) => from[below(from.length)]! };
}

/** Seed of this run and number of users, small unless asked otherwise. */
export const ORACLE_SEED = Number(process.env.ORACLE_SEED ?? 20_240_607);
export const ORACLE_USERS = Number(process.env.ORACLE_USERS ?? 0);
