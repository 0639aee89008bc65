/** How the demo talks to Weir: its public HTTP interface, as anybody's program would. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Answer {
  status: number;
  body: unknown;
  /** Seconds from Retry-After, when the server said so. */
  retryAfterS: number | undefined;
}

/** One request with JSON. Rejects when the server cannot be reached. */
export type Ask = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** A request that Weir puts off (its stream is full, a backend is away) is made this often. */
const TRIES_MAX = 60;
const PAUSE_S = 1;

/** A request that is made again while Weir says that later is better. */
export async function askPatiently(ask: Ask, ...request: Parameters<Ask>): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask(...request);
    if ((answer.status !== 429 && answer.status !== 503) || tries === TRIES_MAX) return answer;
    await sleep((answer.retryAfterS ?? PAUSE_S) * 1_000);
  }
}

/**
 * Stores events. Beside an answer that says "later", a connection that broke is a reason to send them again: who is refused before all
 * was read may not hear why, and events are recognised by their ids.
 */
export async function storeEvents(ask: Ask, events: readonly object[]): Promise<void> {
  for (let tries = 1; ; tries += 1)
    try {
      return await askOrFail(ask, 'POST', '/v1/events?wait=stored', events);
    } catch (error) {
      if (error instanceof RefusedError || tries === TRIES_MAX) throw error;
      await sleep(PAUSE_S * 1_000);
    }
}

/** An answer that is no success, and would be none later. */
class RefusedError extends Error {}

/** The body of an answer that must be a success. */
export async function askOrFail<T>(ask: Ask, ...request: Parameters<Ask>): Promise<T> {
  const { status, body } = await askPatiently(ask, ...request);
  if (status >= 200 && status < 300) return body as T;
  throw new RefusedError(
    `${request[0]} ${request[1]} was answered with ${status}: ${JSON.stringify(body).slice(0, 500)}`,
  );
}
