/**
 * What is said of event types that a question names and that do not exist: nobody sent one, none is registered. Such a name is mostly
 * a slip of the pen. A step of a funnel that nothing can match is refused, with the name that was probably meant; elsewhere, and in
 * saved funnels, which may be ahead of their first events, it counts as nothing and the answer says so in `meta.warnings`.
 */
import { type RequestProblem, StreamError } from '../errors.js';
import { findNearest } from '../mdl/suggest.js';
import { findNeverStored, listNamedEvents, listStoredEvents } from '../query/catalogue/named-events.js';
import type { QueryContext } from '../query/context.js';
import { refuseRequest } from '../query/request.js';
import { awaitAccepted } from '../stream/lag.js';
import type { AppDeps } from './deps.js';

/** How long a refusal waits for what was accepted before the question to be stored: the name may be among it. */
const PATIENCE_MS = 2_000;
/** Warnings of one answer. */
const WARNINGS_MAX = 50;

/** One of `meta.warnings`. */
export interface EventWarning extends RequestProblem {
  readonly code: 'unknown_event';
  readonly hint: string;
}

export interface NamedEventsAsked {
  /** As it was written. */
  readonly question: unknown;
  /** Of a saved definition: nothing is refused. */
  readonly isSaved?: boolean | undefined;
}

const STEP = /^steps\[\d+\]\.\w+$/;

/**
 * Warnings about the event types that a question names and that do not exist; none while the project has no events at all.
 * @throws RequestError 422 for a step that nothing can match, EngineError
 */
export async function checkNamedEvents(
  deps: Pick<AppDeps, 'registry' | 'redis' | 'stream'>,
  context: QueryContext,
  { question, isSaved = false }: NamedEventsAsked,
): Promise<readonly EventWarning[]> {
  const askedMs = Date.now();
  const places = listNamedEvents(question);
  const registered = listRegistered(deps, context.project);
  const names = places.flatMap((place) => place.names).filter((name) => !registered.has(name));
  let unknown = await findNeverStored(context, names);
  if (unknown.size === 0) return [];
  const stored = await listStoredEvents(context);
  if (stored.length === 0) return [];
  const known = [...stored, ...registered];

  const listVoid = () =>
    places.filter(({ path, names }) => STEP.test(path) && names.every((name) => unknown.has(name)));
  if (!isSaved && listVoid().length > 0 && (await isUpToDate(deps, context.project, askedMs))) {
    unknown = await findNeverStored(context, names);
    const refused = listVoid().flatMap(({ path, names }) =>
      names.map((name) => composeProblem(path, name, known)),
    );
    if (refused.length > 0) throw refuseRequest(refused);
  }
  return places
    .flatMap(({ path, names }) =>
      names.filter((name) => unknown.has(name)).map((name) => composeWarning(path, name, known)),
    )
    .slice(0, WARNINGS_MAX);
}

const listRegistered = ({ registry }: Pick<AppDeps, 'registry'>, project: string): ReadonlySet<string> =>
  new Set(
    registry
      .snapshot()
      .types.filter((type) => type.project === project)
      .map(({ name }) => name),
  );

/** Whether all that was accepted before an instant is stored, after some patience. */
async function isUpToDate(
  { redis, stream }: Pick<AppDeps, 'redis' | 'stream'>,
  project: string,
  instantMs: number,
): Promise<boolean> {
  try {
    return await awaitAccepted(redis, stream.options, { project, instantMs, patienceMs: PATIENCE_MS });
  } catch (error) {
    if (error instanceof StreamError) return false;
    throw error;
  }
}

const describe = (name: string): string =>
  `No event "${name}" was ever stored, and no event type of that name is registered.`;

const propose = (name: string, known: readonly string[]): string => {
  const nearest = findNearest(name, known);
  return nearest === undefined ? '' : `Did you mean "${nearest}"? `;
};

const composeWarning = (path: string, name: string, known: readonly string[]): EventWarning => ({
  code: 'unknown_event',
  path,
  message: describe(name),
  hint: `${propose(name, known)}It counts as nothing until the first one arrives.`,
});

const composeProblem = (path: string, name: string, known: readonly string[]): RequestProblem => ({
  code: 'unknown_event',
  path,
  message: `${describe(name)} ${propose(name, known)}To ask before the first one arrives, register its type or save the funnel.`,
});

/** An answer with the warnings about its question, where it says anything of itself. */
export function addWarnings<T extends object>(answer: T, warnings: readonly EventWarning[]): T {
  if (warnings.length === 0 || !('meta' in answer)) return answer;
  const meta = answer.meta as { readonly warnings?: readonly object[] };
  return { ...answer, meta: { ...meta, warnings: [...(meta.warnings ?? []), ...warnings] } };
}
