/** Ctrl-K: finds any place, event, metric, saved question or person by a part of its name. */
import { useEffect, useId, useMemo, useState } from 'preact/hooks';
import type { PLACES } from '../../places.js';
import { callApi } from '../api.js';
import { addressOf, navigate } from '../route.js';
import { Dialog } from './dialog.js';

interface Found {
  kind: string;
  name: string;
  address: string;
}

type Place = (typeof PLACES)[number];

interface Named {
  id?: string;
  name: string;
}

/** Lists the finder reads when it is opened, and what opens an entry of each. */
const SOURCES: readonly { kind: string; path: string; address: (entry: Named) => string }[] = [
  {
    kind: 'event',
    path: '/v1/analytics/events/seen',
    address: ({ name }) => addressOf('explore', { event: name }),
  },
  {
    kind: 'metric',
    path: '/v1/analytics/metrics/custom?limit=500',
    address: ({ id, name }) => addressOf('custom-metrics', undefined, id ?? name),
  },
  {
    kind: 'funnel',
    path: '/v1/analytics/funnels?limit=500',
    address: ({ id, name }) => addressOf('funnels', undefined, id ?? name),
  },
  {
    kind: 'cohort',
    path: '/v1/analytics/cohorts?limit=500',
    address: ({ id, name }) => addressOf('cohorts', undefined, id ?? name),
  },
  {
    kind: 'dashboard',
    path: '/v1/dashboards?limit=200',
    address: ({ id, name }) => addressOf('dashboards', undefined, id ?? name),
  },
];

/** Entries shown; one types on to see others. */
const SHOWN_MAX = 12;
/** People are looked up by what is typed, from this length on. */
const PERSON_MIN_LENGTH = 2;

/** What every source lists. A source that fails is left out: the others are still worth finding. */
function useLists(): readonly Found[] {
  const [found, setFound] = useState<readonly Found[]>([]);
  useEffect(() => {
    const aborter = new AbortController();
    for (const { kind, path, address } of SOURCES)
      callApi<{ data: Named[] }>(path, { signal: aborter.signal }).then(
        ({ data }) =>
          setFound((old) => [
            ...old,
            ...data.map((entry) => ({ kind, name: entry.name, address: address(entry) })),
          ]),
        () => undefined,
      );
    return () => aborter.abort();
  }, []);
  return found;
}

function usePeople(text: string): readonly Found[] {
  const [found, setFound] = useState<readonly Found[]>([]);
  useEffect(() => {
    setFound([]);
    if (text.length < PERSON_MIN_LENGTH) return;
    const aborter = new AbortController();
    const path = `/v1/users?limit=5&search=${encodeURIComponent(text)}`;
    callApi<{ data: { user_id: string }[] }>(path, { signal: aborter.signal }).then(
      ({ data }) =>
        setFound(
          data.map(({ user_id }) => ({
            kind: 'person',
            name: user_id,
            address: addressOf('people', undefined, user_id),
          })),
        ),
      () => undefined,
    );
    return () => aborter.abort();
  }, [text]);
  return found;
}

/** Names that begin with the text first, then those that contain it. */
function search(entries: readonly Found[], text: string): Found[] {
  const wanted = text.trim().toLowerCase();
  const place = ({ name }: Found): number => name.toLowerCase().indexOf(wanted);
  return entries
    .filter((entry) => place(entry) >= 0)
    .sort((a, b) => Math.min(place(a), 1) - Math.min(place(b), 1))
    .slice(0, SHOWN_MAX);
}

export function Finder({ places, onClose }: { places: readonly Place[]; onClose: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const lists = useLists();
  const people = usePeople(text.trim());
  const id = useId();
  const found = useMemo(() => {
    const own = places.map(({ path, name }) => ({ kind: 'place', name, address: `/${path}` }));
    return [...search([...own, ...lists], text), ...people];
  }, [text, lists, people]);
  const open = (entry: Found | undefined): void => {
    if (!entry) return;
    onClose();
    navigate(entry.address);
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') open(found[at]);
    else if (event.key === 'ArrowDown') setAt(Math.min(at + 1, found.length - 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(at - 1, 0));
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Find" bare onClose={onClose}>
      <input
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={found[at] && `${id}-${at}`}
        aria-label="Find a place, event, metric, funnel, cohort, dashboard or person"
        placeholder="Find a place, event, metric, funnel, cohort, dashboard or person"
        value={text}
        onKeyDown={press}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
      />
      <div role="listbox" id={id} aria-label="Found" class="found">
        {found.map((entry, i) => (
          <div
            role="option"
            tabIndex={-1}
            id={`${id}-${i}`}
            key={`${entry.kind} ${entry.address}`}
            aria-selected={i === at}
            onClick={() => open(entry)}
            onKeyDown={press}
          >
            <span>{entry.name}</span>
            <small>{entry.kind}</small>
          </div>
        ))}
      </div>
      {found.length === 0 && <p class="empty">Nothing has this in its name.</p>}
    </Dialog>
  );
}
