/**
 * A topic is one live question of a project, asked by any number of subscribers: it is computed once and written once, and all
 * get the same text.
 *
 * What a topic of this kind sends are states: each update holds the whole answer, so one that is skipped for a slow reader is
 * made good by the next, and resuming needs nothing but the newest.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SNAPSHOT_WAIT_MS, UPDATE_INTERVAL_MS } from './limits.js';

export type ChannelName = 'events' | 'metrics' | 'funnel' | 'alerts';

/** One message for a subscriber. A `state` makes earlier states of its topic superfluous. */
export interface Outgoing {
  readonly topic: string;
  /** The batch it tells of. */
  readonly seq: number;
  readonly kind: 'state' | 'event';
  readonly text: string;
}

export interface Subscriber {
  deliver(message: Outgoing): void;
}

export interface Snapshot {
  /** Position to resume after. */
  readonly id: string;
  /** Null while the numbers are not known yet: an update follows. */
  readonly data: unknown;
}

export interface Topic {
  readonly key: string;
  readonly channel: ChannelName;
  readonly size: number;
  /** The answer as of now. Waits for the first one, at most SNAPSHOT_WAIT_MS. */
  snapshot(): Promise<Snapshot>;
  add(subscriber: Subscriber): void;
  remove(subscriber: Subscriber): void;
  /** Once a second. */
  tick(): void;
  close(): void;
}

/** Pauses between updates are this many times what computing one took. */
const REST = 10;
/** The longest such pause: computing may seem to take long only because the machine is busy. */
const REST_MAX_MS = 1_000;

export const formatMessage = (
  type: 'update' | 'event' | 'alert',
  { channel, key }: Pick<Topic, 'channel' | 'key'>,
  id: string,
  data: string,
  extra = '',
): string =>
  `{"type":"${type}","channel":"${channel}","topic":${JSON.stringify(key)},"id":"${id}","at":"${new Date().toISOString()}"${extra},"data":${data}}`;

export abstract class StateTopic implements Topic {
  abstract readonly channel: ChannelName;
  protected readonly subscribers = new Set<Subscriber>();
  private sent = '';
  private nextAt = 0;
  private timer: NodeJS.Timeout | NodeJS.Immediate | undefined;

  constructor(readonly key: string) {}

  get size(): number {
    return this.subscribers.size;
  }

  /** The answer, or undefined while it is not known. */
  protected abstract compute(): unknown;
  protected abstract position(): string;
  /** Resolves when the answer is known. */
  protected abstract whenKnown(): Promise<void>;

  async snapshot(): Promise<Snapshot> {
    await Promise.race([this.whenKnown(), sleep(SNAPSHOT_WAIT_MS, undefined, { ref: false })]);
    return { id: this.position(), data: this.compute() ?? null };
  }

  add(subscriber: Subscriber): void {
    this.subscribers.add(subscriber);
  }

  remove(subscriber: Subscriber): void {
    this.subscribers.delete(subscriber);
  }

  tick(): void {
    this.touch();
  }

  /** Something may have changed: an update is sent in this turn, or as soon as the last one is long enough ago. */
  touch(): void {
    if (this.timer || this.subscribers.size === 0) return;
    const waitMs = this.nextAt - performance.now();
    this.timer = waitMs > 0 ? setTimeout(() => this.flush(), waitMs) : setImmediate(() => this.flush());
  }

  private flush(): void {
    this.timer = undefined;
    const startedAt = performance.now();
    const data = this.compute();
    if (data === undefined) return;
    const text = JSON.stringify(data);
    if (text !== this.sent) {
      this.sent = text;
      const message: Outgoing = {
        topic: this.key,
        seq: Number(this.position()),
        kind: 'state',
        text: formatMessage('update', this, this.position(), text),
      };
      for (const subscriber of this.subscribers) subscriber.deliver(message);
    }
    const endedAt = performance.now();
    const restMs = Math.min((endedAt - startedAt) * REST, REST_MAX_MS);
    this.nextAt = endedAt + Math.max(UPDATE_INTERVAL_MS, restMs);
  }

  close(): void {
    clearTimeout(this.timer as NodeJS.Timeout);
    clearImmediate(this.timer as NodeJS.Immediate);
    this.timer = undefined;
  }
}
