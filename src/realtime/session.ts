/**
 * One socket: what its client asked for, and what it still has to hear.
 *
 * A reader that is slower than what it asked for is not waited for. While more than BUFFER_BYTES_MAX of its messages are on their
 * way, only the newest state of each topic is kept for it, and events are skipped and counted; when the buffer has drained
 * it gets those states and the counts. One that stays that slow is closed.
 *
 * A subscription begins with the snapshot (or, with `after`, with what was missed); messages of its topic that come meanwhile
 * are held, and those the snapshot does not know yet follow it.
 */

import type { Access } from '../access/access.js';
import { BoundaryError, RequestError } from '../errors.js';
import { EventsTopic, parsePosition } from './events-topic.js';
import {
  BUFFER_BYTES_MAX,
  MESSAGE_BYTES_MAX,
  MESSAGES_PER_SECOND_MAX,
  SLOW_MS,
  SUBSCRIPTIONS_MAX,
} from './limits.js';
import { type ClientMessage, readClientMessage, type TopicRequest } from './messages.js';
import type { Outgoing, Snapshot, Subscriber, Topic } from './topic.js';

/** A socket as the transport gives it. */
export interface Wire {
  send(text: string): void;
  /** Bytes that were sent and not yet taken. */
  readonly buffered: number;
  close(code: number, reason: string): void;
}

/** What live views need; each may be away. */
export type Part = 'redis' | 'engine';

export interface Status {
  readonly state: 'ok' | 'degraded';
  readonly since: string;
  /** What is away. */
  readonly reason?: Part;
}

/** A socket's key, and whether it still opens the project. */
export interface KeyHold {
  readonly access: Access;
  /** False: revoked, or no longer allowed to read. Throws MetadataError when it cannot be known. */
  isValid(): boolean;
}

/** What a session asks of the hub that holds it. */
interface Host {
  /** @throws RequestError, EngineError, MetadataError */
  findTopic(project: string, request: TopicRequest): Promise<Topic>;
  closeSession(session: LiveSession): void;
}

/** Messages held for a subscription while its snapshot is made; beyond it the client is told that it missed some. */
const HELD_MAX = 1_000;

interface Subscription {
  /** Undefined until the question is understood. */
  topic: Topic | undefined;
  /** Messages that came before the snapshot was sent; undefined afterwards. */
  held: Outgoing[] | undefined;
}

export class LiveSession implements Subscriber {
  private readonly subscriptions = new Map<string, Subscription>();
  /** Newest states that a slow reader still has to get, by topic, and events it did not get. */
  private readonly waiting = new Map<string, string>();
  private readonly skipped = new Map<string, number>();
  private slowSince: number | undefined;
  private second = 0;
  private messages = 0;
  private isClosed = false;

  constructor(
    private readonly hub: Host,
    private readonly hold: KeyHold,
    private readonly wire: Wire,
  ) {}

  get access(): Access {
    return this.hold.access;
  }

  isKeyValid(): boolean {
    try {
      return this.hold.isValid();
    } catch {
      // Postgres is away for long: nobody knows, so nobody is turned away.
      return true;
    }
  }

  /** A message of the client. */
  receive(bytes: Uint8Array, isBinary: boolean): void {
    if (this.isClosed) return;
    if (bytes.byteLength > MESSAGE_BYTES_MAX) {
      this.close(1009, `a message has at most ${MESSAGE_BYTES_MAX} bytes`);
      return;
    }
    if (isBinary) {
      this.close(1003, 'messages are text');
      return;
    }
    const second = Math.floor(performance.now() / 1_000);
    this.messages = second === this.second ? this.messages + 1 : 1;
    this.second = second;
    if (this.messages > MESSAGES_PER_SECOND_MAX) {
      this.close(4429, `more than ${MESSAGES_PER_SECOND_MAX} messages in a second`);
      return;
    }
    try {
      this.answer(
        readClientMessage(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()),
      );
    } catch (error) {
      this.tellError(error);
    }
  }

  private answer(message: ClientMessage): void {
    if (message.type === 'ping') this.wire.send(`{"type":"pong","at":"${new Date().toISOString()}"}`);
    else if (message.type === 'unsubscribe') this.unsubscribe(message.key);
    else void this.subscribe(message);
  }

  private async subscribe({ request, after }: ClientMessage & { type: 'subscribe' }): Promise<void> {
    const { key } = request;
    const subscription: Subscription = { topic: undefined, held: [] };
    try {
      if (this.subscriptions.has(key))
        throw new RequestError(409, 'already_subscribed', `This socket is subscribed to ${key} already.`);
      if (this.subscriptions.size >= SUBSCRIPTIONS_MAX)
        throw new RequestError(
          422,
          'too_many_subscriptions',
          `A socket has at most ${SUBSCRIPTIONS_MAX} subscriptions: unsubscribe from some, or open another.`,
        );
      this.subscriptions.set(key, subscription);
      const topic = await this.hub.findTopic(this.access.project, request);
      if (this.isClosed || this.subscriptions.get(key) !== subscription) return;
      subscription.topic = topic;
      topic.add(this);
      await this.begin(topic, subscription, after);
    } catch (error) {
      if (this.subscriptions.get(key) === subscription) this.forget(key);
      this.tellError(error, key);
    }
  }

  private async begin(topic: Topic, subscription: Subscription, after: string | undefined): Promise<void> {
    const position = after === undefined ? undefined : parsePosition(after);
    const missed = position && topic instanceof EventsTopic ? await topic.readAfter(position) : undefined;
    const snapshot: Snapshot = missed ? { id: missed.id, data: null } : await topic.snapshot();
    const held = subscription.held;
    if (this.isClosed || !held || this.subscriptions.get(topic.key) !== subscription) return;
    // A state holds everything up to it: after any earlier one nothing is missing.
    const resumed =
      position &&
      (missed !== undefined || (topic.channel !== 'events' && position.seq <= Number(snapshot.id)));
    this.wire.send(
      JSON.stringify({
        type: 'subscribed',
        channel: topic.channel,
        topic: topic.key,
        id: snapshot.id,
        at: new Date().toISOString(),
        ...(position && { resumed: resumed === true }),
        snapshot: snapshot.data,
      }),
    );
    subscription.held = undefined;
    for (const message of missed?.messages ?? []) this.deliver(message);
    // States that came before the snapshot are older than it.
    for (const message of held) {
      const isNews = message.kind === 'state' ? snapshot.data === null : message.seq > Number(snapshot.id);
      if (isNews) this.deliver(message);
    }
  }

  private unsubscribe(key: string): void {
    this.forget(key);
    this.wire.send(`{"type":"unsubscribed","topic":${JSON.stringify(key)}}`);
  }

  private forget(key: string): void {
    const subscription = this.subscriptions.get(key);
    this.subscriptions.delete(key);
    this.waiting.delete(key);
    this.skipped.delete(key);
    subscription?.topic?.remove(this);
  }

  deliver(message: Outgoing): void {
    const subscription = this.subscriptions.get(message.topic);
    if (this.isClosed || !subscription) return;
    if (subscription.held) {
      if (message.kind === 'state')
        subscription.held = subscription.held.filter(({ kind }) => kind !== 'state');
      if (subscription.held.length < HELD_MAX) subscription.held.push(message);
      else this.skip(message.topic);
    } else if (this.waiting.size > 0 || this.skipped.size > 0 || this.wire.buffered > BUFFER_BYTES_MAX) {
      this.slowSince ??= performance.now();
      if (message.kind === 'state') this.waiting.set(message.topic, message.text);
      else this.skip(message.topic);
    } else {
      this.wire.send(message.text);
    }
  }

  private skip(topic: string): void {
    this.skipped.set(topic, (this.skipped.get(topic) ?? 0) + 1);
  }

  /** The transport has sent what it held. */
  drained(): void {
    if (this.wire.buffered > BUFFER_BYTES_MAX / 2 || this.isClosed) return;
    this.slowSince = undefined;
    for (const text of this.waiting.values()) this.wire.send(text);
    this.waiting.clear();
    for (const [topic, count] of this.skipped)
      this.wire.send(`{"type":"skipped","topic":${JSON.stringify(topic)},"count":${count}}`);
    this.skipped.clear();
  }

  /** Once a second. */
  tick(): void {
    if (this.slowSince === undefined) return;
    if (this.wire.buffered <= BUFFER_BYTES_MAX / 2) this.drained();
    else if (performance.now() - this.slowSince > SLOW_MS) this.close(4408, 'messages are read too slowly');
  }

  tellStatus(status: Status): void {
    if (!this.isClosed) this.wire.send(JSON.stringify({ type: 'status', ...status }));
  }

  private tellError(error: unknown, topic?: string): void {
    if (this.isClosed) return;
    const about = topic === undefined ? {} : { topic };
    if (error instanceof RequestError) {
      const errors = error.errors.length > 0 ? { errors: error.errors } : {};
      this.wire.send(
        JSON.stringify({ type: 'error', code: error.code, message: error.detail, ...about, ...errors }),
      );
      return;
    }
    const isAway = error instanceof BoundaryError && error.retryable;
    const code = isAway ? 'unavailable' : 'internal_error';
    const message = isAway
      ? 'What this needs does not answer at this moment: subscribe again shortly.'
      : 'This failed, and it is not the message’s fault.';
    this.wire.send(JSON.stringify({ type: 'error', code, message, ...about }));
  }

  /** Ends the socket with a code of RFC 6455, or one from 4000 on. */
  close(code: number, reason: string): void {
    if (this.isClosed) return;
    this.closed();
    this.wire.close(code, reason);
  }

  /** The socket has ended. */
  closed(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const { topic } of this.subscriptions.values()) topic?.remove(this);
    this.subscriptions.clear();
    this.hub.closeSession(this);
  }
}
