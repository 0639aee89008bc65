/** The screen of each place, loaded when it is first opened. */
import type { ComponentType } from 'preact';
import { SHARED_PLACE } from '../../places.js';
import type { ScreenProps } from './screen.js';

export const SCREENS: Readonly<Record<string, () => Promise<ComponentType<ScreenProps>>>> = {
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
  [SHARED_PLACE]: async () => (await import('./shared.js')).Shared,
  settings: async () => (await import('./settings.js')).Settings,
};

/** Those that were loaded: shown at once. */
const loaded = new Map<string, ComponentType<ScreenProps>>();

export async function loadScreen(place: string): Promise<void> {
  const component = loaded.get(place) ?? (await SCREENS[place]?.());
  if (component) loaded.set(place, component);
}

export const findScreen = (place: string): ComponentType<ScreenProps> | undefined => loaded.get(place);
