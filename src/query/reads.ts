/**
 * What the answer of a question depends on, so that a stored batch ends exactly the kept answers that it may change. Told too wide,
 * an answer is computed again for nothing; so wherever it is not obvious it is told wide.
 */
import type { DataReads } from '../stream/data-version.js';
import { readFunnelQuestion } from './funnel/request.js';
import { readRetentionQuestion } from './retention/request.js';
import type { Range } from './time/buckets.js';
import { readTrendsQuestion } from './trends/request.js';

/** A property of a person begins a text of the question, or is a name in it. */
const USER_PROPERTY = /"user(_then)?\./;

/** Whether a question as it was written asks for properties of people. */
export const readsPeople = (question: unknown): boolean => USER_PROPERTY.test(JSON.stringify(question));

const join = (ranges: readonly Range[], lastMs = 0): Range => ({
  fromMs: Math.min(...ranges.map(({ fromMs }) => fromMs)),
  toMs: Math.max(...ranges.map(({ toMs }) => toMs)) + lastMs,
});

/** Sessions that are derived are seen in events of all types. */
export function readsOfTrends(input: unknown): DataReads {
  const { series, range, previous, buckets } = readTrendsQuestion(input);
  const countsSessions = series.some(({ measure }) => measure.kind === 'sessions');
  return {
    events: countsSessions ? '*' : [...new Set(series.flatMap(({ events }) => events))],
    range: join([range, ...(previous ? [previous.range] : [])]),
    people: readsPeople(input),
    receipts: buckets.bounds,
  };
}

/** In strict order any event between two steps matters. */
export function readsOfFunnel(input: unknown): DataReads {
  const { definition, range, previous, trend, observed, breakdown } = readFunnelQuestion(input);
  const { steps, exclusions, windowMs } = definition;
  const matches = [...steps, ...exclusions].flatMap(({ events }) => events);
  const readsAll =
    definition.order === 'strict' ||
    definition.count === 'sessions' ||
    breakdown.some(({ entry }) => entry !== undefined);
  return {
    events: readsAll ? '*' : [...new Set([...matches, ...observed])],
    range: join([range, ...(previous ? [previous] : [])], windowMs),
    people: readsPeople(input),
    receipts: (trend?.bounds ?? []).map((end) => end + windowMs),
  };
}

/** Starts may be sought in all that was ever stored. */
export function readsOfRetention(input: unknown): DataReads {
  const { start, back, bounds, rollingMs } = readRetentionQuestion(input);
  return {
    events: [...new Set([...start.events, ...back.events])],
    people: readsPeople(input),
    receipts: rollingMs === undefined ? bounds : 'any',
  };
}
