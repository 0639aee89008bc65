/** Where a rule's values come from: a metric, or samples of a signal. */
import type { ClickHouse } from '../clickhouse/client.js';
import { RequestError } from '../errors.js';
import type { Metadata } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import { DEFAULT_LIMITS, openQueryContext, type QueryLimits } from '../query/context.js';
import { calculateMetric, type MetricAnswer } from '../query/metric/calculate.js';
import type { MetricSources } from '../query/metric/sources.js';
import type { Source } from './rule.js';
import { SAMPLE_INTERVAL_MS, SIGNALS } from './signals.js';

const NOTE = loadStatement('signal-note');
const WINDOWS = loadStatement('signal-windows');

/** Values of a dimension that a rule judges; the rest is not looked at. */
export const GROUPS_MAX = 50;
/** Buckets of one question. */
const BUCKETS_MAX = 10_000;
/** Windows that are no bucket are a question each, so many at once. */
const QUESTIONS_AT_ONCE = 2;
const LIMITS: QueryLimits = { ...DEFAULT_LIMITS, timeoutMs: 20_000 };
/** Buckets that questions know, by their length. */
const GRAINS = new Map([
  [60_000, 'minute'],
  [3_600_000, 'hour'],
  [86_400_000, 'day'],
]);

/** By dimension value as JSON ('' without a dimension), a value for each window that was asked for. */
export type Readings = ReadonlyMap<string, readonly (number | null)[]>;

/** The dimension value as it was, null for rules without a dimension. */
export const readGroup = (group: string): unknown => (group === '' ? null : JSON.parse(group));

export interface Reader {
  /** Values over the windows of a length that end at `ends`, ms, rising. @throws RequestError, EngineError, MetadataError */
  read(ends: readonly number[], windowMs: number): Promise<Readings>;
  /** What people should know beside the value of a window. @throws MetadataError */
  readNote?(end: number, windowMs: number): Promise<string | undefined>;
  /** Whether windows of this length that end on its multiples cost one question together, not one each. */
  isCheap(windowMs: number): boolean;
}

export interface ReaderParts {
  readonly clickhouse: ClickHouse;
  readonly metadata: Metadata;
  readonly metrics: MetricSources;
}

const readNumber = (value: unknown): number | null => {
  if (value === null || value === undefined) return null;
  const number = Number(value);
  if (Number.isFinite(number)) return number;
  throw new RequestError(422, 'metric_not_a_number', 'The metric answers with text; alerts judge numbers.');
};

type MetricSource = Source & { kind: 'metric' };

class MetricReader implements Reader {
  constructor(
    private readonly parts: ReaderParts,
    private readonly project: string,
    private readonly source: MetricSource,
    private readonly signal: AbortSignal | undefined,
  ) {}

  isCheap = (windowMs: number): boolean => GRAINS.has(windowMs);

  async read(ends: readonly number[], windowMs: number): Promise<Readings> {
    const grain = GRAINS.get(windowMs);
    if (grain !== undefined && ends.length > 1 && ends.every((end) => end % windowMs === 0))
      return this.readBuckets(ends, windowMs, grain);
    const found: ReadonlyMap<string, number | null>[] = [];
    for (let i = 0; i < ends.length; i += QUESTIONS_AT_ONCE) {
      const some = ends.slice(i, i + QUESTIONS_AT_ONCE);
      found.push(...(await Promise.all(some.map((end) => this.readWindow(end - windowMs, end)))));
    }
    const groups = new Set(found.flatMap((values) => [...values.keys()]));
    return new Map([...groups].map((group) => [group, found.map((values) => values.get(group) ?? null)]));
  }

  private async ask(fromMs: number, toMs: number, grain: string): Promise<MetricAnswer> {
    const { clickhouse, metrics } = this.parts;
    const { metric, where, dimension } = this.source;
    const signal = this.signal && { signal: this.signal };
    const context = await openQueryContext({ clickhouse, project: this.project, limits: LIMITS, ...signal });
    return calculateMetric(context, metrics, {
      metric,
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
      grain,
      timezone: 'UTC',
      dimensions: dimension === undefined ? [] : [dimension],
      ...(dimension === undefined ? {} : { breakdown_limit: GROUPS_MAX }),
      ...(where === undefined ? {} : { where }),
    });
  }

  private async readWindow(fromMs: number, toMs: number): Promise<ReadonlyMap<string, number | null>> {
    const { rows, totals } = await this.ask(fromMs, toMs, 'all');
    if (this.source.dimension === undefined) return new Map([['', readNumber(totals.value)]]);
    return new Map(listGroups(rows).map(([, group, value]) => [group, value]));
  }

  private async readBuckets(ends: readonly number[], windowMs: number, grain: string): Promise<Readings> {
    const places = new Map(ends.map((end, i) => [end - windowMs, i]));
    const found = new Map<string, (number | null)[]>();
    const lastMs = ends.at(-1)!;
    for (let fromMs = ends[0]! - windowMs; fromMs < lastMs; fromMs += BUCKETS_MAX * windowMs) {
      const { rows } = await this.ask(fromMs, Math.min(lastMs, fromMs + BUCKETS_MAX * windowMs), grain);
      const grouped = this.source.dimension === undefined ? rows.map(toPlain) : listGroups(rows);
      for (const [startMs, group, value] of grouped) {
        const place = places.get(startMs);
        if (place === undefined) continue;
        const values = found.get(group) ?? ends.map(() => null);
        values[place] = value;
        found.set(group, values);
      }
    }
    return found;
  }
}

type Point = readonly [startMs: number, group: string, value: number | null];

const toPlain = (row: readonly unknown[]): Point => [Date.parse(String(row[0])), '', readNumber(row[1])];

/** The rows of known values of the dimension: what is absent and what is left over is no value of it. */
const listGroups = (rows: MetricAnswer['rows']): Point[] =>
  rows
    .filter(([, group]) => group !== null && group !== '$other')
    .map(([time, group, value]) => [Date.parse(String(time)), JSON.stringify(group), readNumber(value)]);

/** A window shorter than the pause between two samples looks at the last one. */
const lengthOf = (windowMs: number): number => Math.max(windowMs, 2 * SAMPLE_INTERVAL_MS);

class SignalReader implements Reader {
  constructor(
    private readonly metadata: Metadata,
    private readonly source: Source & { kind: 'signal' },
  ) {}

  isCheap = (): boolean => true;

  async read(ends: readonly number[], windowMs: number): Promise<Readings> {
    const { signal } = this.source;
    const rows = await this.metadata.query<{ value: number | null; samples: number }>(WINDOWS, [
      signal,
      ends.map((end) => new Date(end)),
      lengthOf(windowMs),
      SIGNALS[signal].fold,
    ]);
    if (ends.length === 1 && rows[0]!.samples === 0)
      throw new Error(
        'the signals were not sampled of late: Redis does not answer, or this instance just started',
      );
    return new Map([['', rows.map(({ value }) => value)]]);
  }

  async readNote(end: number, windowMs: number): Promise<string | undefined> {
    const values = [this.source.signal, new Date(end), lengthOf(windowMs)];
    const [row] = await this.metadata.query<{ note: string }>(NOTE, values);
    return row?.note;
  }
}

export const createReader = (
  parts: ReaderParts,
  project: string,
  source: Source,
  signal?: AbortSignal,
): Reader =>
  source.kind === 'metric'
    ? new MetricReader(parts, project, source, signal)
    : new SignalReader(parts.metadata, source);
