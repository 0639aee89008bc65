/** Decodes blocks of funnel-histories.sql into units the judge takes. */
import { RequestError } from '../../errors.js';
import type { NativeBlock, NativeColumn } from '../native-result.js';
import { type ClassTable, MAX_BREAKDOWN_VALUES, VALUE_BITS } from './classes.js';
import type { Unit } from './history.js';
import type { FunnelPlan } from './plan.js';

/** Units of one block. */
export interface UnitBlock {
  readonly rows: number;
  /** The unit of a row. One object, moved from row to row: there are too many units to make one for each. */
  moveTo(row: number): Unit;
  /** Key of a unit, a 64-bit number. */
  keyOf(row: number): bigint;
}

interface Decoded {
  readonly times: Float64Array;
  readonly classes: Uint16Array;
  readonly values: Uint32Array | undefined;
}

/** time × classes + class, back to time and class. */
function decodePacked({ values }: NativeColumn, originMs: number, classCount: number): Decoded {
  const packed = values as Float64Array;
  const times = new Float64Array(packed.length);
  const classes = new Uint16Array(packed.length);
  for (let i = 0; i < packed.length; i++) {
    const offset = Math.floor(packed[i]! / classCount);
    times[i] = originMs + offset;
    classes[i] = packed[i]! - offset * classCount;
  }
  return { times, classes, values: undefined };
}

/** (time × classes + class) × 2^VALUE_BITS + value. The whole may exceed what a Float64 holds, so it is read by words. */
function decodeValued({ words }: NativeColumn, originMs: number, classCount: number): Decoded {
  const length = words!.length / 2;
  const times = new Float64Array(length);
  const classes = new Uint16Array(length);
  const values = new Uint32Array(length);
  const mask = 2 ** VALUE_BITS - 1;
  const high = 2 ** (32 - VALUE_BITS);
  for (let i = 0; i < length; i++) {
    const low = words![2 * i]!;
    const packed = words![2 * i + 1]! * high + (low >>> VALUE_BITS);
    const offset = Math.floor(packed / classCount);
    times[i] = originMs + offset;
    classes[i] = packed - offset * classCount;
    values[i] = low & mask;
  }
  return { times, classes, values };
}

function decodeWide(
  columns: readonly NativeColumn[],
  originMs: number,
  table: ClassTable,
  valued: boolean,
): Decoded {
  const offsets = columns[0]!.values as Float64Array;
  const values = valued ? (columns.at(-1)!.values as Uint32Array) : undefined;
  const words = columns.slice(1, valued ? -1 : undefined).map((column) => column.values as Float64Array);
  const times = new Float64Array(offsets.length);
  const classes = new Uint16Array(offsets.length);
  const found = new Array<number>(words.length);
  for (let i = 0; i < offsets.length; i++) {
    times[i] = originMs + offsets[i]!;
    for (let word = 0; word < words.length; word++) found[word] = words[word]![i]!;
    classes[i] = table.findClass(found);
  }
  return { times, classes, values };
}

export function decodeBlock(block: NativeBlock, plan: FunnelPlan, table: ClassTable): UnitBlock {
  const rest = [...block.columns];
  const keys = rest.shift()!;
  const broken = plan.breakdown.length > 0;
  if (broken) rest.pop();
  const holds = plan.definition.hold.length > 0 ? (rest.pop()!.values as Uint32Array) : undefined;
  const amounts = plan.value ? (rest.pop()!.values as Float64Array) : undefined;
  const { packedClasses } = plan.matchers;
  const events = rest[0]!;
  const { fromMs } = plan.range;
  const decode = broken ? decodeValued : decodePacked;
  const decoded =
    packedClasses === undefined
      ? decodeWide(rest, fromMs, table, broken)
      : decode(events, fromMs, packedClasses);
  const ends = events.ends!;
  const unit: Unit = { ...decoded, holds, amounts, begin: 0, end: 0 };
  return {
    rows: block.rows,
    moveTo(row) {
      unit.begin = row === 0 ? 0 : ends[row - 1]!;
      unit.end = ends[row]!;
      return unit;
    },
    keyOf: (row) => (BigInt(keys.words![2 * row + 1]!) << 32n) | BigInt(keys.words![2 * row]!),
  };
}

/**
 * The dictionary of breakdown values, when this is the block that has it: JSON texts, value number n at n − 1.
 * @throws RequestError 422 when there are more than MAX_BREAKDOWN_VALUES
 */
export function readDictionary(block: NativeBlock): readonly string[] | undefined {
  const texts = block.columns.at(-1)!.values as readonly string[];
  if (texts.length === 0) return undefined;
  if (texts.length <= MAX_BREAKDOWN_VALUES) return texts;
  throw new RequestError(
    422,
    'too_many_values',
    `The breakdown has more than ${MAX_BREAKDOWN_VALUES} values; narrow it with where or choose another property.`,
  );
}
