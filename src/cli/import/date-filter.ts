import { parseIsoTime } from '../../event/timestamp.js';
import { CommandError } from '../command-error.js';
import { type Dialect, readDraft } from './dialect.js';

export interface DateRange {
  /** Inclusive and exclusive; undefined: no bound. */
  fromMs: number | undefined;
  toMs: number | undefined;
}

function readBound(option: string, given: unknown): number | undefined {
  if (given === undefined) return undefined;
  const ms = parseIsoTime(String(given));
  if (Number.isNaN(ms))
    throw new CommandError(`${option} ${given}: allowed is a date or time such as 2026-01-31.`, 2);
  return ms;
}

/** The range of --from-date and --to-date; a date is midnight in UTC. Throws CommandError. */
export function readDateRange(from: unknown, to: unknown): DateRange {
  const range = { fromMs: readBound('--from-date', from), toMs: readBound('--to-date', to) };
  if (range.fromMs !== undefined && range.toMs !== undefined && range.fromMs >= range.toMs)
    throw new CommandError('--from-date must be before --to-date.', 2);
  return range;
}

/** Whether an event lies in the range. One without a time that can be read does: Weir decides about it. */
export function createDateFilter(dialect: Dialect, { fromMs, toMs }: DateRange): (json: string) => boolean {
  if (fromMs === undefined && toMs === undefined) return () => true;
  return (json) => {
    const ms = readDraft(dialect, json)?.timestampMs ?? Number.NaN;
    return Number.isNaN(ms) || ((fromMs === undefined || ms >= fromMs) && (toMs === undefined || ms < toMs));
  };
}
