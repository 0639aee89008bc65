/** Trends by walking over every event for every bucket. Bucket starts are given by the test, found by stepping a clock. */
import { holds, type OracleEvent, readProperty, type Where } from './condition.js';

export interface OracleSeries {
  events: string[];
  where?: Where;
  measure: string | Record<string, string>;
}

export interface OracleTrend {
  series: OracleSeries[];
  where?: Where;
  from: number;
  to: number;
  /** Bucket starts and the end of the last. */
  bounds: number[];
  breakdown: string[];
  limit: number;
}

const SESSION_GAP_MS = 30 * 60_000;

/** The session of each event: the client's, else one that ends after 30 minutes without any event of the person. */
export function listSessions(all: readonly OracleEvent[]): Map<OracleEvent, string> {
  const sessions = new Map<OracleEvent, string>();
  for (const event of all) {
    const mine = all.filter(({ user, t }) => user === event.user && t <= event.t).map(({ t }) => t);
    mine.sort((a, b) => a - b);
    let begin = mine[0]!;
    for (let i = 1; i < mine.length; i++) if (mine[i]! - mine[i - 1]! > SESSION_GAP_MS) begin = mine[i]!;
    sessions.set(event, `${event.user} ${event.session || `gap ${begin}`}`);
  }
  return sessions;
}

export function quantile(values: readonly number[], level: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * level;
  const below = sorted[Math.floor(place)]!;
  return below + (sorted[Math.ceil(place)]! - below) * (place - Math.floor(place));
}

function measure(
  { measure: asked }: OracleSeries,
  events: readonly OracleEvent[],
  sessions: ReadonlyMap<OracleEvent, string>,
): number | null {
  if (asked === 'count') return events.length;
  if (asked === 'users') return new Set(events.map(({ user }) => user)).size;
  if (asked === 'sessions') return new Set(events.map((event) => sessions.get(event))).size;
  const [kind, property] = Object.entries(asked as Record<string, string>)[0]!;
  const numbers = events
    .map((event) => readProperty(event, property))
    .filter((value) => typeof value === 'number');
  const sum = numbers.reduce((total, one) => total + one, 0);
  if (kind === 'sum') return sum;
  if (numbers.length === 0) return null;
  if (kind === 'avg') return sum / numbers.length;
  if (kind === 'min') return Math.min(...numbers);
  if (kind === 'max') return Math.max(...numbers);
  return quantile(numbers, { median: 0.5, p90: 0.9, p99: 0.99 }[kind]!);
}

/** Values by series, breakdown value (JSON text of its values, "other" for the rest) and bucket. */
export function computeTrend(
  trend: OracleTrend,
  events: readonly OracleEvent[],
): Map<string, (number | null)[]>[] {
  const inRange = events.filter(({ t }) => t >= trend.from && t < trend.to);
  const sessions = listSessions(inRange);
  const keyOf = (event: OracleEvent): string =>
    JSON.stringify(trend.breakdown.map((name) => readProperty(event, name) ?? null));
  return trend.series.map((series) => {
    const mine = inRange.filter(
      (event) =>
        series.events.includes(event.event) && holds(series.where, event) && holds(trend.where, event),
    );
    const keys = [...new Set(mine.map(keyOf))];
    const additive = typeof series.measure === 'string' || 'sum' in series.measure;
    const totalOf = (key: string): number => {
      const own = mine.filter((event) => keyOf(event) === key);
      return additive ? measure(series, own, sessions)! : own.length;
    };
    const totals = new Map(keys.map((key) => [key, totalOf(key)]));
    keys.sort((a, b) => totals.get(b)! - totals.get(a)! || (a < b ? -1 : 1));
    const kept = trend.breakdown.length === 0 ? ['[]'] : keys.slice(0, trend.limit);
    const groups = [...kept, ...(keys.length > kept.length && trend.breakdown.length > 0 ? ['other'] : [])];
    return new Map(
      groups.map((group) => [
        group,
        trend.bounds.slice(0, -1).map((start, bucket) => {
          const end = trend.bounds[bucket + 1]!;
          const own = mine.filter(
            (event) =>
              event.t >= start &&
              event.t < end &&
              (group === 'other' ? !kept.includes(keyOf(event)) : keyOf(event) === group),
          );
          return measure(series, own, sessions);
        }),
      ]),
    );
  });
}
