/** Looks at the engine that are kept for a while and shared by everybody who asks meanwhile, the tiles of a dashboard say. */
import type { LRUCache } from 'lru-cache';
import type { QueryContext } from './context.js';

/** What is kept under a key, or looked up now. A look that fails is not kept. @throws what `look` throws */
export function shareLook<T extends object | number>(
  kept: LRUCache<string, Promise<T>>,
  key: string,
  context: QueryContext,
  look: (context: QueryContext) => Promise<T>,
): Promise<T> {
  const known = kept.get(key);
  if (known) return known;
  // Whoever asks first may go away, and others wait for the same.
  const { signal: _, ...unhurried } = context;
  const looked = look(unhurried);
  kept.set(key, looked);
  looked.catch(() => kept.delete(key));
  return looked;
}
