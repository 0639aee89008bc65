/** What the background check of the books found last, by project, in Redis: for every process and for whoever asks. */
import type { Redis } from '../redis/client.js';
import type { IntegrityReport } from './integrity.js';

const STATE_KEY = 'weir:integrity';

export interface IntegrityState {
  ok: boolean;
  /** When it was checked, ISO 8601. */
  at: string;
  /** The books balance up to this time of receipt, ms; while they do not, up to where they last did. */
  balancedToMs: number;
  /** What does not add up; absent when all does. */
  report?: IntegrityReport;
}

/** By project, what the last check of it found. Throws StreamError. */
export async function readIntegrityStates(
  redis: Pick<Redis, 'command'>,
): Promise<Map<string, IntegrityState>> {
  const all = await redis.command<Record<string, string>>(['HGETALL', STATE_KEY]);
  return new Map(Object.entries(all).map(([project, text]) => [project, JSON.parse(text) as IntegrityState]));
}

/** Keeps what a check found. Throws StreamError. */
export async function keepIntegrityState(
  redis: Pick<Redis, 'command'>,
  project: string,
  state: IntegrityState,
): Promise<void> {
  await redis.command(['HSET', STATE_KEY, project, JSON.stringify(state)]);
}
