/** The metrics channel: a project's overview, and any of its metrics over the sliding windows. */
import { currentSecond, type Overview, type ProjectCounters } from './counters.js';
import { RECONCILE_MERGED_MS, RECONCILE_MS } from './limits.js';
import type { LiveMetric } from './live-metric.js';
import type { WindowValues } from './metric.js';
import { StateTopic } from './topic.js';

export interface MetricsData extends Overview {
  /** Receipt of the newest event counted; null when none came since the numbers were read. */
  readonly through: string | null;
  /** The metrics asked for, by name. */
  readonly metrics: Readonly<
    Record<string, { mode: 'incremental' | 'requery'; windows: WindowValues | null }>
  >;
}

export class MetricsTopic extends StateTopic {
  readonly channel = 'metrics';
  private readonly onChange = (): void => this.touch();
  private reconciledAt = performance.now();

  constructor(
    key: string,
    private readonly counters: ProjectCounters,
    private readonly metrics: readonly LiveMetric[],
  ) {
    super(key);
    counters.listeners.add(this.onChange);
    for (const metric of metrics) metric.listeners.add(this.onChange);
  }

  protected position(): string {
    return String(this.counters.attachment?.seq ?? 0);
  }

  protected async whenKnown(): Promise<void> {
    await Promise.all([this.counters.attachment?.ready, ...this.metrics.map((metric) => metric.whenKnown())]);
  }

  protected compute(): MetricsData | undefined {
    const { counters, metrics } = this;
    if (!counters.attachment?.isLive) return undefined;
    const now = currentSecond();
    return {
      ...counters.overview(now),
      through: counters.throughMs > 0 ? new Date(counters.throughMs).toISOString() : null,
      metrics: Object.fromEntries(
        metrics.map((metric) => [metric.name, { mode: metric.mode, windows: metric.read(now) ?? null }]),
      ),
    };
  }

  override tick(): void {
    for (const metric of this.metrics) metric.tick();
    const everyMs = this.counters.hasJoined ? RECONCILE_MERGED_MS : RECONCILE_MS;
    if (performance.now() - this.reconciledAt >= everyMs) {
      this.reconciledAt = performance.now();
      this.counters.attachment?.reload();
    }
    super.tick();
  }

  override close(): void {
    super.close();
    this.counters.listeners.delete(this.onChange);
    for (const metric of this.metrics) metric.close();
  }
}
