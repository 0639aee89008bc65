/**
 * Hands what alerts have to say to the sockets of this front, each message once and in order. Postgres wakes it; after a lost
 * connection it reads what was said meanwhile.
 */
import type { Metadata } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import { ALERTS_CHANNEL, type AlertMessage } from './record.js';

const HEARD = loadStatement('alert-delivery-heard');
const LAST = loadStatement('alert-delivery-last');

/** Messages read at once; more come with the next. */
const MESSAGES_MAX = 500;
/** Transactions end in another order than their messages are numbered: so many numbers are looked at again. */
const LOOK_BACK = 50;

export interface AlertListener {
  /** `id` grows, mostly. */
  publishAlert(project: string, id: string, alert: object): void;
}

export interface Announcer {
  close(): Promise<void>;
}

export function startAnnouncer(
  metadata: Metadata,
  listener: AlertListener,
  onError: (error: Error) => void,
): Announcer {
  /** Numbers said; undefined until it is known where to begin. */
  let said: Set<number> | undefined;
  let newest = 0;
  let reading: Promise<void> = Promise.resolve();

  async function read(): Promise<void> {
    if (!said) {
      const [last] = await metadata.query<{ seq: string }>(LAST);
      newest = Number(last!.seq);
      said = new Set(Array.from({ length: LOOK_BACK }, (_, i) => newest - i));
      return;
    }
    const rows = await metadata.query<{ seq: string; project: string; body: string }>(HEARD, [
      Math.max(0, newest - LOOK_BACK),
      MESSAGES_MAX,
    ]);
    for (const { seq, project, body } of rows) {
      const number = Number(seq);
      if (said.has(number)) continue;
      said.add(number);
      newest = Math.max(newest, number);
      listener.publishAlert(project, seq, JSON.parse(body) as AlertMessage);
    }
    for (const number of said) if (number < newest - 2 * LOOK_BACK) said.delete(number);
  }

  const stop = metadata.listen(ALERTS_CHANNEL, () => {
    reading = reading.then(read).catch(onError);
  });
  return {
    async close() {
      await stop();
      await reading;
    },
  };
}
