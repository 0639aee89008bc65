/** What an import says at its end, to people and as JSON. */
import { writeFileSync } from 'node:fs';
import { formatTable } from '../table.js';
import type { Comparison } from './compare.js';
import type { ImportResult } from './import.js';
import type { Input } from './input.js';
import { formatDuration } from './progress.js';

/** Groups that differ that are shown; all are in the JSON. */
const DIFFERENCES_SHOWN = 30;

const count = (n: number): string => n.toLocaleString('en-US');
const countOf = (n: number, noun: string): string => `${count(n)} ${noun}${n === 1 ? '' : 's'}`;
/** Sums agree but for the order of additions, which shows in the last of a double's digits. */
const SUM_DIGITS = 12;
const formatSum = (sum: number): string => String(Number(sum.toPrecision(SUM_DIGITS)));

export function* describeResult(result: ImportResult, input: Input): Generator<string, void, void> {
  const { totals, elapsedMs, rejects, filtered } = result;
  const sum = totals.stored + totals.duplicates + totals.rejected;
  const left = filtered > 0 ? `, ${count(filtered)} outside of the dates` : '';
  yield `${result.name}: ${count(totals.stored)} stored, ${count(totals.duplicates)} duplicate, ${count(totals.rejected)} rejected; ${countOf(sum, 'event')}${left}, ${elapsedMs < 1_000 ? `${elapsedMs} ms` : formatDuration(elapsedMs)}`;
  for (const { line, code, message } of rejects) yield `  ${input.describeLine(line)}  ${code}  ${message}`;
  if (totals.rejected > rejects.length) yield `  and ${count(totals.rejected - rejects.length)} more`;
  if (totals.rejected > 0) yield `  kept in ${result.rejectsPath}`;
}

/** What was compared, one line when all is there. A sentence instead says why nothing could be. */
export function* describeComparison(comparison: Comparison | string): Generator<string, void, void> {
  if (typeof comparison === 'string') {
    yield `Not compared: ${comparison}.`;
    return;
  }
  const { source, groups, stored_users, sums, differences, unexplained } = comparison;
  const types = new Set(groups.map(({ event }) => event)).size;
  const days = new Set(groups.map(({ day }) => day)).size;
  const verdict = unexplained === 0 ? 'all as in the source' : `${count(unexplained)} NOT as in the source`;
  yield `Compared: ${countOf(source.events, 'event')} of ${countOf(types, 'type')} on ${countOf(days, 'day')}: ${verdict}`;
  if (source.users !== undefined)
    yield `  users: ${count(source.users)} in the source, ${count(stored_users ?? 0)} stored`;
  for (const [path, sum] of Object.entries(sums))
    yield `  sum of ${path}: ${formatSum(sum.source)} in the source, ${formatSum(sum.stored)} stored`;
  if (source.untimed > 0)
    yield `  not compared for want of a time of their own: ${countOf(source.untimed, 'event')}`;
  if (differences.length === 0) return;
  const rows = differences.slice(0, DIFFERENCES_SHOWN).map(({ examples, ...one }) => ({
    ...one,
    'such as': examples.join(' '),
  }));
  yield formatTable(rows);
  if (differences.length > rows.length) yield `  and ${count(differences.length - rows.length)} more`;
}

export interface SourceReport {
  input: Input;
  result: ImportResult | undefined;
  comparison: Comparison | string;
}

/** Writes everything as JSON. */
export function writeReport(path: string, target: string, reports: readonly SourceReport[]): void {
  const sources = reports.map(({ input, result, comparison }) => ({
    source: input.name,
    ...(result === undefined
      ? {}
      : {
          rows: result.rows,
          outside_of_dates: result.filtered,
          ...result.totals,
          rejected_by_code: result.codes,
          rejects_file: result.rejectsPath,
          elapsed_ms: result.elapsedMs,
        }),
    comparison: typeof comparison === 'string' ? { not_compared: comparison } : comparison,
  }));
  const ok = reports.every(
    ({ comparison }) => typeof comparison === 'string' || comparison.unexplained === 0,
  );
  writeFileSync(path, `${JSON.stringify({ target, ok, sources }, null, 2)}\n`);
}
