/**
 * A look that many share without any of them getting one that began before it asked: who asks while one is under way waits for it
 * to end and shares the next with all others who wait. @throws what `look` throws
 */
export function shareNextLook<T>(look: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const running = new Map<string, Promise<T>>();
  const waiting = new Map<string, Promise<T>>();
  const start = (key: string): Promise<T> => {
    const looked = look(key).finally(() => {
      if (running.get(key) === looked) running.delete(key);
    });
    running.set(key, looked);
    return looked;
  };
  return (key) => {
    const current = running.get(key);
    if (!current) return start(key);
    const known = waiting.get(key);
    if (known) return known;
    const next = current
      .catch(() => {})
      .then(() => {
        waiting.delete(key);
        return start(key);
      });
    waiting.set(key, next);
    return next;
  };
}
