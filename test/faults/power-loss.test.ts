/**
 * The power goes while events are acknowledged. What every process wrote and synced was recorded; the folder is put
 * together as a disk would hold it that keeps what was synced and nothing else, and Weir is started on it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshPostgres } from '../support/stack.js';
import { canTrace, type Recording, record } from './power-loss/recording.js';
import { drawMoments, runPowerLoss } from './power-loss/trial.js';

const SEED = Number(process.env.FAULT_SEED ?? 1);
const LOAD_MS = 3_000;
const CLEAN = { lost: [], duplicated: [], phantom: [], rejectsLost: [] };

describe('after a power loss', () => {
  const base = mkdtempSync(join(tmpdir(), 'weir-power-'));
  let recording: Recording;

  beforeAll(async () => {
    if (!canTrace())
      throw new Error('strace is missing or not allowed here: type: sudo apt-get install strace');
    const { url } = await freshPostgres({ migrate: false });
    recording = await record({ base, seed: SEED, loadMs: LOAD_MS, env: { DATABASE_URL: url } });
  });

  afterAll(() => rmSync(base, { recursive: true, force: true }));

  test('every acknowledged event is stored once on a disk that kept only what was synced', async () => {
    const [at = 0] = drawMoments(recording, SEED, 1, 202);
    const result = await runPowerLoss(recording, { at, keeps: 'nothing', seed: SEED });
    expect(result.acknowledged).toBeGreaterThan(100);
    expect(result.verdict).toEqual(CLEAN);
  });

  test('every acknowledged event is stored once on a disk that kept some of the rest, torn anywhere', async () => {
    const [, at = 0] = drawMoments(recording, SEED, 2, 200);
    const result = await runPowerLoss(recording, { at, keeps: 'some', seed: SEED });
    expect(result.verdict).toEqual(CLEAN);
  });

  // What the simulation is worth: each of these is one sync taken away, of the only place where a payload is.
  test.each([
    { what: 'Redis of its append-only file', pattern: /\.incr\.aof$/, status: 202 },
    { what: 'the engine of the files of a part', pattern: /\/tmp_insert_/, status: 200 },
    { what: 'the engine of the names of parts', pattern: /\/store\/[^/]+\/[0-9a-f-]{36}$/, status: 200 },
  ] as const)('a sync less, by $what, would be noticed as loss', async ({ pattern, status }) => {
    const [at = 0] = drawMoments(recording, SEED, 1, status);
    const isHonoured = (path: string): boolean => !pattern.test(path);
    const { verdict } = await runPowerLoss(recording, { at, keeps: 'nothing', seed: SEED, isHonoured });
    expect(verdict.lost.length).toBeGreaterThan(0);
  });
});
