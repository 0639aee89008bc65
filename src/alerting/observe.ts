/** Reads what a rule is about at one time or at many, and judges it. */
import {
  BASELINE_WEEKS,
  type Judged,
  judgeAnomaly,
  judgeChange,
  judgeNoData,
  judgeThreshold,
} from './judge.js';
import type { Reader } from './reader.js';
import type { Condition, Rule } from './rule.js';

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;

/** By dimension value, what was found at each of the times. */
export type Judgements = ReadonlyMap<string, readonly Judged[]>;

/** Where the window ends that a rule looks at: now, or with the last whole hour for anomalies. */
export const findEnd = ({ condition }: Rule, nowMs: number): number =>
  condition.kind === 'anomaly' ? Math.floor(nowMs / HOUR_MS) * HOUR_MS : nowMs;

async function judgeChanges(rule: Rule, reader: Reader, ends: readonly number[]): Promise<Judgements> {
  const condition = rule.condition as Condition & { kind: 'change' };
  const [now, before] = await Promise.all([
    reader.read(ends, rule.windowMs),
    reader.read(
      ends.map((end) => end - WEEK_MS),
      rule.windowMs,
    ),
  ]);
  return new Map(
    [...now].map(([group, values]) => [
      group,
      values.map((value, i) => judgeChange(value, before.get(group)?.[i] ?? null, condition)),
    ]),
  );
}

/** All hours from the first baseline to the last time are read at once. */
async function judgeAnomalies(rule: Rule, reader: Reader, ends: readonly number[]): Promise<Judgements> {
  const condition = rule.condition as Condition & { kind: 'anomaly' };
  const firstMs = ends[0]! - BASELINE_WEEKS * WEEK_MS;
  const hours = Array.from(
    { length: (ends.at(-1)! - firstMs) / HOUR_MS + 1 },
    (_, i) => firstMs + i * HOUR_MS,
  );
  const readings = await reader.read(hours, HOUR_MS);
  return new Map(
    [...readings].map(([group, values]) => {
      // Hours before anything was ever counted are no history.
      const first = values.findIndex((value) => value !== null && value !== 0);
      const judged = ends.map((end) => {
        const place = (end - firstMs) / HOUR_MS;
        const past = Array.from({ length: BASELINE_WEEKS }, (_, i) => place - (i + 1) * (WEEK_MS / HOUR_MS))
          .filter((earlier) => first !== -1 && earlier >= first)
          .flatMap((earlier) => values[earlier] ?? []);
        return judgeAnomaly(values[place] ?? null, past, condition);
      });
      return [group, judged];
    }),
  );
}

/** Judges a rule at times, ms, rising; those of anomalies are whole hours. @throws RequestError, EngineError, MetadataError */
export async function judgeAt(rule: Rule, reader: Reader, ends: readonly number[]): Promise<Judgements> {
  const { condition, windowMs, source } = rule;
  if (condition.kind === 'change') return judgeChanges(rule, reader, ends);
  if (condition.kind === 'anomaly') return judgeAnomalies(rule, reader, ends);
  const judge = (value: number | null): Judged =>
    condition.kind === 'threshold'
      ? judgeThreshold(value, condition)
      : judgeNoData(value, source.kind === 'metric');
  const readings = await reader.read(ends, windowMs);
  return new Map([...readings].map(([group, values]) => [group, values.map(judge)]));
}

/** Judges a rule as of now, and says of what meets it what people should know beside the value. @throws as judgeAt */
export async function judgeNow(rule: Rule, reader: Reader, nowMs: number): Promise<Judgements> {
  const end = findEnd(rule, nowMs);
  const found = await judgeAt(rule, reader, [end]);
  if (![...found.values()].some(([judged]) => judged!.isMet)) return found;
  const note = await reader.readNote?.(end, rule.windowMs);
  if (note === undefined) return found;
  return new Map(
    [...found].map(([group, [judged]]) => [group, [judged!.isMet ? { ...judged!, note } : judged!]]),
  );
}
