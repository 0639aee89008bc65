/** What is asked on the metrics screen, as the address keeps it, and the question it means. */
import { type Fields, readText } from './event-match.js';
import { keep, onlySaid, readBreakdown, readCompare } from './kept.js';

export interface AskedMetric {
  definition: string;
  dimensions: string[];
  /** Empty: that of the metric's time window. */
  grain: string;
  compare: boolean;
  from: string;
  to: string;
  timezone: string;
  /** What is asked and has no field; it goes before what the form says. */
  kept?: Fields;
}

/** The body for a definition without mistakes; `possible` are the dimensions it has. */
export function composeMetric(asked: AskedMetric, possible: readonly string[]): Record<string, unknown> {
  const { definition, dimensions, grain, compare, from, to, timezone, kept } = asked;
  return {
    definition,
    dimensions: dimensions.filter((one) => possible.includes(one)),
    ...(grain === '' ? {} : { grain }),
    from,
    to,
    timezone,
    ...(compare ? { compare: 'previous' } : {}),
    ...kept,
  };
}

/** A body as the form has it. A stored metric that it names is the one that is open: its definition is not said. */
export function readMetric(body: Fields): Partial<AskedMetric> {
  const { definition, metric, dimensions, grain, compare, from, to, timezone = 'UTC', ...rest } = body;
  const split = readBreakdown(dimensions);
  return {
    dimensions: split.breakdown ?? [],
    compare: readCompare(compare),
    grain: readText(grain),
    timezone: readText(timezone),
    ...onlySaid({
      definition: readText(definition) || undefined,
      from: readText(from) || undefined,
      to: readText(to) || undefined,
    }),
    // Of several metrics in a definition it says which.
    ...keep({ ...rest, dimensions: split.rest, metric: definition === undefined ? undefined : metric }),
  };
}
