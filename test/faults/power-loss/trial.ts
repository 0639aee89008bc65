/** One power loss: the folder as the disk would hold it, a start on it, and the ledger against what is found there. */
import { rmSync } from 'node:fs';
import { createInstance } from '../instance.js';
import { createLedger, type Verdict } from '../ledger.js';
import { createRandom } from '../schedule.js';
import { Disk, type Loss } from './disk.js';
import type { Recording } from './recording.js';
import { Replay } from './replay.js';

export interface PowerLoss {
  /** Line of the trace at which the power goes. */
  at: number;
  /** `nothing`: what was not synced is gone. `some`: a random part of it is there, torn anywhere, drawn from `seed`. */
  keeps: 'nothing' | 'some';
  seed: number;
  /** Only syncs for which this is true happened; to show that the simulation notices a missing one. */
  isHonoured?: (path: string) => boolean;
}

export interface PowerLossResult {
  verdict: Verdict;
  /** Events acknowledged before the power went. */
  acknowledged: number;
}

const DRAIN_TIMEOUT_MS = 120_000;

/**
 * Moments at which an acknowledgement is just leaving, `count` of them, the latest among them. `status` 202: of new payloads
 * that are nowhere but in Redis; 200: of payloads that Redis may have dropped already.
 */
export function drawMoments(recording: Recording, seed: number, count: number, status: 202 | 200): number[] {
  const random = createRandom(seed);
  const moments = recording.sent
    .flatMap(({ batchIds }) => recording.answers.get(batchIds[0] ?? '') ?? [])
    .filter((answer) => answer.status === status)
    .map((answer) => answer.at)
    .sort((a, b) => a - b);
  if (moments.length === 0) throw new Error(`no new payload was answered ${status}: the load was too short`);
  const drawn = Array.from({ length: count - 1 }, () => moments[Math.floor(random() * moments.length)]!);
  return [moments.at(-1)!, ...drawn];
}

function rebuild({ folder, original, calls }: Recording, loss: PowerLoss): void {
  const disk = new Disk(folder);
  const replay = new Replay(disk, loss.isHonoured);
  for (const call of calls) {
    if (call.end >= loss.at) break;
    replay.apply(call);
  }
  const kept: Loss = loss.keeps === 'nothing' ? 'all' : { random: createRandom(loss.seed) };
  rmSync(folder, { recursive: true, force: true });
  disk.writeDurable(folder, original, kept);
}

/** Starts an instance on what the power loss left, lets it settle, and compares. Leaves nothing running. */
export async function runPowerLoss(recording: Recording, loss: PowerLoss): Promise<PowerLossResult> {
  rebuild(recording, loss);
  const ledger = createLedger();
  for (const { events, batchIds } of recording.sent) {
    ledger.sent(events);
    const isAnswered = (id: string): boolean =>
      (recording.answers.get(id)?.at ?? Number.POSITIVE_INFINITY) <= loss.at;
    if (batchIds.some(isAnswered)) ledger.acknowledged(events);
  }
  const instance = await createInstance(recording.folder, recording.env);
  try {
    await instance.start();
    // Where syncs were left out the books never agree again; whatever is stored then was stored before.
    if (loss.isHonoured === undefined) await instance.waitUntilDrained(DRAIN_TIMEOUT_MS);
    const [stored, rejected] = [
      await instance.countIds('events', 'p-'),
      await instance.countIds('rejected_events', 'p-'),
    ];
    return { verdict: ledger.compare(stored, rejected), acknowledged: ledger.acknowledgedCount };
  } finally {
    await instance.stop();
  }
}
