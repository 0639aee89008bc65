/**
 * A rollup held against the events. Both are asked while events arrive, one after the other, and an insert reaches the
 * events a moment before the rollup; so a difference only counts when it is still there after a while.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouse } from '../../clickhouse/client.js';
import type { RollupTarget } from '../../mdl/print/rollup.js';
import { type CellRange, printEventCells, printRollupCells } from '../../mdl/print/rollup-check.js';
import type { PrintedQuery } from '../../mdl/print/sql.js';

/** How often the two are asked before a difference counts, and the pause between. */
const ATTEMPTS = 4;
const PAUSE_MS = 400;
/** Sums of numbers may differ in their last digits by the order in which they were added. */
const TOLERANCE = 1e-9;

type Row = Readonly<Record<string, unknown>>;

async function ask(clickhouse: ClickHouse, { sql, params }: PrintedQuery): Promise<readonly Row[]> {
  return (await clickhouse.query<Row>(sql, { params })).rows;
}

function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return JSON.stringify(a) === JSON.stringify(b);
  return Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b));
}

const isSameRow = (a: Row, b: Row): boolean => Object.keys(a).every((name) => isSame(a[name], b[name]));

/** Whether a rollup has the cells of a range as the events have them. @throws EngineError */
export async function matchesEvents(
  clickhouse: ClickHouse,
  target: RollupTarget,
  range: CellRange,
  detailed: boolean,
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const raw = await ask(clickhouse, printEventCells(target, range, detailed));
    const rolled = await ask(clickhouse, printRollupCells(target, range, detailed));
    if (raw.length === rolled.length && raw.every((row, i) => isSameRow(row, rolled[i]!))) return true;
    if (attempt === ATTEMPTS) return false;
    await sleep(PAUSE_MS);
  }
}
