/**
 * `npm run faults -- --power-loss --losses 100`: records instances, the embedded PostgreSQL included, and lets each lose its power
 * many times: when a payload is nowhere but in Redis, when Redis has just dropped one, with nothing kept of what was not
 * synced and with some of it. Exit code 1 when an acknowledged event was lost or doubled. `--seed N` replays one recording.
 *
 *   --losses N     how many (20)       --per-recording N   of each recording (10)
 *   --seed N       the first (1)       --seconds N         of load in each recording (4)
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isClean } from '../ledger.js';
import { record } from './recording.js';
import { drawMoments, type PowerLoss, runPowerLoss } from './trial.js';

const { values } = parseArgs({
  options: {
    'power-loss': { type: 'boolean' },
    losses: { type: 'string', default: '20' },
    'per-recording': { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '4' },
  },
});

const totals = { losses: 0, acknowledged: 0, lost: 0, duplicated: 0, phantom: 0, rejectsLost: 0, failed: 0 };
const wanted = Number(values.losses);
for (let seed = Number(values.seed); totals.losses < wanted; seed += 1) {
  const base = mkdtempSync(join(tmpdir(), 'weir-power-'));
  const recording = await record({ base, seed, loadMs: Number(values.seconds) * 1_000 });
  const count = Math.min(Number(values['per-recording']), wanted - totals.losses);
  const moments = [202, 200].map((status) =>
    drawMoments(recording, seed, Math.ceil(count / 2), status as 202 | 200),
  );
  let torn = false;
  for (let i = 0; i < count; i += 1) {
    const at = moments[i % 2]![Math.floor(i / 2)]!;
    const loss: PowerLoss = { at, keeps: i % 4 < 2 ? 'nothing' : 'some', seed: seed * 1_000 + i };
    const { verdict, acknowledged } = await runPowerLoss(recording, loss);
    totals.losses += 1;
    totals.acknowledged += acknowledged;
    for (const name of ['lost', 'duplicated', 'phantom', 'rejectsLost'] as const)
      totals[name] += verdict[name].length;
    const clean = isClean(verdict);
    if (!clean) totals.failed += 1;
    torn ||= !clean;
    console.log(
      `seed ${seed}, loss ${i + 1}: ${clean ? 'clean' : 'TORN '} ${acknowledged} acknowledged; at call ${at}, keeps ${loss.keeps}`,
    );
    if (!clean) console.log(JSON.stringify(verdict).slice(0, 2_000));
  }
  if (torn) console.log(`recording kept in ${base}`);
  else rmSync(base, { recursive: true, force: true });
}
console.log(
  `\n${totals.losses} power losses, ${totals.acknowledged} acknowledged events looked for: ${totals.lost + totals.rejectsLost} lost, ` +
    `${totals.duplicated} duplicated, ${totals.phantom} phantom`,
);
console.log(JSON.stringify({ bench: 'power-loss', ...totals }));
if (totals.failed > 0) process.exitCode = 1;
