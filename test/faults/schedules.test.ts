import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInstance, type Instance } from './instance.js';
import { createLedger } from './ledger.js';
import { describeSchedule, drawSchedule } from './schedule.js';
import { runTrial } from './trial.js';

/** Long enough for a few dozen batches and the faults among them. `npm run faults` runs hundreds. */
const DURATION_MS = 5_000;
const FIRST_SEED = Number(process.env.FAULT_SEED ?? 1);
const SCHEDULES = Number(process.env.FAULT_SCHEDULES ?? 3);

describe('seeded faults', () => {
  const base = mkdtempSync(join(tmpdir(), 'weir-faults-'));
  let instance: Instance;

  beforeAll(async () => {
    mkdirSync(join(base, 'data'));
    instance = await createInstance(join(base, 'data'));
    await instance.start();
  }, 180_000);

  afterAll(async () => {
    await instance.stop();
    rmSync(base, { recursive: true, force: true });
  }, 60_000);

  for (let seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed += 1) {
    const schedule = drawSchedule(seed, DURATION_MS);
    it(`lose, double and invent nothing with seed ${seed}: ${describeSchedule(schedule)}`, async () => {
      const result = await runTrial(instance, schedule);
      const log = (): string =>
        readFileSync(join(base, 'weir.log'), 'utf8').split('\n').slice(-20).join('\n');
      expect(result.acknowledged, log()).toBeGreaterThan(100);
      expect(result.verdict, log()).toEqual({ lost: [], duplicated: [], phantom: [], rejectsLost: [] });
    }, 600_000);
  }
});

describe('the ledger', () => {
  it('notices a lost, a doubled, an invented and an unrejected event', () => {
    const ledger = createLedger();
    const events = ['a', 'b', 'c'].map((id) => ({ id, valid: true }));
    ledger.sent([...events, { id: 'bad', valid: false }]);
    ledger.acknowledged([...events, { id: 'bad', valid: false }]);
    const verdict = ledger.compare(
      new Map([
        ['b', 2],
        ['c', 1],
        ['z', 1],
      ]),
      new Map(),
    );
    expect(verdict).toEqual({ lost: ['a'], duplicated: ['b'], phantom: ['z'], rejectsLost: ['bad'] });
  });
});
