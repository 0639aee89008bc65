/** One line over every place while something fires; put away, it stays away until something else does. */
import { useState } from 'preact/hooks';
import { useAnswer } from '../api.js';
import { addressOf } from '../route.js';

const REFRESH_MS = 15_000;
/** What was put away, for this visit. */
const PUT_AWAY = 'weir.alerts-put-away';
const NAMED = 2;

interface Firing {
  readonly id: string;
  readonly name: string;
  readonly silenced_until: string | null;
  readonly states: readonly { readonly status: string; readonly since: string }[];
}

/** What fires, and since when: another incident is another banner. */
const nameIncidents = (alerts: readonly Firing[]): string =>
  alerts
    .flatMap(({ id, states }) =>
      states.filter(({ status }) => status === 'firing').map(({ since }) => `${id} ${since}`),
    )
    .join();

export function AlertBanner() {
  const { data } = useAnswer<{ data: Firing[] }>({ path: '/v1/alerts?status=firing' }, REFRESH_MS);
  const [putAway, setPutAway] = useState(sessionStorage.getItem(PUT_AWAY));
  const firing = (data?.data ?? []).filter(({ silenced_until }) => silenced_until === null);
  const incidents = nameIncidents(firing);
  if (firing.length === 0 || incidents === putAway) return null;
  const hide = (): void => {
    sessionStorage.setItem(PUT_AWAY, incidents);
    setPutAway(incidents);
  };
  const more = firing.length - NAMED;
  return (
    <aside class="banner" aria-label="Alerts that fire">
      <span>
        {firing.slice(0, NAMED).map(({ id, name }, i) => (
          <>
            {i > 0 && ', '}
            <a href={addressOf('alerts', undefined, id)}>{name}</a>
          </>
        ))}
        {more > 0 && (
          <>
            {' '}
            and <a href="/alerts">{more} more</a>
          </>
        )}
      </span>
      <button type="button" class="quiet" aria-label="Put the banner away" onClick={hide}>
        ×
      </button>
    </aside>
  );
}
