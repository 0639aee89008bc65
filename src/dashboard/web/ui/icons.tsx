/** One drawing a place, 16 by 16, in strokes of the text's colour. */
import type { PlacePath } from '../../places.js';

const STROKES: Readonly<Record<PlacePath, string>> = {
  live: 'M1 8h3l2-5 4 10 2-5h3',
  explore: 'M2 14V2M2 14h12M4.5 10l3-3 2 2 4-5',
  'custom-metrics': 'M3 13a6.5 6.5 0 1 1 10 0M8 10l3-4',
  funnels: 'M2 3h12M4 8h8M6 13h4',
  retention: 'M2.5 8a5.5 5.5 0 1 1 2 4.2M2.5 8 1 6.4M2.5 8l1.7-1.5',
  cohorts:
    'M6 7a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M1.5 14c0-5 9-5 9 0M11 2.3a2.5 2.5 0 0 1 0 4.5M12.5 9.8c1.4.8 2 2 2 4.2',
  paths: 'M2 3c6 0 6 5 12 5M2 13c6 0 6-5 12-5M2 8h12',
  experiments: 'M6 2v5L2.5 13.5h11L10 7V2M5 2h6M4.5 10h7',
  predictions: 'M2 13 6 8l3 2 2-3M11 7l3-4M12 3h2v2',
  dashboards: 'M2 2h5v7H2zM9 2h5v4H9zM9 8h5v6H9zM2 11h5v3H2z',
  events: 'M5 3h9M5 8h9M5 13h9M2 3h.1M2 8h.1M2 13h.1',
  people: 'M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6M2.5 14.5c0-6 11-6 11 0',
  alerts: 'M4 11V7a4 4 0 0 1 8 0v4l1.5 1.5h-11zM6.8 14.5h2.4',
  health: 'M8 14C-1 8 3.5 1 8 4.7 12.5 1 17 8 8 14',
  settings: 'M2 4h7M13 4h1M2 12h1M7 12h7M11 2.5v3M5 10.5v3',
};

export const PlaceIcon = ({ place }: { place: PlacePath }) => (
  <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    <path d={STROKES[place]} />
  </svg>
);
