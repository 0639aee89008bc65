/**
 * What is said of event types that a question names and nobody ever sent. They count as nothing, which may be the truth or a slip of
 * the pen; the answer is given, with a warning beside it.
 */
import { findNearest } from '../mdl/suggest.js';
import { listEventsSeen } from '../query/catalogue/events-seen.js';
import { findNeverStored, listNamedEvents } from '../query/catalogue/named-events.js';
import type { QueryContext } from '../query/context.js';
import type { AppDeps } from './deps.js';

/** One of `meta.warnings`. */
export interface EventWarning {
  readonly code: 'unknown_event';
  /** Where the question names it. */
  readonly path: string;
  readonly message: string;
  readonly hint: string;
}

/** Warnings about the event types a question names that were never stored and are not registered. @throws EngineError */
export async function checkNamedEvents(
  { registry }: Pick<AppDeps, 'registry'>,
  context: QueryContext,
  question: unknown,
): Promise<readonly EventWarning[]> {
  const named = listNamedEvents(question);
  const registered = new Set(
    registry
      .snapshot()
      .types.filter(({ project }) => project === context.project)
      .map(({ name }) => name),
  );
  const names = named.flatMap((place) => place.names).filter((name) => !registered.has(name));
  const unknown = await findNeverStored(context, names);
  if (unknown.size === 0) return [];
  const known = [...(await listEventsSeen(context)).map(({ name }) => name), ...registered];
  return named.flatMap(({ path, names }) =>
    names.filter((name) => unknown.has(name)).map((name) => composeWarning(path, name, known)),
  );
}

function composeWarning(path: string, name: string, known: readonly string[]): EventWarning {
  const nearest = findNearest(name, known);
  return {
    code: 'unknown_event',
    path,
    message: `no event "${name}" was ever stored, and no event type of that name is registered`,
    hint:
      nearest === undefined
        ? 'it counts as nothing until the first one arrives'
        : `did you mean "${nearest}"? It counts as nothing until the first one arrives`,
  };
}

/** An answer with the warnings about its question, where it says anything of itself. */
export function addWarnings<T extends object>(answer: T, warnings: readonly EventWarning[]): T {
  if (warnings.length === 0 || !('meta' in answer)) return answer;
  const meta = answer.meta as { readonly warnings?: readonly object[] };
  return { ...answer, meta: { ...meta, warnings: [...(meta.warnings ?? []), ...warnings] } };
}
