/** An answer drawn by its view; a skeleton while that is loaded. */
import { useLayoutEffect, useState } from 'preact/hooks';
import { findView, loadView } from './load-view.js';
import type { ViewKind, ViewProps } from './view.js';

export function AnswerView({ kind, ...props }: ViewProps & { kind: ViewKind }) {
  const [, setLoaded] = useState<ViewKind>();
  const View = findView(kind);
  useLayoutEffect(() => {
    if (View) return;
    let current = true;
    loadView(kind).then(() => current && setLoaded(kind));
    return () => {
      current = false;
    };
  }, [kind]);
  if (!View) return <div class="skeleton" style={{ height: '200px' }} />;
  return <View {...props} />;
}
