/** The frame: rail, place, key. */
import { useState } from 'preact/hooks';
import { forgetKey, readKey } from './api.js';
import { navigate, useRoute } from './route.js';
import { Events } from './screens/events.js';
import { Explore } from './screens/explore.js';
import { Funnels } from './screens/funnels.js';
import { Health } from './screens/health.js';
import { Live } from './screens/live.js';
import { Retention } from './screens/retention.js';
import { SignIn } from './screens/sign-in.js';

const PLACES = [
  { path: 'live', name: 'Live', about: 'What is coming in now', screen: Live },
  { path: 'explore', name: 'Explore', about: 'Any event over time', screen: Explore },
  { path: 'funnels', name: 'Funnels', about: 'Who goes from step to step, and who leaves', screen: Funnels },
  { path: 'retention', name: 'Retention', about: 'Who comes back', screen: Retention },
  { path: 'events', name: 'Events', about: 'Types and rejected events', screen: Events },
  { path: 'health', name: 'Health', about: 'Parts and integrity', screen: Health },
] as const;

export function App() {
  const [key, setKey] = useState(readKey);
  const route = useRoute();
  if (key === null) return <SignIn onDone={() => setKey(readKey())} />;
  const place = PLACES.find((p) => p.path === route.place) ?? PLACES[0];
  const Screen = place.screen;
  const go = (event: MouseEvent, path: string): void => {
    if (event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    navigate(`/${path}`);
  };
  return (
    <div class="shell">
      <nav class="rail" aria-label="Places">
        <span class="brand">Weir</span>
        {PLACES.map((p) => (
          <a
            key={p.path}
            href={`/${p.path}`}
            aria-current={p.path === place.path ? 'page' : undefined}
            onClick={(e) => go(e, p.path)}
          >
            {p.name}
          </a>
        ))}
        <span class="foot">
          <a href="/docs">Interface</a>
          <button
            type="button"
            class="quiet"
            onClick={() => {
              forgetKey();
              setKey(null);
            }}
          >
            Forget the key
          </button>
        </span>
      </nav>
      <main class="place" key={place.path}>
        <header>
          <h1>{place.name}</h1>
          <p>{place.about}</p>
        </header>
        <Screen />
      </main>
    </div>
  );
}
