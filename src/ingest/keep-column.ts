/**
 * Leaving rows out of an encoded block without decoding it: one more column says which rows to keep, and the engine inserts
 * only those. Native is written column after column, so a column is added by counting one more in the header and
 * appending its bytes.
 */

const KEEP_HEADER = Buffer.concat([
  Buffer.from([4]),
  Buffer.from('keep'),
  Buffer.from([5]),
  Buffer.from('UInt8'),
]);
/** Column counts below this are one byte of the header. */
const ONE_BYTE_MAX = 0x7f;

function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  let factor = 1;
  for (let at = start; ; at++) {
    const byte = bytes[at]!;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, end: at + 1 };
    factor *= 0x80;
  }
}

/**
 * The block with a column `keep`, one byte a row. Undefined when it cannot be added this way: when `bytes` holds several
 * blocks, one after another.
 */
export function addKeepColumn(bytes: Uint8Array, keep: Uint8Array): Uint8Array | undefined {
  const columns = readVarint(bytes, 0);
  const rows = readVarint(bytes, columns.end);
  if (columns.value >= ONE_BYTE_MAX || rows.value !== keep.length) return undefined;
  return Buffer.concat([Buffer.from([columns.value + 1]), bytes.subarray(columns.end), KEEP_HEADER, keep]);
}
