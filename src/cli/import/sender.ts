/**
 * One chunk from request to outcome.
 *
 *   POST ?wait=stored --200--> outcome
 *                     --202--> durable, not stored yet: the same request again, which waits on
 *                     --400, 413, 422--> halve and send the halves; a single event is rejected with the server's reason
 *                     --429, 5xx, no connection--> wait (Retry-After, else doubling pauses) and send again
 *                     --401, 403, 404, 405--> the import ends: every other chunk would get the same answer
 *
 * Sending again is safe: the idempotency key repeats the first answer, and behind it the event ids are deduplicated.
 */
import { gzipSync } from 'node:zlib';
import * as v from 'valibot';
import { type Answer, describeFailure, describeProblem, send, type Target } from '../client.js';
import { CommandError } from '../command-error.js';
import type { Chunk } from './chunk.js';
import { type Dialect, USER_AGENT, WIRES } from './dialect.js';

/** Pauses between attempts double from the first to the last. */
const PAUSE_MIN_MS = 200;
const PAUSE_MAX_MS = 10_000;
/** How long a chunk is sent again before the import gives up; it can be resumed then. */
const GIVE_UP_AFTER_MS = 10 * 60_000;
/** Pause before an outcome is waited for again; the server has waited its own limit by then, or is stopping. */
const PENDING_PAUSE_MS = 500;

export interface Reject {
  line: number;
  code: string;
  message: string;
  /** The event as it was sent. */
  json?: string;
}

export interface Outcome {
  stored: number;
  duplicates: number;
  rejected: number;
  /** The rejected events the server listed: all, or the first of very many. */
  rejects: Reject[];
}

export interface SenderOptions {
  target: Target;
  /** Names this import's requests. */
  run: string;
  dialect: Dialect;
  /** Compression saves a network and costs processor time: off towards this machine. */
  gzip: boolean;
  signal: AbortSignal;
  /** Told when the server asks to wait or does not answer. */
  onPause(reason: string, ms: number): void;
}

type Records = Chunk['records'];

const RejectedItem = v.object({
  index: v.number(),
  code: v.string(),
  message: v.optional(v.string(), ''),
  path: v.optional(v.string(), ''),
});
const StoredAnswer = v.object({
  stored: v.number(),
  duplicates: v.number(),
  rejected: v.array(RejectedItem),
  rejected_count: v.optional(v.number()),
});

const FATAL = new Set([401, 403, 404, 405]);
const REFUSED = new Set([400, 413, 422]);

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish);
  });
}

/** The import was interrupted: what is saved lets it go on later. */
export class Interrupted extends Error {}

/** Sends until the server gives an answer that another attempt would not change. */
async function persist(options: SenderOptions, attempt: () => Promise<Answer>): Promise<Answer> {
  const deadline = Date.now() + GIVE_UP_AFTER_MS;
  let pauseMs = PAUSE_MIN_MS;
  for (;;) {
    if (options.signal.aborted) throw new Interrupted();
    let reason: string;
    let waitMs = pauseMs;
    try {
      const answer = await attempt();
      if (FATAL.has(answer.status)) throw new CommandError(describeProblem(answer, options.target));
      // A request with this key is still being answered (an earlier attempt of ours): its answer comes.
      const isRetryable =
        answer.status === 429 || answer.status >= 500 || answer.status === 408 || answer.status === 409;
      if (!isRetryable) return answer;
      reason = describeProblem(answer, options.target);
      if (answer.retryAfterS !== undefined) waitMs = Math.max(waitMs, answer.retryAfterS * 1000);
    } catch (error) {
      if (error instanceof CommandError) throw error;
      reason = `${options.target.url} cannot be reached (${describeFailure(error)})`;
    }
    if (Date.now() + waitMs > deadline)
      throw new CommandError(
        `Gave up after ${GIVE_UP_AFTER_MS / 60_000} minutes: ${reason}. The same command goes on from here.`,
      );
    options.onPause(reason, waitMs);
    await pause(waitMs, options.signal);
    pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS);
  }
}

function toReject(item: v.InferOutput<typeof RejectedItem>, records: Records): Reject {
  const message = item.path === '' ? item.message : `${item.path}: ${item.message}`;
  const record = records[item.index];
  return {
    line: record?.line ?? 0,
    code: item.code,
    message,
    ...(record === undefined ? {} : { json: record.json }),
  };
}

function refuse(record: Records[number], answer: Answer): Reject {
  const problem = v.safeParse(v.object({ code: v.string() }), answer.body);
  return {
    line: record.line,
    code: problem.success ? problem.output.code : String(answer.status),
    message: describeProblem(answer),
    json: record.json,
  };
}

function join(outcomes: readonly Outcome[]): Outcome {
  return {
    stored: outcomes.reduce((sum, { stored }) => sum + stored, 0),
    duplicates: outcomes.reduce((sum, { duplicates }) => sum + duplicates, 0),
    rejected: outcomes.reduce((sum, { rejected }) => sum + rejected, 0),
    rejects: outcomes.flatMap(({ rejects }) => rejects),
  };
}

/** Sends records as one request and resolves with what became of each. Throws CommandError or Interrupted. */
export async function sendRecords(records: Records, options: SenderOptions): Promise<Outcome> {
  if (records.length === 0) return { stored: 0, duplicates: 0, rejected: 0, rejects: [] };
  const wire = WIRES[options.dialect];
  const text = wire.join(records.map(({ json }) => json));
  const bytes = options.gzip ? gzipSync(text, { level: 1 }) : text;
  const headers: Record<string, string> = {
    'idempotency-key': `import-${options.run}-${records[0]?.line}-${records.length}`,
    // Says that the events came first by another way: their sent_at is no clock error, this address nobody's.
    'user-agent': USER_AGENT,
    ...(options.gzip ? { 'content-encoding': 'gzip' } : {}),
  };
  const post = (): Promise<Answer> =>
    send(options.target, 'POST', `${wire.path}?wait=stored`, { bytes, type: wire.type, headers });
  let answer = await persist(options, post);
  while (answer.status === 202) {
    await pause(PENDING_PAUSE_MS, options.signal);
    answer = await persist(options, post);
  }
  if (REFUSED.has(answer.status)) {
    if (records.length === 1)
      return { stored: 0, duplicates: 0, rejected: 1, rejects: [refuse(records[0]!, answer)] };
    const half = records.length >> 1;
    return join([
      await sendRecords(records.slice(0, half), options),
      await sendRecords(records.slice(half), options),
    ]);
  }
  const stored = v.safeParse(StoredAnswer, answer.body);
  if (stored.success) {
    const { stored: count, duplicates, rejected, rejected_count } = stored.output;
    const rejects = rejected.map((item) => toReject(item, records));
    return { stored: count, duplicates, rejected: rejected_count ?? rejects.length, rejects };
  }
  throw new CommandError(
    `${options.target.url} does not answer like Weir: ${describeProblem(answer, options.target)}`,
  );
}
