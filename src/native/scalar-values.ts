/** The values that scalars and arrays of scalars become in a Dynamic. */
import type { JsonValue } from '../event/json.js';
import { ByteBuffer } from './byte-buffer.js';
import { NumberList } from './column.js';

/** The values of one type of a Dynamic. */
export interface Values {
  readonly type: string;
  writePrefix(out: ByteBuffer): void;
  writeValues(out: ByteBuffer): void;
}

/** Values of a scalar type, written as they are stored. */
export class ScalarValues implements Values {
  readonly bytes = new ByteBuffer();

  constructor(readonly type: 'Float64' | 'Bool' | 'String') {}

  writePrefix(): void {}

  writeValues(out: ByteBuffer): void {
    out.writeBytes(this.bytes.view());
  }
}

/** Array(Nullable(scalar)): where each array ends, then which elements are null, then the elements. */
export class ScalarArrays implements Values {
  readonly type: string;
  private readonly ends = new NumberList();
  private readonly nulls = new ByteBuffer();
  private readonly elements = new ByteBuffer();

  constructor(private readonly element: 'Float64' | 'Bool' | 'String') {
    this.type = `Array(Nullable(${element}))`;
  }

  append(values: readonly JsonValue[]): void {
    const { elements } = this;
    for (const value of values) {
      this.nulls.writeByte(value === null ? 1 : 0);
      if (this.element === 'Float64') elements.writeAlignedFloat64(typeof value === 'number' ? value : 0);
      else if (this.element === 'Bool') elements.writeByte(value === true ? 1 : 0);
      else elements.writeString(typeof value === 'string' ? value : '');
    }
    this.ends.push(this.ends.last + values.length);
  }

  writePrefix(): void {}

  writeValues(out: ByteBuffer): void {
    writeEnds(out, this.ends);
    out.writeBytes(this.nulls.view());
    out.writeBytes(this.elements.view());
  }
}

/** Where each array ends among all their elements. */
export function writeEnds(out: ByteBuffer, ends: NumberList): void {
  for (const end of ends.view()) out.writeUint64(end, 0);
}
