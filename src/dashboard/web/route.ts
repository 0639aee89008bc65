/**
 * Every screen is an address that restores it: the first part of the path names the place, the rest what is open there
 * (`/funnels/ID`), and `q` holds what is asked as JSON, as the form of the place has it. `ask` holds it as the interface takes it;
 * at the first change it becomes `q`.
 */
import { useEffect, useState } from 'preact/hooks';
import { type Route, readRoute } from './address.js';

export { addressOf, addressOfRequest } from './address.js';

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

type ReadRequest<T> = (body: Readonly<Record<string, unknown>>) => Partial<T>;

function readQuestion<T extends object>(initial: T, read: ReadRequest<T> | undefined): T {
  const address = new URLSearchParams(location.search);
  const stored = address.get('q');
  const asked = read ? address.get('ask') : null;
  try {
    if (stored !== null) return { ...initial, ...(JSON.parse(stored) as Partial<T>) };
    return asked === null || !read ? initial : { ...initial, ...read(JSON.parse(asked)) };
  } catch {
    return initial;
  }
}

/**
 * State that lives in the address. The address follows each change without a new history entry for every keystroke. `read` makes of a
 * question as the interface takes it what the form has; what cannot be read asks nothing.
 */
export function useQuestion<T extends object>(
  initial: T,
  read?: ReadRequest<T>,
): [T, (change: Partial<T>) => void] {
  const [value, setValue] = useState<T>(() => readQuestion(initial, read));
  useEffect(() => {
    const restore = (): void => setValue(readQuestion(initial, read));
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
