/** One metric of a project while somebody watches it: counted where that is exact, asked of the engine where not. */
import type { MetricPlan } from '../mdl/plan/types.js';
import { namesCohort } from '../query/metric/cohorts.js';
import type { StoredMetric } from '../query/metric/sources.js';
import type { LiveBackends } from './backends.js';
import { currentSecond } from './counters.js';
import {
  askWindows,
  computeWindows,
  findLiveMeasures,
  type LiveMeasure,
  type MeasureSources,
  planMetric,
  type WindowValues,
} from './metric.js';
import type { SumSeries } from './metric-series.js';
import { Requery } from './requery.js';

export interface LiveMetricOptions {
  readonly backends: LiveBackends;
  readonly sources: MeasureSources;
  readonly stored: StoredMetric;
  readonly project: string;
}

export class LiveMetric {
  readonly listeners = new Set<() => void>();
  private readonly measures: readonly LiveMeasure[] | undefined;
  private readonly sums: SumSeries[] = [];
  private readonly requery: Requery<WindowValues>;
  private readonly touch = (): void => {
    if (this.mode === 'requery') this.requery.touch();
  };

  constructor(
    private readonly options: LiveMetricOptions,
    private readonly plan: MetricPlan,
  ) {
    const { backends, sources, project } = options;
    this.measures = findLiveMeasures(plan);
    for (const measure of this.measures ?? []) {
      if (measure.kind === 'sum' || measure.kind === 'numbers')
        this.sums.push(sources.findSum(measure.event, measure.property));
    }
    this.requery = new Requery(
      async () => {
        await sources.whenStored();
        const context = await backends.openContext(project);
        // Who belongs to a cohort is asked anew; nothing else of a plan changes with time.
        const current = namesCohort(plan)
          ? await planMetric(context, backends.metrics, options.stored)
          : plan;
        return askWindows(context, current, currentSecond());
      },
      () => this.announce(),
      backends.onEngine,
    );
    sources.counters.listeners.add(this.touch);
  }

  get name(): string {
    return this.options.stored.name;
  }

  get mode(): 'incremental' | 'requery' {
    const isCounted = this.measures?.every((measure) => this.isCounted(measure));
    return isCounted && this.sums.every((series) => series.isTold) ? 'incremental' : 'requery';
  }

  /** The values, undefined while they are not known. */
  read(now: number): WindowValues | undefined {
    if (this.mode === 'requery') return this.requery.value;
    if (!this.listViews().every((view) => view?.isLive)) return undefined;
    return computeWindows(this.plan, this.measures!, this.options.sources, now);
  }

  async whenKnown(): Promise<void> {
    if (this.mode === 'requery') await this.requery.first();
    else await Promise.all(this.listViews().map((view) => view?.ready));
  }

  tick(): void {
    if (this.mode === 'requery') this.requery.tick();
  }

  close(): void {
    this.requery.close();
    this.options.sources.counters.listeners.delete(this.touch);
  }

  /** Whether the project's counters tell the measure's type apart. */
  private isCounted({ kind, event }: LiveMeasure): boolean {
    return kind !== 'count' || event === undefined || this.options.sources.counters.isCounted(event);
  }

  private announce(): void {
    for (const listener of this.listeners) listener();
  }

  private listViews() {
    const { sources } = this.options;
    return (this.measures ?? []).map((measure) => {
      if (measure.kind === 'sum' || measure.kind === 'numbers')
        return sources.findSum(measure.event, measure.property).attachment;
      return measure.kind === 'persons' && measure.event !== undefined
        ? sources.findPersons(measure.event).attachment
        : sources.counters.attachment;
    });
  }
}

/** A stored metric of a project, to be watched. @throws RequestError, EngineError, MetadataError */
export async function openLiveMetric(options: LiveMetricOptions): Promise<LiveMetric> {
  const { backends, project, stored } = options;
  const plan = await planMetric(await backends.openContext(project), backends.metrics, stored);
  return new LiveMetric(options, plan);
}
