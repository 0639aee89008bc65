/** One project's live views on this front: its counters, what its metrics count beside them, and its topics. */
import { setTimeout as sleep } from 'node:timers/promises';
import { listFiring } from '../alerting/show.js';
import { getFunnel } from '../definitions/funnels.js';
import { RequestError } from '../errors.js';
import { AlertsTopic } from './alerts-topic.js';
import type { LiveBackends } from './backends.js';
import { ProjectCounters } from './counters.js';
import { EventsTopic } from './events-topic.js';
import type { PartitionFeed } from './feed.js';
import { FunnelTopic } from './funnel-topic.js';
import {
  PERSON_SERIES_MAX,
  PROJECT_IDLE_MS,
  STORED_POLL_MS,
  STORED_WAIT_MS,
  SUMS_MAX,
  TOPIC_SPARE_MS,
  TOPICS_PER_PROJECT_MAX,
} from './limits.js';
import { type LiveMetric, openLiveMetric } from './live-metric.js';
import type { TopicRequest } from './messages.js';
import type { MeasureSources } from './metric.js';
import { PersonSeries, SumSeries } from './metric-series.js';
import { MetricsTopic } from './metrics-topic.js';
import type { Topic } from './topic.js';

interface OpenTopic {
  readonly topic: Promise<Topic>;
  opened: Topic | undefined;
  usedAt: number;
}

const refuseTooMany = (what: string, max: number): RequestError =>
  new RequestError(
    422,
    'too_many_live_questions',
    `This project has ${max} ${what} live at this moment, which is the most: end some, or ask over HTTP.`,
  );

export class LiveProject implements MeasureSources {
  readonly counters: ProjectCounters;
  private readonly topics = new Map<string, OpenTopic>();
  private readonly sums = new Map<string, SumSeries>();
  private readonly persons = new Map<string, PersonSeries>();
  private usedAt = performance.now();

  constructor(
    private readonly backends: LiveBackends,
    private readonly feed: PartitionFeed,
    readonly name: string,
  ) {
    this.counters = new ProjectCounters(backends.clickhouse, name);
    this.counters.attachment = feed.attach(this.counters);
  }

  get isIdle(): boolean {
    return this.topics.size === 0 && performance.now() - this.usedAt > PROJECT_IDLE_MS;
  }

  /** The topic of a question: an open one, or a new one. @throws RequestError, EngineError, MetadataError */
  async findTopic(request: TopicRequest): Promise<Topic> {
    const known = this.topics.get(request.key);
    if (known) {
      known.usedAt = performance.now();
      return known.topic;
    }
    if (this.topics.size >= TOPICS_PER_PROJECT_MAX) this.closeUnused(TOPIC_SPARE_MS);
    if (this.topics.size >= TOPICS_PER_PROJECT_MAX) throw refuseTooMany('questions', TOPICS_PER_PROJECT_MAX);
    const open: OpenTopic = { topic: this.openTopic(request), opened: undefined, usedAt: performance.now() };
    this.topics.set(request.key, open);
    try {
      open.opened = await open.topic;
      return open.opened;
    } catch (error) {
      this.topics.delete(request.key);
      throw error;
    }
  }

  private async openTopic(request: TopicRequest): Promise<Topic> {
    const { key } = request;
    const { backends, counters, feed } = this;
    switch (request.channel) {
      case 'events':
        return new EventsTopic(key, this.name, request.question, feed.tail, (view) => feed.attach(view));
      case 'metrics': {
        const metrics = await this.openMetrics(request.metrics);
        return new MetricsTopic(key, counters, metrics);
      }
      case 'funnel': {
        const funnel = await getFunnel(backends.metadata, this.name, request.funnel);
        return new FunnelTopic({
          key,
          backends,
          counters,
          funnel,
          attach: (view) => feed.attach(view),
          whenStored: () => this.whenStored(),
        });
      }
      case 'alerts':
        return new AlertsTopic(key, () => listFiring(backends.metadata, this.name));
    }
  }

  private async openMetrics(names: readonly string[]): Promise<LiveMetric[]> {
    if (names.length === 0) return [];
    const { backends, name: project } = this;
    const stored = await backends.metrics.listMetrics(project);
    const found = names.map((asked) => {
      const metric = stored.find(({ id, name }) => name === asked || id === asked);
      if (!metric)
        throw new RequestError(
          404,
          'unknown_metric',
          `There is no metric "${asked}"; GET /v1/analytics/metrics/custom lists those there are.`,
        );
      return metric;
    });
    return Promise.all(found.map((one) => openLiveMetric({ backends, sources: this, stored: one, project })));
  }

  /** Events are told a moment before they are stored; what is asked of the engine waits for that. Throws StreamError. */
  async whenStored(): Promise<void> {
    const seq = this.counters.attachment?.seq ?? 0;
    const until = performance.now() + STORED_WAIT_MS;
    while ((await this.feed.tail.readAcknowledged()) < seq && performance.now() < until)
      await sleep(STORED_POLL_MS);
  }

  findSum(event: string, property: string): SumSeries {
    const key = JSON.stringify([event, property]);
    const known = this.sums.get(key);
    if (known) return known;
    if (this.sums.size >= SUMS_MAX) throw refuseTooMany('sums', SUMS_MAX);
    const series = new SumSeries(this.backends.clickhouse, this.name, event, property, () =>
      this.counters.changed(),
    );
    series.attachment = this.feed.attach(series);
    this.sums.set(key, series);
    return series;
  }

  findPersons(event: string): PersonSeries {
    const known = this.persons.get(event);
    if (known) return known;
    if (this.persons.size >= PERSON_SERIES_MAX) throw refuseTooMany('counts of persons', PERSON_SERIES_MAX);
    const series = new PersonSeries(this.backends.clickhouse, this.counters, event, () =>
      this.counters.changed(),
    );
    series.attachment = this.feed.attach(series);
    this.persons.set(event, series);
    return series;
  }

  /** Hands an alert to those who listen. */
  publishAlert(id: string, alert: object): void {
    const topic = this.topics.get('alerts')?.opened;
    if (topic instanceof AlertsTopic) topic.publish(id, alert);
  }

  /** Once a second: windows slide, and what nobody listens to any more is let go. */
  tick(): void {
    const now = performance.now();
    for (const open of this.topics.values()) {
      if (!open.opened?.size) continue;
      open.usedAt = now;
      open.opened.tick();
    }
    this.closeUnused(PROJECT_IDLE_MS);
    if (this.topics.size > 0) this.usedAt = now;
  }

  /** Lets go of the questions that nobody listened to for so long. */
  private closeUnused(idleMs: number): void {
    const now = performance.now();
    for (const [key, { opened, usedAt }] of this.topics) {
      if (!opened || opened.size > 0 || now - usedAt <= idleMs) continue;
      opened.close();
      this.topics.delete(key);
    }
  }

  close(): void {
    for (const { opened } of this.topics.values()) opened?.close();
    this.topics.clear();
    for (const view of [this.counters, ...this.sums.values(), ...this.persons.values()])
      view.attachment?.detach();
  }
}
