/** How answers are drawn: one view a kind of answer, loaded when it is first needed, the same on its screen and on a dashboard. */
import type { ComponentType } from 'preact';
import type { ViewKind, ViewProps } from './view.js';

const LOADERS: Readonly<Record<ViewKind, () => Promise<ComponentType<ViewProps>>>> = {
  trend: async () => (await import('./common.js')).TrendView,
  metric: async () => (await import('./common.js')).MetricView,
  funnel: async () => (await import('./common.js')).FunnelView,
  retention: async () => (await import('./common.js')).RetentionView,
  paths: async () => (await import('./paths.js')).PathsView,
  experiment: async () => (await import('./experiment.js')).ExperimentView,
  number: async () => (await import('./common.js')).NumberView,
  model: async () => (await import('./model.js')).ModelView,
  patterns: async () => (await import('./patterns.js')).PatternsView,
  foretold: async () => (await import('./foretold.js')).ForetoldView,
};

/** Those that were loaded: drawn at once instead of after a skeleton. */
const loaded = new Map<ViewKind, ComponentType<ViewProps>>();

/** Loads a view ahead, beside the answer it will draw. */
export async function loadView(kind: ViewKind): Promise<ComponentType<ViewProps>> {
  const component = loaded.get(kind) ?? (await LOADERS[kind]());
  loaded.set(kind, component);
  return component;
}

export const findView = (kind: ViewKind): ComponentType<ViewProps> | undefined => loaded.get(kind);
