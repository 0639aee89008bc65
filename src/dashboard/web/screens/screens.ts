/** The screen of each place, loaded when it is first opened. */
import type { ComponentType } from 'preact';
import type { PlacePath } from '../../places.js';
import type { ScreenProps } from './screen.js';

export const SCREENS: Readonly<Partial<Record<PlacePath, () => Promise<ComponentType<ScreenProps>>>>> = {
  live: async () => (await import('./live.js')).Live,
  explore: async () => (await import('./explore.js')).Explore,
  'custom-metrics': async () => (await import('./metrics.js')).Metrics,
  funnels: async () => (await import('./funnels.js')).Funnels,
  retention: async () => (await import('./retention.js')).Retention,
  cohorts: async () => (await import('./cohorts.js')).Cohorts,
  paths: async () => (await import('./paths.js')).Paths,
  experiments: async () => (await import('./experiments.js')).Experiments,
  predictions: async () => (await import('./predictions.js')).Predictions,
  dashboards: async () => (await import('./dashboards.js')).Dashboards,
  events: async () => (await import('./events.js')).Events,
  people: async () => (await import('./people.js')).People,
  alerts: async () => (await import('./alerts.js')).Alerts,
  health: async () => (await import('./health.js')).Health,
  settings: async () => (await import('./settings.js')).Settings,
};
