/**
 * Calls `listener` when the process that started this one over a channel is gone: also when it went before this one was far
 * enough to listen, of which no event tells any more.
 */
export function onOwnerGone(listener: () => void): void {
  process.once('disconnect', listener);
  if (process.send !== undefined && !process.connected) listener();
}
