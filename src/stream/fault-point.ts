/**
 * Places where tests end this process, to show that nothing depends on getting past them. `WEIR_FAULT=after-seal:3` kills
 * it with SIGKILL when the third batch has been sealed; `…:3:stop` stops it with SIGSTOP instead. Without the variable
 * a fault point is one comparison.
 */
export type FaultPoint =
  | 'before-append'
  | 'after-append'
  | 'after-read'
  | 'after-seal'
  | 'mid-batch'
  | 'after-rejects'
  | 'before-insert'
  | 'after-insert'
  | 'before-people'
  | 'after-people'
  | 'before-routes'
  | 'after-routes'
  | 'before-ack'
  | 'after-ack'
  | 'during-recovery'
  | 'after-fill'
  | 'after-place';

const [name, nth, action] = (process.env.WEIR_FAULT ?? '').split(':');
let left = Number(nth ?? 1);

/** Ends this process here when it was told to. */
export function faultPoint(point: FaultPoint): void {
  if (point !== name) return;
  left -= 1;
  if (left !== 0) return;
  process.kill(process.pid, action === 'stop' ? 'SIGSTOP' : 'SIGKILL');
}
