/**
 * A process that plays one role (api, ingest, engine) until it is told to leave.
 *
 *   reading its code --> starting --> running --SIGTERM, SIGINT or the owner's death--> draining --> exit 0
 *                                                   draining --second signal--> exit 1
 *
 * A child of `weir up` has an IPC channel: it says "ready" on it, and its closing means that the owner died. With WEIR_HELD set it
 * was started ahead of what it leans on, and starts when it is told to.
 */
import { once } from 'node:events';
import { GO_AHEAD } from '../embedded/child.js';

import { onOwnerGone } from './owner.js';
import { onStopSignal } from './stop-signal.js';

/** How long a role may drain once its owner is dead: the next owner may already be waiting for the folder. */
const ORPHAN_DRAIN_MS = 3_000;

/** What a role gives back once it answers. */
export interface Running {
  /** Stops accepting, finishes what was accepted, closes connections. */
  stop(): Promise<void>;
}

async function awaitGoAhead(): Promise<void> {
  for (let told: unknown; told !== GO_AHEAD; ) [told] = await once(process, 'message');
}

/** Runs a role to the end of the process: `load` reads its code and resolves with its start. Throws what either throws. */
export async function runRole(load: () => Promise<() => Promise<Running>>): Promise<void> {
  let running: Running | undefined;
  let draining = false;

  async function drain(): Promise<void> {
    draining = true;
    try {
      await running?.stop();
      process.exit(0);
    } catch (error) {
      console.error(error);
      process.exit(1);
    }
  }

  onStopSignal(drain, () => process.exit(1));
  onOwnerGone(() => {
    setTimeout(() => process.exit(1), ORPHAN_DRAIN_MS).unref();
    if (!draining) void drain();
  });
  const held = process.env.WEIR_HELD === undefined ? undefined : awaitGoAhead();
  const start = await load();
  await held;
  running = await start();
  if (process.connected) process.send?.('ready');
}
