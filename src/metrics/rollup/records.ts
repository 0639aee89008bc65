/** Rollups in Postgres: which table holds what, and how far it is. */
import type { RollupPlan } from '../../mdl/plan/rollup.js';
import type { Run } from '../../metadata/metadata.js';
import { loadStatement } from '../../metadata/statement.js';
import type { RollupState } from '../store.js';

const ADD = loadStatement('rollup-add');
const DROP = loadStatement('rollup-drop');
const LIST = loadStatement('rollup-list');
const LOCK = loadStatement('rollup-lock');
const MOVE = loadStatement('rollup-move');
const READY = loadStatement('rollup-ready');
const REMOVE = loadStatement('rollup-remove');
const REST = loadStatement('rollup-rest');

/** Rollups of all projects together. Each is a view that sees every block stored, whosever events it holds. */
export const ROLLUPS_MAX = 200;
/** Any number, the same in every version of Weir. */
const KEEPER_LOCK = 7_237_418_811;

export interface RollupRecord {
  readonly id: string;
  readonly metric: string;
  readonly project: string;
  /** As answers name it. */
  readonly name: string;
  readonly table: string;
  readonly plan: RollupPlan;
  readonly planHash: string;
  readonly state: RollupState;
  readonly reason: string;
  readonly attempts: number;
  /** Failed a while ago and is left alone for a time. */
  readonly isResting: boolean;
  readonly cutMs: number | null;
  /** 202401; 0: none yet. */
  readonly filledMonth: number;
}

export type NewRollup = Pick<
  RollupRecord,
  'id' | 'metric' | 'project' | 'name' | 'table' | 'plan' | 'planHash' | 'reason'
>;

/** Wants a rollup; nothing happens when the metric has one of this plan. @throws MetadataError */
export async function addRollup(run: Run, rollup: NewRollup): Promise<void> {
  const { id, metric, project, name, table, plan, planHash, reason } = rollup;
  await run.query(ADD, [id, metric, project, name, table, JSON.stringify(plan), planHash, reason]);
}

/** Every rollup there is; those beyond the limit, which only drops make room for, come later. @throws MetadataError */
export const listRollups = (run: Run): Promise<RollupRecord[]> =>
  run.query<RollupRecord>(LIST, [ROLLUPS_MAX * 2]);

export type ReadyRollup = Pick<RollupRecord, 'metric' | 'name' | 'table' | 'plan'>;

/** Those that answer for a project. @throws MetadataError */
export const listReadyRollups = (run: Run, project: string): Promise<ReadyRollup[]> =>
  run.query<ReadyRollup>(READY, [project]);

export interface Progress {
  readonly state: RollupState;
  readonly reason?: string;
  readonly cutMs?: number;
  readonly filledMonth?: number;
}

/** Moves a rollup on; false when somebody else did meanwhile. @throws MetadataError */
export async function moveRollup(run: Run, rollup: RollupRecord, to: Progress): Promise<boolean> {
  const { state, reason = rollup.reason, cutMs = null, filledMonth = rollup.filledMonth } = to;
  const moved = await run.query(MOVE, [rollup.id, rollup.state, state, reason, cutMs, filledMonth]);
  return moved.length > 0;
}

/** Leaves a rollup alone for a while. @throws MetadataError */
export async function restRollup(
  run: Run,
  { id }: RollupRecord,
  state: RollupState,
  reason: string,
  pauseMs: number,
): Promise<void> {
  await run.query(REST, [id, state, reason, pauseMs]);
}

export async function dropRollup(run: Run, id: string): Promise<void> {
  await run.query(DROP, [id]);
}

export async function removeRollup(run: Run, id: string): Promise<void> {
  await run.query(REMOVE, [id]);
}

/** Runs `work` while no other process makes rollups; false when one does. @throws MetadataError, and what `work` throws */
export async function holdKeeperLock(
  transaction: <T>(work: (run: Run) => Promise<T>) => Promise<T>,
  work: () => Promise<void>,
): Promise<boolean> {
  return transaction(async (run) => {
    const [row] = await run.query<{ held: boolean }>(LOCK, [KEEPER_LOCK]);
    if (!row!.held) return false;
    await work();
    return true;
  });
}
