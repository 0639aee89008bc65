/**
 * Every screen is an address that restores it: the first part of the path names the place, the rest what is open there
 * (`/funnels/ID`), and `q` holds what is asked as JSON.
 */
import { useEffect, useState } from 'preact/hooks';
import { type Route, readRoute } from './address.js';

export { addressOf } from './address.js';

const CHANGED = 'weir:route';

export function useRoute(): Route {
  const [route, setRoute] = useState(readRoute);
  useEffect(() => {
    const update = (): void => setRoute(readRoute());
    addEventListener('popstate', update);
    addEventListener(CHANGED, update);
    return () => {
      removeEventListener('popstate', update);
      removeEventListener(CHANGED, update);
    };
  }, []);
  return route;
}

export function navigate(path: string): void {
  history.pushState(null, '', path);
  dispatchEvent(new Event(CHANGED));
}

function readQuestion<T extends object>(initial: T): T {
  const stored = new URLSearchParams(location.search).get('q');
  if (stored === null) return initial;
  try {
    return { ...initial, ...(JSON.parse(stored) as Partial<T>) };
  } catch {
    return initial;
  }
}

/** State that lives in the address. The address follows each change without a new history entry for every keystroke. */
export function useQuestion<T extends object>(initial: T): [T, (change: Partial<T>) => void] {
  const [value, setValue] = useState<T>(() => readQuestion(initial));
  useEffect(() => {
    const restore = (): void => setValue(readQuestion(initial));
    addEventListener('popstate', restore);
    return () => removeEventListener('popstate', restore);
  }, []);
  const change = (part: Partial<T>): void => {
    const next = { ...value, ...part };
    setValue(next);
    history.replaceState(null, '', `${location.pathname}?q=${encodeURIComponent(JSON.stringify(next))}`);
  };
  return [value, change];
}
