/**
 * ClickHouse's Dynamic type in its flattened form (structure version 3 of the Native format), and with it what a
 * JSON value becomes. A JSON column (json-column.ts) is one of these for each path.
 *
 *   prefix  UInt64 3, number of types, their names, the prefixes of those that have one
 *   values  for each row one discriminator, the index of its type, or the number of types for "absent";
 *           then each type's values, one type after another, in row order
 *
 * So each path keeps one discriminator byte a row and, for each type it met, that type's own values. A path unknown
 * until row 5,000 starts then: what it did not fill is absent. Nothing is allocated for a value.
 *
 *   JSON value                           stored as
 *   number                               Float64 (DECISIONS 5)
 *   true, false / text                   Bool / String
 *   null, {}                             absent
 *   object                               its members, as deeper paths
 *   array of one kind of scalar or null  Array(Nullable(Float64 | Bool | String)); [] as Array(Nullable(String))
 *   array of objects                     Array(JSON)
 *   any other array                      Array(Dynamic), each element by this same table
 *
 * Inside an Array(Dynamic) an object is a value of type JSON, so there alone {} is kept.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.js';
import type { ByteBuffer } from './byte-buffer.js';
import { NumberList } from './column.js';
import { ScalarArrays, ScalarValues, type Values, writeEnds } from './scalar-values.js';

const STRUCTURE_VERSION = 3;

/** Room for paths in a JSON inside an array; what is beyond goes to the column's shared data. As the engine infers it. */
const NESTED_JSON_TYPE = 'JSON(max_dynamic_types=16, max_dynamic_paths=128)';

/** While a path is filled, a row's discriminator is its kind; the index among the kinds met is known at the end. */
const NUMBER = 0;
const BOOL = 1;
const TEXT = 2;
const NUMBERS = 3;
const BOOLS = 4;
const TEXTS = 5;
const OBJECTS = 6;
const MIXED = 7;
const OBJECT = 8;
const KINDS = 9;
const ABSENT = 0xff;

/** A column of objects, as arrays of objects need it; json-column.ts makes them. */
export interface ObjectColumn {
  append(object: JsonObject): void;
  writePrefix(out: ByteBuffer): void;
  writeValues(out: ByteBuffer): void;
}

/** What all JSON columns of a block share. */
export interface JsonBlock {
  /**
   * Discriminators that will be written: paths times rows, over all its columns. This, not the values, is what a
   * block of many different paths costs, so whoever fills the block watches it.
   */
  cells: number;
  /** Paths of all its columns: about 1 kB of JavaScript objects each, until the block is written. */
  paths: number;
  createObjects(): ObjectColumn;
}

/** Array(JSON). */
class ObjectArrays implements Values {
  readonly type = `Array(${NESTED_JSON_TYPE})`;
  private readonly ends = new NumberList();
  private readonly elements: ObjectColumn;

  constructor(block: JsonBlock) {
    this.elements = block.createObjects();
  }

  append(values: readonly JsonValue[]): void {
    for (const value of values) this.elements.append(isJsonObject(value) ? value : {});
    this.ends.push(this.ends.last + values.length);
  }

  writePrefix(out: ByteBuffer): void {
    this.elements.writePrefix(out);
  }

  writeValues(out: ByteBuffer): void {
    writeEnds(out, this.ends);
    this.elements.writeValues(out);
  }
}

/** Array(Dynamic). */
class MixedArrays implements Values {
  readonly type = 'Array(Dynamic)';
  private readonly ends = new NumberList();
  private readonly elements: DynamicColumn;

  constructor(block: JsonBlock) {
    this.elements = new DynamicColumn(block);
  }

  append(values: readonly JsonValue[]): void {
    const start = this.ends.last;
    for (let i = 0; i < values.length; i++) this.elements.set(start + i, values[i]!);
    this.ends.push(start + values.length);
  }

  writePrefix(out: ByteBuffer): void {
    this.elements.writePrefix(out);
  }

  writeValues(out: ByteBuffer): void {
    writeEnds(out, this.ends);
    this.elements.writeValues(out, this.ends.last);
  }
}

/** Objects among the elements of a mixed array. */
class ObjectValues implements Values {
  readonly type = NESTED_JSON_TYPE;
  private readonly values: ObjectColumn;

  constructor(block: JsonBlock) {
    this.values = block.createObjects();
  }

  append(value: JsonObject): void {
    this.values.append(value);
  }

  writePrefix(out: ByteBuffer): void {
    this.values.writePrefix(out);
  }

  writeValues(out: ByteBuffer): void {
    this.values.writeValues(out);
  }
}

const FIRST_ROWS = 256;

/** A column whose every row has its own type. Rows are set in rising order; a row left out is absent. */
export class DynamicColumn {
  private kinds = new Uint8Array(0);
  private readonly valuesByKind: (Values | undefined)[] = new Array<undefined>(KINDS).fill(undefined);
  private numbers: ByteBuffer | undefined;
  private bools: ByteBuffer | undefined;
  private texts: ByteBuffer | undefined;

  constructor(private readonly block: JsonBlock) {}

  set(row: number, value: JsonValue): void {
    if (value === null) return;
    if (row >= this.kinds.length) this.growTo(row + 1);
    if (typeof value === 'string') {
      this.texts ??= this.addScalar(TEXT, 'String');
      this.texts.writeString(value);
      this.kinds[row] = TEXT;
    } else if (typeof value === 'number') {
      this.numbers ??= this.addScalar(NUMBER, 'Float64');
      this.numbers.writeAlignedFloat64(value);
      this.kinds[row] = NUMBER;
    } else if (typeof value === 'boolean') {
      this.bools ??= this.addScalar(BOOL, 'Bool');
      this.bools.writeByte(value ? 1 : 0);
      this.kinds[row] = BOOL;
    } else if (Array.isArray(value)) {
      this.kinds[row] = this.appendArray(value);
    } else {
      const objects = this.valuesByKind[OBJECT] ?? this.add(OBJECT, new ObjectValues(this.block));
      (objects as ObjectValues).append(value);
      this.kinds[row] = OBJECT;
    }
  }

  private growTo(rows: number): void {
    const larger = new Uint8Array(Math.max(rows, this.kinds.length * 2, FIRST_ROWS)).fill(ABSENT);
    larger.set(this.kinds);
    this.kinds = larger;
  }

  private add<T extends Values>(kind: number, values: T): T {
    this.valuesByKind[kind] = values;
    return values;
  }

  private addScalar(kind: number, type: 'Float64' | 'Bool' | 'String'): ByteBuffer {
    return this.add(kind, new ScalarValues(type)).bytes;
  }

  private appendArray(array: readonly JsonValue[]): number {
    const kind = classifyArray(array);
    const values = (this.valuesByKind[kind] ?? this.add(kind, createArrays(kind, this.block))) as Arrays;
    values.append(array);
    return kind;
  }

  writePrefix(out: ByteBuffer): void {
    const types = this.valuesByKind.filter((values) => values !== undefined);
    out.writeSafeUint64(STRUCTURE_VERSION);
    out.writeVarint(types.length);
    for (const values of types) out.writeString(values.type);
    for (const values of types) values.writePrefix(out);
  }

  writeValues(out: ByteBuffer, rows: number): void {
    const types = this.valuesByKind.filter((values) => values !== undefined);
    this.writeDiscriminators(out, rows, types.length);
    for (const values of types) values.writeValues(out);
  }

  private writeDiscriminators(out: ByteBuffer, rows: number, absent: number): void {
    const discriminators = new Uint8Array(256).fill(absent);
    let index = 0;
    for (let kind = 0; kind < KINDS; kind++) {
      if (this.valuesByKind[kind] !== undefined) discriminators[kind] = index++;
    }
    out.reserve(rows);
    const { bytes } = out;
    const start = out.length;
    const filled = Math.min(rows, this.kinds.length);
    for (let row = 0; row < filled; row++) bytes[start + row] = discriminators[this.kinds[row]!]!;
    bytes.fill(absent, start + filled, start + rows);
    out.length = start + rows;
  }
}

type Arrays = ScalarArrays | ObjectArrays | MixedArrays;

function createArrays(kind: number, block: JsonBlock): Arrays {
  switch (kind) {
    case NUMBERS:
      return new ScalarArrays('Float64');
    case BOOLS:
      return new ScalarArrays('Bool');
    case TEXTS:
      return new ScalarArrays('String');
    case OBJECTS:
      return new ObjectArrays(block);
    default:
      return new MixedArrays(block);
  }
}

/** The kind of an array by its elements; one of nulls only, or of nothing, counts as texts. */
function classifyArray(array: readonly JsonValue[]): number {
  let kind = -1;
  let nulls = false;
  for (const value of array) {
    if (value === null) {
      nulls = true;
      continue;
    }
    const next =
      typeof value === 'string'
        ? TEXTS
        : typeof value === 'number'
          ? NUMBERS
          : typeof value === 'boolean'
            ? BOOLS
            : Array.isArray(value)
              ? MIXED
              : OBJECTS;
    if (next === MIXED || (kind !== -1 && kind !== next)) return MIXED;
    kind = next;
  }
  if (kind === OBJECTS && nulls) return MIXED;
  return kind === -1 ? TEXTS : kind;
}
