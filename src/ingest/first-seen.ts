/** Repeats inside one batch: for each row, the earlier row with the same hash, found in one pass over typed arrays. */

/**
 * For each ordinal the first ordinal with the same 64-bit hash, or -1 when it is that first one itself. Equal hashes do not
 * prove equal ids: the caller compares those. `hashes` holds [lo, hi] a row. Costs 8 bytes a row, for the call.
 */
export function findFirstSeen(hashes: Uint32Array, rows: number): Int32Array {
  let capacity = 16;
  while (capacity < rows * 2) capacity *= 2;
  const mask = capacity - 1;
  const slots = new Int32Array(capacity).fill(-1);
  const first = new Int32Array(rows).fill(-1);
  for (let row = 0; row < rows; row++) {
    const lo = hashes[row * 2]!;
    const hi = hashes[row * 2 + 1]!;
    let at = lo & mask;
    for (;;) {
      const other = slots[at]!;
      if (other === -1) {
        slots[at] = row;
        break;
      }
      if (hashes[other * 2] === lo && hashes[other * 2 + 1] === hi) {
        first[row] = other;
        break;
      }
      at = (at + 1) & mask;
    }
  }
  return first;
}
