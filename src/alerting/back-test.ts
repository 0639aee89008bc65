/**
 * What a rule would have done over the last days: judged at many times, and led through the same states as when it runs.
 *
 * Windows of a minute, an hour or a day, and those of signals, are judged one after the other without a gap. A window of another
 * length is a question each, so at most QUESTIONS_MAX are judged, spread over the days; `step_seconds` says how far apart.
 */
import * as v from 'valibot';
import { parseRequest, refuseField } from '../query/request.js';
import type { Judged } from './judge.js';
import { advance, createState } from './machine.js';
import { findEnd, judgeAt } from './observe.js';
import { createReader, GROUPS_MAX, type ReaderParts, readGroup } from './reader.js';
import { type Rule, readRule } from './rule.js';

const DAY_MS = 86_400_000;
const DAYS_MAX = 28;
const DAYS = 7;
/** Questions of one back-test, for windows that are no bucket. */
const QUESTIONS_MAX = 120;
/** Times judged in one back-test. */
const TIMES_MAX = 20_000;
/** The same of a rule with a dimension: each is judged for each value. */
const GROUPED_TIMES_MAX = 5_000;
/** Points of the answer, for a chart. */
const POINTS_MAX = 1_000;
/** Incidents of the answer. */
const INCIDENTS_MAX = 1_000;

const askSchema = v.looseObject({
  days: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(DAYS_MAX, `days is at most ${DAYS_MAX}.`)),
    DAYS,
  ),
});

export interface Incident {
  readonly dimension_value: unknown;
  readonly fired_at: string;
  /** Null: it would still fire. */
  resolved_at: string | null;
  readonly value: number | null;
}

export interface BackTest {
  readonly days: number;
  readonly step_seconds: number;
  readonly window_seconds: number;
  /** Times judged. */
  readonly evaluations: number;
  /** What it would find now, by dimension value. */
  readonly now: readonly { dimension_value: unknown; value: number | null; met: boolean; note?: string }[];
  readonly incidents: readonly Incident[];
  /** Of the first dimension value, thinned to at most POINTS_MAX; `low` and `high` are what would be usual. */
  readonly points: readonly {
    time: string;
    value: number | null;
    met: boolean;
    low?: number;
    high?: number;
  }[];
  readonly elapsed_ms: number;
}

const writeTime = (ms: number): string => new Date(ms).toISOString();

/** The times to judge at, rising, and how far they are apart. @throws RequestError 422 */
function listTimes(
  rule: Rule,
  isCheap: boolean,
  days: number,
  nowMs: number,
): { ends: number[]; stepMs: number } {
  const spanMs = days * DAY_MS;
  const isGrouped = rule.source.kind === 'metric' && rule.source.dimension !== undefined;
  // Signals are cheap at any length, but a sample each is all there is to see.
  const stepMs = isCheap ? rule.windowMs : Math.max(rule.windowMs, Math.ceil(spanMs / QUESTIONS_MAX));
  const most = isGrouped ? GROUPED_TIMES_MAX : TIMES_MAX;
  if (spanMs / stepMs > most)
    throw refuseField(
      'days',
      `Windows this short can be tested over ${Math.floor((most * stepMs) / DAY_MS) || 'less than 1'} days.`,
    );
  const last = isCheap ? Math.floor(nowMs / stepMs) * stepMs : findEnd(rule, nowMs);
  const count = Math.max(1, Math.floor(spanMs / stepMs));
  return { ends: Array.from({ length: count }, (_, i) => last - (count - 1 - i) * stepMs), stepMs };
}

function listIncidents(
  group: string,
  judged: readonly Judged[],
  ends: readonly number[],
  rule: Rule,
  stepMs: number,
): Incident[] {
  const incidents: Incident[] = [];
  const patience = { forMs: rule.forMs, gapMs: stepMs };
  let state = createState(ends[0]!);
  for (const [i, end] of ends.entries()) {
    const advanced = advance(state, judged[i]!, patience, { nowMs: end, isSilenced: false });
    state = advanced.state;
    const at = writeTime(end);
    const { value } = judged[i]!;
    if (advanced.message === 'firing')
      incidents.push({ dimension_value: readGroup(group), fired_at: at, resolved_at: null, value });
    if (advanced.message === 'resolved') incidents.at(-1)!.resolved_at = at;
  }
  return incidents;
}

function thinPoints(judged: readonly Judged[], ends: readonly number[]): BackTest['points'] {
  const every = Math.ceil(ends.length / POINTS_MAX);
  // What met the condition is not thinned away.
  return ends.flatMap((end, i) => {
    if (i % every !== 0) return [];
    const some = judged.slice(i, i + every);
    const { value, isMet, low, high } = some.find((one) => one.isMet) ?? some[0]!;
    return { time: writeTime(end), value, met: isMet, ...(low === undefined ? {} : { low, high: high! }) };
  });
}

/** Tests a rule, `{…, days?}`, without saving it. @throws RequestError 422, EngineError, MetadataError */
export async function backTest(
  parts: ReaderParts,
  project: string,
  input: unknown,
  signal: AbortSignal,
): Promise<BackTest> {
  const startedMs = performance.now();
  const { days } = parseRequest(askSchema, input);
  const { days: _, ...written } = input as Record<string, unknown>;
  const { rule } = readRule(written);
  const reader = createReader(parts, project, rule.source, signal);
  const isCheap = rule.condition.kind === 'anomaly' || reader.isCheap(rule.windowMs);
  const nowMs = Date.now();
  const { ends, stepMs } = listTimes(rule, isCheap, days, nowMs);
  const past = await judgeAt(rule, reader, ends);
  const now = await judgeAt(rule, reader, [findEnd(rule, nowMs)]);
  const [first] = past.values();
  return {
    days,
    step_seconds: stepMs / 1_000,
    window_seconds: rule.windowMs / 1_000,
    evaluations: ends.length,
    now: [...now].slice(0, GROUPS_MAX).map(([group, [judged]]) => ({
      dimension_value: readGroup(group),
      value: judged!.value,
      met: judged!.isMet,
      ...(judged!.note === undefined ? {} : { note: judged!.note }),
    })),
    incidents: [...past]
      .flatMap(([group, judged]) => listIncidents(group, judged, ends, rule, stepMs))
      .sort((a, b) => (a.fired_at < b.fired_at ? -1 : 1))
      .slice(0, INCIDENTS_MAX),
    points: first ? thinPoints(first, ends) : [],
    elapsed_ms: Math.round(performance.now() - startedMs),
  };
}
