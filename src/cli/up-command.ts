import type { CAC } from 'cac';
import { loadConfig } from '../config.js';
import { onOwnerGone } from './owner.js';
import type { Rooms } from './rooms.js';
import { onStopSignal } from './stop-signal.js';
import { startUp, type Up } from './up.js';

/**
 * Runs `weir up` to the end of the process.
 *
 *   starting --ready--> running --signal or the starter's death--> draining --> exit 0
 *   starting --signal--> what came up so far is ended, exit 0;   any second signal: everything is killed, exit 1
 */
async function runUp(rooms: Rooms): Promise<void> {
  const config = loadConfig(process.env);
  const log = await rooms.createLog('up');
  const giveUp = new AbortController();
  let up: Up | undefined;
  let leaving = false;

  async function leave(): Promise<void> {
    leaving = true;
    giveUp.abort();
    if (up === undefined) return;
    await up.stop();
    process.exit(0);
  }
  async function force(): Promise<void> {
    await up?.stop(true);
    process.exit(1);
  }
  onStopSignal(leave, force);
  // Started by another Node process with a channel: its death is a signal.
  onOwnerGone(() => {
    if (!leaving) void leave();
  });
  // New code was built: npm run dev.
  process.on('SIGUSR2', () => void up?.reload());

  const starting = startUp({
    config,
    migrate: rooms.migrate,
    checkRedis: rooms.checkRedis,
    storeKeys: rooms.storeKeys,
    giveUp: giveUp.signal,
    onRestart: (notice) => log.warn(notice, `${notice.part} is gone (${notice.reason}); starting it again`),
  });
  up = await starting.catch((error: unknown) => {
    // What was given up on request has not failed.
    if (!leaving) throw error;
    return undefined;
  });
  if (up === undefined || leaving) {
    await up?.stop();
    process.exit(0);
  }
  process.stdout.write(up.banner);
  if (process.connected) process.send?.({ url: up.instance.url, keys: up.keys });
}

export function addUpCommand(cli: CAC, rooms: Rooms): void {
  cli
    .command('up', 'Start everything: the front, the workers, and each backend that has no URL')
    .example('  $ weir up')
    .example('  $ WEIR_PORT=9000 WEIR_DATA=/var/lib/weir weir up')
    .example('  $ REDIS_URL=redis://10.0.0.5:6379 weir up')
    .action(() => runUp(rooms));
}
