/** How answers are drawn: one view a kind of answer, loaded when it is first needed, the same on its screen and on a dashboard. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ViewKind, ViewProps } from './view.js';

const LOADERS: Readonly<Record<ViewKind, () => Promise<ComponentType<ViewProps>>>> = {
  trend: async () => (await import('./trend.js')).TrendView,
  metric: async () => (await import('./metric.js')).MetricView,
  funnel: async () => (await import('./funnel.js')).FunnelView,
  retention: async () => (await import('./retention.js')).RetentionView,
  paths: async () => (await import('./paths.js')).PathsView,
  experiment: async () => (await import('./experiment.js')).ExperimentView,
  number: async () => (await import('./number.js')).NumberView,
};

/** Those that were loaded: drawn at once instead of after a skeleton. */
const loaded = new Map<ViewKind, ComponentType<ViewProps>>();

/** Loads a view ahead, beside the answer it will draw. */
export async function loadView(kind: ViewKind): Promise<ComponentType<ViewProps>> {
  const component = loaded.get(kind) ?? (await LOADERS[kind]());
  loaded.set(kind, component);
  return component;
}

export function AnswerView({ kind, ...props }: ViewProps & { kind: ViewKind }) {
  const [, setLoaded] = useState<ViewKind>();
  useEffect(() => {
    let current = true;
    loadView(kind).then(() => current && setLoaded(kind));
    return () => {
      current = false;
    };
  }, [kind]);
  const View = loaded.get(kind);
  if (!View) return <div class="skeleton" style={{ height: '200px' }} />;
  return <View {...props} />;
}
