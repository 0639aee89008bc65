/** The funnel channel: a saved funnel over the last hours, followed person by person where that is exact. */

import { analyzeFunnel } from '../query/funnel/analyze.js';
import type { PartAnswer } from '../query/funnel/answer.js';
import { compileFunnel } from '../query/funnel/compile.js';
import { readFunnelQuestion } from '../query/funnel/request.js';
import type { LiveBackends } from './backends.js';
import type { ProjectCounters } from './counters.js';
import type { Attachment } from './feed.js';
import { askFunnel, FunnelView, findFunnelRange, findLiveObstacle } from './funnel-view.js';
import { RECONCILE_MERGED_MS, RECONCILE_MS } from './limits.js';
import { Requery } from './requery.js';
import { StateTopic } from './topic.js';

export interface FunnelData extends PartAnswer {
  readonly funnel: string;
  /** Units that reached the first step, and the last. */
  readonly entered: number;
  readonly converted: number;
  readonly from: string;
  readonly to: string;
  /** Whether persons are followed as events come, or the engine is asked again. */
  readonly mode: 'incremental' | 'requery';
  /** Why not incremental. */
  readonly reason?: string;
}

interface Asked {
  readonly part: PartAnswer;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface FunnelTopicOptions {
  readonly key: string;
  readonly backends: LiveBackends;
  readonly counters: ProjectCounters;
  readonly funnel: { readonly id: string; readonly definition: object };
  attach(view: FunnelView): Attachment;
  /** Resolves when what was told is stored. */
  whenStored(): Promise<void>;
}

export class FunnelTopic extends StateTopic {
  readonly channel = 'funnel';
  private readonly obstacle: string | undefined;
  private readonly view: FunnelView | undefined;
  private readonly requery: Requery<Asked>;
  private reconciledAt = performance.now();
  private readonly onChange = (): void => {
    if (this.mode === 'requery') this.requery.touch();
  };

  /** @throws RequestError 422 */
  constructor(private readonly options: FunnelTopicOptions) {
    super(options.key);
    const { backends, counters, funnel } = options;
    const question = readFunnelQuestion(askFunnel(funnel.definition, findFunnelRange()));
    this.obstacle = findLiveObstacle(question, compileFunnel(question));
    if (this.obstacle === undefined) {
      this.view = new FunnelView(backends.clickhouse, counters.project, funnel.definition, () =>
        this.touch(),
      );
      this.view.attachment = options.attach(this.view);
    }
    this.requery = new Requery(
      () => this.ask(),
      () => this.touch(),
      backends.onEngine,
    );
    counters.listeners.add(this.onChange);
  }

  private get mode(): 'incremental' | 'requery' {
    return this.view && !this.view.isTooLarge ? 'incremental' : 'requery';
  }

  private async ask(): Promise<Asked> {
    const { backends, counters, funnel } = this.options;
    await this.options.whenStored();
    const range = findFunnelRange();
    const context = await backends.openContext(counters.project);
    const { steps, conversion_rate, median_seconds, p90_seconds } = await analyzeFunnel(
      context,
      askFunnel(funnel.definition, range),
    );
    return { part: { steps, conversion_rate, median_seconds, p90_seconds }, ...range };
  }

  protected position(): string {
    return String(this.view?.attachment?.seq ?? this.options.counters.attachment?.seq ?? 0);
  }

  protected async whenKnown(): Promise<void> {
    if (this.view) await this.view.attachment?.ready;
    if (this.mode === 'requery') await this.requery.first();
  }

  protected compute(): FunnelData | undefined {
    if (this.mode === 'requery') {
      const asked = this.requery.value;
      return asked && this.describe(asked, this.obstacle ?? 'there are too many events');
    }
    const view = this.view!;
    if (!view.attachment?.isLive) return undefined;
    return this.describe({ part: view.read(), fromMs: view.from, toMs: view.to });
  }

  private describe({ part, fromMs, toMs }: Asked, reason?: string): FunnelData {
    return {
      funnel: this.options.funnel.id,
      entered: part.steps[0]?.count ?? 0,
      converted: part.steps.at(-1)?.count ?? 0,
      ...part,
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
      mode: reason === undefined ? 'incremental' : 'requery',
      ...(reason !== undefined && { reason }),
    };
  }

  override tick(): void {
    const everyMs = this.options.counters.hasJoined ? RECONCILE_MERGED_MS : RECONCILE_MS;
    if (this.mode === 'requery') this.requery.tick();
    else if (performance.now() - this.reconciledAt >= everyMs) {
      this.reconciledAt = performance.now();
      this.view?.attachment?.reload();
    }
    super.tick();
  }

  override close(): void {
    super.close();
    this.requery.close();
    this.view?.attachment?.detach();
    this.options.counters.listeners.delete(this.onChange);
  }
}
