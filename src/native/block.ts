/** A ClickHouse Native block: number of columns, number of rows, then each column's name, type, prefix and values. */
import type { ByteBuffer } from './byte-buffer.js';
import type { Column } from './column.js';

/** Appends one block to `out`. Every column must hold exactly `rows` rows. */
export function writeBlock(
  out: ByteBuffer,
  rows: number,
  columns: readonly { name: string; column: Column }[],
): void {
  out.writeVarint(columns.length);
  out.writeVarint(rows);
  for (const { name, column } of columns) {
    out.writeString(name);
    out.writeString(column.type);
    if (rows === 0) continue;
    column.writePrefix(out);
    column.writeValues(out);
  }
}
