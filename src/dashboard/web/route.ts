/** Every screen is an address that restores it: the path names the place, `q` holds what is asked there as JSON. */
import { useEffect, useState } from 'preact/hooks';

export interface Route {
  place: string;
  query: string;
}

const CHANGED = 'weir:route';

const readRoute = (): Route => ({
  place: location.pathname.replace(/^\/+|\/+$/g, '') || 'live',
  query: location.search,
});

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

/** State that lives in the address. The address follows each change without a new history entry for every keystroke. */
export function useQuestion<T extends object>(initial: T): [T, (change: Partial<T>) => void] {
  const [value, setValue] = useState<T>(() => {
    const stored = new URLSearchParams(location.search).get('q');
    if (stored === null) return initial;
    try {
      return { ...initial, ...(JSON.parse(stored) as Partial<T>) };
    } catch {
      return initial;
    }
  });
  const change = (part: Partial<T>): void => {
    const next = { ...value, ...part };
    setValue(next);
    history.replaceState(null, '', `${location.pathname}?q=${encodeURIComponent(JSON.stringify(next))}`);
  };
  return [value, change];
}
