/** The frame: the rail with the places, the place that is open, and the finder. */
import type { ComponentType } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { PLACES, SHARED_PLACE } from '../places.js';
import { forgetKey, KEY_REFUSED, readKey } from './api.js';
import { navigate, useRoute } from './route.js';
import type { ScreenProps } from './screens/screen.js';
import { findScreen, loadScreen, SCREENS } from './screens/screens.js';
import { SignIn } from './screens/sign-in.js';
import { AlertBanner } from './ui/alert-banner.js';
import { Finder } from './ui/finder.js';
import { PlaceIcon } from './ui/icons.js';

/** Places that have a screen. */
const OPEN_PLACES = PLACES.filter(({ path }) => path in SCREENS);
type Place = (typeof PLACES)[number];

const COLLAPSED = 'weir.rail-collapsed';

/** Links within the page, wherever they stand, change the address without loading it anew; with a modifier they do what they always do. */
function followLink(event: MouseEvent): void {
  if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0)
    return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link || link.origin !== location.origin || link.target !== '' || link.hasAttribute('download')) return;
  const first = link.pathname.split('/')[1]!;
  if (!OPEN_PLACES.some(({ path }) => path === first)) return;
  event.preventDefault();
  navigate(link.pathname + link.search);
}

/** Whether the finder is open: Ctrl-K or Cmd-K, from anywhere. */
function useFinder(): [boolean, (open: boolean) => void] {
  const [open, setOpen] = useState(false);
  // From the moment the page is seen, and not a moment later, as an effect would.
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      setOpen((was) => !was);
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);
  return [open, setOpen];
}

export function App() {
  const [key, setKey] = useState(readKey);
  const route = useRoute();
  const [finding, setFinding] = useFinder();
  const [refused, setRefused] = useState(false);
  const [collapsed, setCollapsed] = useState(localStorage.getItem(COLLAPSED) === 'yes');
  useEffect(() => {
    const refuse = (): void => setRefused(true);
    addEventListener('click', followLink);
    addEventListener(KEY_REFUSED, refuse);
    return () => {
      removeEventListener('click', followLink);
      removeEventListener(KEY_REFUSED, refuse);
    };
  }, []);
  if (route.place === SHARED_PLACE) return <SharedDashboard token={route.item} />;
  if (key === null || refused)
    return (
      <SignIn
        refused={refused}
        onDone={() => {
          setRefused(false);
          setKey(readKey());
        }}
      />
    );
  const place = OPEN_PLACES.find(({ path }) => path === route.place) ?? OPEN_PLACES[0]!;
  const collapse = (): void => {
    localStorage.setItem(COLLAPSED, collapsed ? 'no' : 'yes');
    setCollapsed(!collapsed);
  };
  const forget = (): void => {
    forgetKey();
    setKey(null);
  };
  return (
    <div class={`shell${collapsed ? ' collapsed' : ''}`}>
      <a class="skip" href="#place">
        To the content
      </a>
      <Rail place={place} onFind={() => setFinding(true)} onCollapse={collapse} onForget={forget} />
      <div class="content">
        <AlertBanner />
        <main class="place" id="place" key={`${place.path}/${route.item}`} tabIndex={-1}>
          <header>
            <h1>{place.name}</h1>
            <p>{place.about}</p>
          </header>
          <Screen place={place} item={route.item} />
        </main>
      </div>
      {finding && <Finder places={OPEN_PLACES} onClose={() => setFinding(false)} />}
    </div>
  );
}

interface RailProps {
  place: Place;
  onFind: () => void;
  onCollapse: () => void;
  onForget: () => void;
}

function Rail({ place, onFind, onCollapse, onForget }: RailProps) {
  const rail = useRef<HTMLElement>(null);
  // On a phone the rail is wider than the screen: the place that is open is in sight.
  useEffect(() => {
    const open = rail.current?.querySelector('[aria-current="page"]');
    open?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [place.path]);
  return (
    <nav class="rail" aria-label="Places" ref={rail}>
      <span class="brand">Weir</span>
      <button type="button" class="find" onClick={onFind}>
        <span>Find</span> <kbd>Ctrl K</kbd>
      </button>
      {OPEN_PLACES.map(({ path, name }) => (
        <a
          key={path}
          href={`/${path}`}
          title={name}
          aria-current={path === place.path ? 'page' : undefined}
          onPointerEnter={() => void loadScreen(path)}
        >
          <PlaceIcon place={path} />
          <span>{name}</span>
        </a>
      ))}
      <span class="foot">
        <a href="/docs">Interface</a>
        <button type="button" class="quiet" onClick={onForget}>
          Forget the key
        </button>
        <button
          type="button"
          class="quiet collapse"
          aria-label="Narrow or widen the rail"
          onClick={onCollapse}
        >
          ⇤
        </button>
      </span>
    </nav>
  );
}

/** The screen of a place; undefined until it is loaded. */
function useScreen(place: string): ComponentType<ScreenProps> | undefined {
  const [, setLoaded] = useState<string>();
  const found = findScreen(place);
  useLayoutEffect(() => {
    if (found) return;
    let current = true;
    loadScreen(place).then(() => current && setLoaded(place));
    return () => {
      current = false;
    };
  }, [place]);
  return found;
}

function Screen({ place, item }: { place: Place; item: string }) {
  const Loaded = useScreen(place.path);
  useEffect(() => {
    document.title = `${place.name} · Weir`;
  }, [place.name]);
  return Loaded ? <Loaded item={item} /> : <div class="skeleton" style={{ height: '320px' }} />;
}

function SharedDashboard({ token }: { token: string }) {
  const Loaded = useScreen(SHARED_PLACE);
  return <main class="place">{Loaded ? <Loaded item={token} /> : null}</main>;
}
