/** One line over every place while something fires; put away, it stays away until something else does. */
import { useState } from 'preact/hooks';
import { addressOf } from '../route.js';
import { useFiringAlerts } from './firing-alerts.js';

/** What was put away, for this visit. */
const PUT_AWAY = 'weir.alerts-put-away';
const NAMED = 2;

export function AlertBanner() {
  const incidents = useFiringAlerts();
  const [putAway, setPutAway] = useState<string>();
  const alerts = [...new Map(incidents.map(({ alert, name }) => [alert, name]))];
  // What fires, and since when: another incident is another banner.
  const shown = incidents
    .map(({ alert, value, since }) => `${alert} ${value} ${since}`)
    .sort()
    .join();
  // Looked up only while there is a banner: a browser opens its storage when it is first asked, and that takes a while.
  if (alerts.length === 0 || shown === (putAway ?? sessionStorage.getItem(PUT_AWAY))) return null;
  const hide = (): void => {
    sessionStorage.setItem(PUT_AWAY, shown);
    setPutAway(shown);
  };
  const more = alerts.length - NAMED;
  return (
    <aside class="banner" aria-label="Alerts that fire">
      <span>
        <span aria-hidden="true">●</span> Firing:{' '}
        {alerts.slice(0, NAMED).map(([id, name], i) => (
          <span key={id}>
            {i > 0 && ', '}
            <a href={addressOf('alerts', undefined, id)}>{name}</a>
          </span>
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
