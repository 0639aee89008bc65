/** The places of the page: the first part of each address. The server answers all of them with index.html; /metrics is Prometheus'. */
export const PLACES = [
  { path: 'live', name: 'Live', about: 'What is coming in now' },
  { path: 'explore', name: 'Explore', about: 'Any event over time' },
  { path: 'custom-metrics', name: 'Metrics', about: 'Defined once, the same for everybody' },
  { path: 'funnels', name: 'Funnels', about: 'Who goes from step to step, and who leaves' },
  { path: 'retention', name: 'Retention', about: 'Who comes back' },
  { path: 'cohorts', name: 'Cohorts', about: 'Groups of people by what they did' },
  { path: 'paths', name: 'Paths', about: 'What people do next' },
  { path: 'experiments', name: 'Experiments', about: 'Which variant is better, and how sure that is' },
  {
    path: 'predictions',
    name: 'Predictions',
    about: 'Who will pay, who will leave, and how well that was foretold',
  },
  { path: 'dashboards', name: 'Dashboards', about: 'Answers side by side' },
  { path: 'events', name: 'Events', about: 'Types, drift and rejected events' },
  { path: 'people', name: 'People', about: 'One person, event by event' },
  { path: 'alerts', name: 'Alerts', about: 'What should not go unnoticed' },
  { path: 'health', name: 'Health', about: 'Parts and integrity' },
  { path: 'settings', name: 'Settings', about: 'Keys and this project' },
] as const;

export type PlacePath = (typeof PLACES)[number]['path'];

/** A dashboard shared by a link is seen without a key of one's own; it has an address but no entry in the rail. */
export const SHARED_PLACE = 'shared';
