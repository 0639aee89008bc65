/** The stage that corrects the timestamps of devices whose clock is wrong: see enrich/clock.ts. */
import { isJsonObject } from '../event/json.js';
import type { Draft, PayloadFacts } from './draft.js';

/** Reads when the chunk's devices say they sent their events. Nothing is gathered when none says it. */
export function readClocks(drafts: readonly Draft[], { sender, clocks }: PayloadFacts): void {
  if (!sender.isFirsthand) return;
  const says = drafts.some(({ sentAtMs }) => !Number.isNaN(sentAtMs));
  clocks.read(says ? drafts.map((draft) => ({ device: deviceOf(draft), sentAtMs: draft.sentAtMs })) : []);
}

export function correctClock(draft: Draft, { sender, clocks }: PayloadFacts): void {
  if (!sender.isFirsthand || draft.isTimeReckoned || Number.isNaN(draft.timestampMs)) return;
  const offsetMs = clocks.offsetOf(deviceOf(draft));
  draft.clockOffsetMs = offsetMs;
  draft.timestampMs += offsetMs;
}

/** Whose clock it is: a browser or app, else the device it names, else the person. */
function deviceOf({ anonymousId, userId, context }: Draft): string {
  if (anonymousId !== '') return anonymousId;
  const { device } = context;
  return isJsonObject(device) && typeof device.id === 'string' ? device.id : userId;
}
