/** Backends that a test kills and starts again at the same address. */
import type { Child } from '../../src/embedded/child.js';
import type { Backend } from '../../src/embedded/part.js';

export interface Running {
  readonly backend: Backend;
  /** The newest process of it. */
  child: Child;
}

export async function startBackend(backend: Backend): Promise<Running> {
  return { backend, child: await backend.start() };
}

export async function kill({ child }: Running): Promise<void> {
  process.kill(child.pid, 'SIGKILL');
  await child.exited;
}

export async function restart(running: Running): Promise<void> {
  running.child = await running.backend.start();
}
