/** Buckets as SQL: the number of the bucket an event falls in, from its offset. */
import { type Printed, print } from '../printed.js';
import type { Buckets } from './buckets.js';

/** Neighbouring buckets of one length: days between two changes of the clock are one segment. */
interface Segment {
  readonly start: number;
  readonly length: number;
  readonly first: number;
}

function listSegments(bounds: readonly number[]): Segment[] {
  const segments: Segment[] = [];
  for (let bucket = 0; bucket + 1 < bounds.length; bucket++) {
    const length = bounds[bucket + 1]! - bounds[bucket]!;
    if (segments.at(-1)?.length !== length) segments.push({ start: bounds[bucket]!, length, first: bucket });
  }
  return segments;
}

const printList = (numbers: readonly number[]): Printed =>
  print`cast([${numbers.slice(1).reduce((text, one) => print`${text}, ${one}`, print`${numbers[0]!}`)}] as Array(Int64))`;

/**
 * Number of the bucket, from 0, of an expression in ms counted from `originMs`. The expression's instants must lie in the
 * buckets. The numbers are this program's own, not the request's.
 */
export function printBucket({ bounds }: Buckets, expression: Printed, originMs: number): Printed {
  const segments = listSegments(bounds);
  if (segments.length === 1)
    return print`intDiv(${expression} - ${bounds[0]! - originMs}, ${segments[0]!.length})`;
  const starts = printList(segments.map(({ start }) => start - originMs));
  const found = print`indexOfAssumeSorted(${starts}, roundDown(${expression}, ${starts}))`;
  const pick = (numbers: readonly number[]): Printed => print`${printList(numbers)}[${found}]`;
  const lengths = pick(segments.map(({ length }) => length));
  return print`${pick(segments.map(({ first }) => first))} + intDiv(${expression} - ${pick(segments.map(({ start }) => start - originMs))}, ${lengths})`;
}
