/**
 * Live views of this front: one feed a partition that somebody watches, one LiveProject a project, the sockets, and whether what
 * they need answers. Nothing runs while nobody watches.
 */
import { RequestError } from '../errors.js';
import { partitionOf } from '../stream/partition.js';
import type { Logger } from '../telemetry/log.js';
import { liveSockets } from '../telemetry/metrics.js';
import { createLiveBackends, type LiveBackends, type LiveParts } from './backends.js';
import { createPartitionFeed, type PartitionFeed } from './feed.js';
import {
  ENGINE_CHECK_MS,
  KEY_CHECK_MS,
  PROJECTS_MAX,
  SOCKETS_MAX,
  SOCKETS_PER_KEY_MAX,
  TICK_MS,
} from './limits.js';
import type { TopicRequest } from './messages.js';
import { LiveProject } from './project.js';
import { type KeyHold, LiveSession, type Part, type Status, type Wire } from './session.js';
import type { Snapshot, Topic } from './topic.js';

export class LiveHub {
  private readonly feeds = new Map<number, PartitionFeed>();
  private readonly projects = new Map<string, LiveProject>();
  private readonly sessions = new Set<LiveSession>();
  private readonly socketsOfKey = new Map<string, number>();
  /** Parts that are away, and since when. */
  private readonly away = new Map<Part, string>();
  private readonly backends: LiveBackends;
  private changedAt = new Date().toISOString();
  private readonly timers: NodeJS.Timeout[];
  private isClosed = false;

  constructor(
    parts: LiveParts,
    private readonly log: Logger,
  ) {
    this.backends = createLiveBackends(parts, (isAnswering) => this.onAnswering('engine', isAnswering));
    this.timers = [
      setInterval(() => this.tick(), TICK_MS),
      setInterval(() => this.checkKeys(), KEY_CHECK_MS),
      setInterval(() => void this.checkEngine(), ENGINE_CHECK_MS),
    ];
    for (const timer of this.timers) timer.unref();
  }

  get status(): Status {
    const reason: Part | undefined = this.away.has('redis') ? 'redis' : [...this.away.keys()][0];
    if (!reason) return { state: 'ok', since: this.changedAt };
    return { state: 'degraded', since: this.away.get(reason)!, reason };
  }

  get socketCount(): number {
    return this.sessions.size;
  }

  /** Takes a socket in. @throws RequestError 429 and 503 when there are too many */
  openSession(hold: KeyHold, wire: Wire): LiveSession {
    const { keyId } = hold.access;
    const ofKey = this.socketsOfKey.get(keyId) ?? 0;
    this.refuseSocket(keyId);
    this.socketsOfKey.set(keyId, ofKey + 1);
    const session = new LiveSession(this, hold, wire);
    this.sessions.add(session);
    liveSockets.set(this.sessions.size);
    if (this.away.size > 0) session.tellStatus(this.status);
    return session;
  }

  /** @throws RequestError 429 and 503 when there are too many sockets */
  refuseSocket(keyId: string): void {
    if (this.isClosed || this.sessions.size >= SOCKETS_MAX)
      throw new RequestError(503, 'too_many_sockets', 'This front holds as many sockets as it takes.', [], {
        retryAfterS: 5,
      });
    if ((this.socketsOfKey.get(keyId) ?? 0) >= SOCKETS_PER_KEY_MAX)
      throw new RequestError(
        429,
        'too_many_sockets_of_key',
        `A key has at most ${SOCKETS_PER_KEY_MAX} sockets.`,
        [],
        {
          retryAfterS: 5,
        },
      );
  }

  closeSession(session: LiveSession): void {
    if (!this.sessions.delete(session)) return;
    liveSockets.set(this.sessions.size);
    const { keyId } = session.access;
    const left = (this.socketsOfKey.get(keyId) ?? 1) - 1;
    if (left > 0) this.socketsOfKey.set(keyId, left);
    else this.socketsOfKey.delete(keyId);
  }

  /** @throws RequestError, EngineError, MetadataError */
  async findTopic(project: string, request: TopicRequest): Promise<Topic> {
    return this.findProject(project).findTopic(request);
  }

  /** The answer of a live question, once. @throws as findTopic */
  async snapshot(project: string, request: TopicRequest): Promise<Snapshot> {
    return (await this.findTopic(project, request)).snapshot();
  }

  /** Hands an alert of a project to its listeners on this front. `id` grows. */
  publishAlert(project: string, id: string, alert: object): void {
    this.projects.get(project)?.publishAlert(id, alert);
  }

  private findProject(name: string): LiveProject {
    let project = this.projects.get(name);
    if (!project) {
      if (this.projects.size >= PROJECTS_MAX)
        throw new RequestError(
          503,
          'too_many_live_projects',
          'As many projects are live as one front takes.',
        );
      project = new LiveProject(
        this.backends,
        this.findFeed(partitionOf(name, this.backends.partitions)),
        name,
      );
      this.projects.set(name, project);
    }
    return project;
  }

  private findFeed(partition: number): PartitionFeed {
    let feed = this.feeds.get(partition);
    if (!feed) {
      feed = createPartitionFeed(this.backends.redis, partition, {
        onAnswering: (part, isAnswering) => this.onAnswering(part, isAnswering),
      });
      this.feeds.set(partition, feed);
    }
    return feed;
  }

  private onAnswering(part: Part, isAnswering: boolean): void {
    if (this.isClosed || this.away.has(part) !== isAnswering) return;
    this.changedAt = new Date().toISOString();
    if (isAnswering) this.away.delete(part);
    else this.away.set(part, this.changedAt);
    this.log.debug({ part, isAnswering }, 'live views');
    for (const session of this.sessions) session.tellStatus(this.status);
  }

  private tick(): void {
    for (const [name, project] of this.projects) {
      project.tick();
      if (!project.isIdle) continue;
      project.close();
      this.projects.delete(name);
    }
    for (const [partition, feed] of this.feeds) {
      if (feed.isUsed) continue;
      this.feeds.delete(partition);
      void feed.close();
    }
    for (const session of this.sessions) session.tick();
  }

  private checkKeys(): void {
    const judged = new Map<string, boolean>();
    for (const session of this.sessions) {
      const { keyId } = session.access;
      let valid = judged.get(keyId);
      if (valid === undefined) {
        valid = session.isKeyValid();
        judged.set(keyId, valid);
      }
      if (!valid) session.close(4401, 'the key was revoked');
    }
  }

  private async checkEngine(): Promise<void> {
    if (this.sessions.size === 0) return;
    const isAnswering = await this.backends.clickhouse.ping().then(
      () => true,
      () => false,
    );
    this.onAnswering('engine', isAnswering);
  }

  /** Closes every socket with 1001 and stops following. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const timer of this.timers) clearInterval(timer);
    for (const session of [...this.sessions]) session.close(1001, 'the server is going away');
    for (const project of this.projects.values()) project.close();
    await Promise.all([...this.feeds.values()].map((feed) => feed.close()));
  }
}
