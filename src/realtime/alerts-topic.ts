/** The alerts channel: what fires at the beginning, then what alerting publishes, as it comes. */
import { formatMessage, type Snapshot, type Subscriber, type Topic } from './topic.js';

export class AlertsTopic implements Topic {
  readonly channel = 'alerts';
  private readonly subscribers = new Set<Subscriber>();
  private lastId = '0';

  constructor(
    readonly key: string,
    /** What fires now. Throws MetadataError. */
    private readonly listFiring: () => Promise<readonly object[]>,
  ) {}

  get size(): number {
    return this.subscribers.size;
  }

  /** `id` orders alerts. */
  publish(id: string, alert: object): void {
    this.lastId = id;
    const text = formatMessage('alert', this, id, JSON.stringify(alert));
    for (const subscriber of this.subscribers)
      subscriber.deliver({ topic: this.key, seq: Number(id), kind: 'event', text });
  }

  async snapshot(): Promise<Snapshot> {
    return { id: this.lastId, data: { alerts: await this.listFiring() } };
  }

  add(subscriber: Subscriber): void {
    this.subscribers.add(subscriber);
  }

  remove(subscriber: Subscriber): void {
    this.subscribers.delete(subscriber);
  }

  tick(): void {}
  close(): void {}
}
