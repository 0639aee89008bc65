/** Decodes blocks of funnel-histories.sql into units the judge takes. */
import type { NativeBlock, NativeColumn } from '../native-result.js';
import type { ClassTable } from './classes.js';
import type { Unit } from './history.js';
import type { FunnelPlan } from './plan.js';

/** Units of one block, and the breakdown values of each. */
export interface UnitBlock {
  readonly rows: number;
  /** The unit of a row. One object, moved from row to row: there are too many units to make one for each. */
  moveTo(row: number): Unit;
  /** Key of a unit, in decimal digits: a 64-bit number. */
  keyOf(row: number): string;
  /** A unit's breakdown values; a value's number counts from 1. */
  valuesOf(row: number): readonly string[];
}

interface Decoded {
  readonly times: Float64Array;
  readonly classes: Uint16Array;
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
  return { times, classes };
}

function decodeWide(columns: readonly NativeColumn[], originMs: number, table: ClassTable): Decoded {
  const [offsets, ...words] = columns.map(({ values }) => values as Float64Array) as [
    Float64Array,
    ...Float64Array[],
  ];
  const times = new Float64Array(offsets.length);
  const classes = new Uint16Array(offsets.length);
  const found = new Array<number>(words.length);
  for (let i = 0; i < offsets.length; i++) {
    times[i] = originMs + offsets[i]!;
    for (let word = 0; word < words.length; word++) found[word] = words[word]![i]!;
    classes[i] = table.findClass(found);
  }
  return { times, classes };
}

export function decodeBlock(block: NativeBlock, plan: FunnelPlan, table: ClassTable): UnitBlock {
  const [keys, events, ...rest] = block.columns as [NativeColumn, NativeColumn, ...NativeColumn[]];
  const { packedClasses, list } = plan.matchers;
  const wordCount = packedClasses === undefined ? rest.length - countKeyColumns(plan) : 0;
  const decoded =
    packedClasses === undefined
      ? decodeWide([events, ...rest.splice(0, wordCount)], plan.range.fromMs, table)
      : decodePacked(events, plan.range.fromMs, packedClasses);
  if (list.length === 0) throw new Error('a funnel has conditions');
  const holds = plan.definition.hold.length > 0 ? (rest.shift()!.values as Uint32Array) : undefined;
  const values = plan.breakdown.length > 0 ? (rest.shift()!.values as Uint32Array) : undefined;
  const dictionary = plan.breakdown.length > 0 ? rest.shift()! : undefined;
  const ends = events.ends!;
  const unit: Unit = { ...decoded, holds, values, begin: 0, end: 0 };
  return {
    rows: block.rows,
    moveTo(row) {
      unit.begin = row === 0 ? 0 : ends[row - 1]!;
      unit.end = ends[row]!;
      return unit;
    },
    keyOf: (row) => ((BigInt(keys.words![2 * row + 1]!) << 32n) | BigInt(keys.words![2 * row]!)).toString(),
    valuesOf(row) {
      if (!dictionary) return [];
      const from = row === 0 ? 0 : dictionary.ends![row - 1]!;
      return (dictionary.values as readonly string[]).slice(from, dictionary.ends![row]!);
    },
  };
}

const countKeyColumns = ({ definition, breakdown }: FunnelPlan): number =>
  (definition.hold.length > 0 ? 1 : 0) + (breakdown.length > 0 ? 2 : 0);
