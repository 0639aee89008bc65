/**
 * Which functions over time may stand inside which. `rolling` and `cumulative` say over which events an aggregate is
 * computed, so one of them cannot say it again inside the other; and `cumulative` starts where the range starts, which
 * `previous` inside of it would move.
 */
import type { Series } from '../tree.js';
import type { createExtents } from './references.js';
import type { Scope } from './scope.js';
import { listChildren } from './series.js';

const FORBIDDEN_INSIDE: Readonly<Record<string, readonly string[]>> = {
  rolling: ['rolling', 'cumulative'],
  cumulative: ['rolling', 'cumulative', 'previous'],
};

/** Reports every function that stands where it cannot, also one that a metric referred to brings along. */
export function checkNesting(
  scope: Scope,
  series: Series,
  extents: ReturnType<typeof createExtents>,
  outer?: string,
): void {
  const forbidden = outer === undefined ? [] : FORBIDDEN_INSIDE[outer]!;
  if (series.kind === 'reference') {
    const brought = [...extents(series).lookbacks].find((name) => forbidden.includes(name));
    if (brought) report(scope, series, `"${series.name}" uses ${brought}, which`, outer!, brought);
    return;
  }
  if (series.kind === 'call' && forbidden.includes(series.name))
    report(scope, series, series.name, outer!, series.name);
  const inner = series.kind === 'call' && Object.hasOwn(FORBIDDEN_INSIDE, series.name) ? series.name : outer;
  for (const child of listChildren(series)) checkNesting(scope, child, extents, inner);
}

function report(scope: Scope, series: Series, what: string, outer: string, inner: string): void {
  const duration =
    series.kind === 'call' && series.durationText !== undefined ? `, "${series.durationText}"` : '';
  const hint =
    inner === 'previous'
      ? `put previous around it: previous(${outer}(…)${duration})`
      : outer === inner
        ? `use ${inner} once`
        : `use one of ${outer} and ${inner}`;
  scope.error('invalid_nesting', series.span, `${what} cannot stand inside ${outer}`, {
    expected: 'aggregates and arithmetic',
    found: inner,
    hint,
  });
}
