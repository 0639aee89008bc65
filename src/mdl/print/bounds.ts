/**
 * Bucket boundaries as a constant list. Equal steps, which is nearly all of them, become range(…): two weeks of minutes
 * are three parameters instead of twenty thousand numbers in a URL.
 */
import { type Binder, joinSql, type Sql, sql } from './sql.js';

/** Fewer numbers than this are shorter as numbers. */
const RUN_MIN = 4;

type Piece =
  | { readonly kind: 'run'; readonly from: number; readonly step: number; readonly count: number }
  | { readonly kind: 'list'; readonly values: readonly number[] };

/** Cuts an ascending list into runs of equal steps and what is left between them. */
export function cutRuns(values: readonly number[]): readonly Piece[] {
  const pieces: Piece[] = [];
  let loose: number[] = [];
  for (let i = 0; i < values.length; ) {
    const step = values[i + 1]! - values[i]!;
    let count = 1;
    while (i + count < values.length && values[i + count]! - values[i + count - 1]! === step) count++;
    if (count >= RUN_MIN) {
      if (loose.length > 0) pieces.push({ kind: 'list', values: loose });
      loose = [];
      pieces.push({ kind: 'run', from: values[i]!, step, count });
      i += count;
    } else loose.push(values[i++]!);
  }
  if (loose.length > 0) pieces.push({ kind: 'list', values: loose });
  return pieces;
}

/** An Array(Int64) of the values, ascending epoch milliseconds. */
export function printBounds(values: readonly number[], binder: Binder): Sql {
  const parts = cutRuns(values).map((piece) => {
    if (piece.kind === 'list') return binder.bind('Array(Int64)', piece.values);
    const end = piece.from + piece.step * piece.count;
    return sql`range(${binder.bind('Int64', piece.from)}, ${binder.bind('Int64', end)}, ${piece.step})`;
  });
  return parts.length === 1 ? parts[0]! : sql`arrayConcat(${joinSql(parts, ', ')})`;
}
