/** The index of the bucket an instant lies in, for instants that may lie outside of all buckets. */
import { type Params, type Printed, print } from '../printed.js';

/** -1 before the first bucket, the number of buckets from the end of the last on. `ms` is an expression in epoch ms. */
export function printBucketIndex(bounds: readonly number[], ms: Printed, params: Params): Printed {
  const list = params.bind('Array(Int64)', bounds);
  const first = params.bind('Int64', bounds[0]!);
  return print`toInt32(if(${ms} < ${first}, -1, indexOf(${list}, roundDown(${ms}, ${list})) - 1))`;
}
