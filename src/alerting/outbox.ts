/**
 * Sends what alerts have to say to webhooks: at least once, in order for each alert and URL, tried again with longer and longer
 * pauses. Every front sends; a message is claimed for CLAIM_MS, so one whose process ended is sent by another, under the
 * same Idempotency-Key.
 */
import type { Metadata } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import type { WebhookSender } from '../webhook/sender.js';

const CLAIM = loadStatement('alert-delivery-claim');
const FINISH = loadStatement('alert-delivery-finish');

/** How often the outbox is looked at. */
const LOOK_MS = 500;
/** Messages one front sends at once. */
const SENDING_MAX = 8;
/** Longer than one attempt takes. */
const CLAIM_MS = 30_000;
const PAUSE_MIN_MS = 1_000;
const PAUSE_MAX_MS = 15 * 60_000;
/** With these pauses, a bit more than a day. */
const ATTEMPTS_MAX = 110;

interface Claimed {
  readonly id: string;
  readonly url: string;
  readonly body: string;
  readonly attempts: number;
  readonly secret: string;
}

export interface AlertOutboxOptions {
  readonly metadata: Metadata;
  readonly sender: WebhookSender;
  readonly onError: (error: Error) => void;
}

export interface AlertOutbox {
  /** Sends what is due now. */
  send(): Promise<void>;
  close(): Promise<void>;
}

/** The pause after a failed attempt, the first being 1. */
const pauseAfter = (attempt: number): number =>
  Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** Math.min(attempt - 1, 30));

export function createAlertOutbox({ metadata, sender, onError }: AlertOutboxOptions): AlertOutbox {
  let isClosed = false;
  let sending: Promise<void> | undefined;

  async function sendOne({ id, url, body, attempts, secret }: Claimed): Promise<void> {
    const { ok, error } = await sender.send({ url, secret, body, idempotencyKey: id });
    if (ok) await metadata.query(FINISH, [id, 'sent', '', 0]);
    else if (attempts >= ATTEMPTS_MAX) await metadata.query(FINISH, [id, 'failed', error, 0]);
    else await metadata.query(FINISH, [id, 'waiting', error, pauseAfter(attempts)]);
  }

  async function work(): Promise<void> {
    const claimed = await metadata.query<Claimed>(CLAIM, [SENDING_MAX, CLAIM_MS]);
    await Promise.all(claimed.map(sendOne));
  }

  function send(): Promise<void> {
    sending ??= work().finally(() => {
      sending = undefined;
    });
    return sending;
  }

  const timer = setInterval(() => {
    if (!isClosed) send().catch(onError);
  }, LOOK_MS);
  timer.unref();
  return {
    send,
    async close() {
      isClosed = true;
      clearInterval(timer);
      await sending?.catch(() => {});
    },
  };
}
