/** `weir verify`. What it does is loaded when it is asked for: it needs every store's client, and other commands start without. */
import type { CAC } from 'cac';
import type { VerifyFlags } from './verify.js';

export function addVerifyCommand(cli: CAC): void {
  cli
    .command('verify', 'Prove that nothing was lost or doubled, or name the events that were')
    .option('--project <id>', 'Only this one; otherwise every project that received anything')
    .option('--from <time>', 'From this hour of receipt on; otherwise the last 24 hours')
    .option('--to <time>', 'Up to this hour')
    .option('--json', 'Everything that was found, as JSON')
    .example('  $ weir verify --from 2026-01-01')
    .example('  $ CLICKHOUSE_URL=… REDIS_URL=… DATABASE_URL=… weir verify --project shop --json')
    .action(async (flags: VerifyFlags) => {
      const { runVerify } = await import('./verify.js');
      await runVerify(flags);
    });
}
