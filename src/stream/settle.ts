/**
 * For who copies the events of a partition while more arrive: when everything received before an instant is stored, and
 * which batches may be stored and not have reached what the events table feeds.
 */
import { fromRoot } from '../paths.js';
import { loadScript, type Redis } from '../redis/client.js';
import { partitionKeys } from './keys.js';

const SETTLE = loadScript(fromRoot('src/stream/lua/settle.lua'));

export type Settled = 'early' | 'waiting' | 'settled';

/** Whether every event of the partition received before `cutMs` is stored, for ever. Throws StreamError. */
export const settlePartition = (redis: Redis, partition: number, cutMs: number): Promise<Settled> =>
  redis.script<Settled>(SETTLE, [partitionKeys(partition).events], [String(cutMs)]);

/** The time a payload that is appended now is received, or a little before it. Epoch ms. Throws StreamError. */
export async function readReceiptClock(redis: Redis, partition: number): Promise<number> {
  const [seconds, micros] = await redis.command<[string, string]>(['TIME']);
  const now = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  const newest = await redis.command<[string, unknown][]>([
    'XREVRANGE',
    partitionKeys(partition).events,
    '+',
    '-',
    'COUNT',
    '1',
  ]);
  return Math.max(now, ...newest.map(([id]) => Number(id.split('-')[0])));
}

/**
 * An instant, as late as can be told, before which everything received is stored and nothing will be received any more, epoch ms;
 * undefined when it moved while it was looked for. Throws StreamError.
 */
export async function findSettled(redis: Redis, partition: number): Promise<number | undefined> {
  const { events } = partitionKeys(partition);
  const oldest = await redis.command<[string, unknown][]>(['XRANGE', events, '-', '+', 'COUNT', '1']);
  const waiting = oldest.map(([id]) => Number(id.split('-')[0]))[0];
  const cutMs = waiting ?? (await readReceiptClock(redis, partition));
  return (await settlePartition(redis, partition, cutMs)) === 'settled' ? cutMs : undefined;
}

/** Doubts kept of a partition; beyond it the oldest go, and `readDoubts` says so. */
const DOUBTS_MAX = 1_000;

/** A batch that took more than one attempt to store: views of the events table may have missed a part of it. */
export interface Doubt {
  readonly seq: number;
  /** Between which times of receipt its entries lie, both included. */
  readonly fromMs: number;
  readonly toMs: number;
}

const printDoubt = ({ seq, fromMs, toMs }: Doubt): string => `${seq} ${fromMs} ${toMs}`;

/** Notes a batch before it is acknowledged. Noting it twice is no harm. Throws StreamError. */
export async function noteDoubt(redis: Redis, partition: number, doubt: Doubt): Promise<void> {
  const { doubts } = partitionKeys(partition);
  await redis.command(['RPUSH', doubts, printDoubt(doubt)]);
  await redis.command(['LTRIM', doubts, String(-DOUBTS_MAX), '-1']);
}

/** The batches noted, oldest first; `overflown`: there may have been more. Throws StreamError. */
export async function readDoubts(
  redis: Redis,
  partition: number,
): Promise<{ doubts: readonly Doubt[]; overflown: boolean }> {
  const lines = await redis.command<string[]>(['LRANGE', partitionKeys(partition).doubts, '0', '-1']);
  const doubts = lines.map((line) => {
    const [seq, fromMs, toMs] = line.split(' ').map(Number);
    return { seq: seq!, fromMs: fromMs!, toMs: toMs! };
  });
  return { doubts, overflown: doubts.length >= DOUBTS_MAX };
}

/** Forgets batches that were looked into. Throws StreamError. */
export async function forgetDoubts(redis: Redis, partition: number, doubts: readonly Doubt[]): Promise<void> {
  for (const doubt of doubts)
    await redis.command(['LREM', partitionKeys(partition).doubts, '0', printDoubt(doubt)]);
}
