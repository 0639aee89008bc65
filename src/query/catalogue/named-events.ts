/** The event types that a question names, and which of them were ever stored. */
import { LRUCache } from 'lru-cache';
import type { QueryContext } from '../context.js';
import { createParams, fillSql, print } from '../printed.js';
import { formatPath } from '../request.js';
import { LOOK, runStatement } from '../run.js';
import { shareLook } from '../shared-look.js';
import { listEventsSeen } from './events-seen.js';

/** Names looked for in one question; any more are taken for known. */
const NAMES_MAX = 500;
/** Names looked for in one statement, a small select each. */
const STATEMENT_NAMES_MAX = 50;
/** Names that were found, over all projects. An event type that was stored stays one, unless everything of it is erased. */
const FOUND_MAX = 20_000;
const FOUND_MS = 600_000;
/** Projects whose stored event types are kept, for hints, and how long. */
const LISTED_MAX = 200;
const LISTED_MS = 60_000;

/** A place of a question that names event types. */
export interface NamedEvents {
  /** "steps[1].event" */
  readonly path: string;
  readonly names: readonly string[];
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** Places of one event type: `event` wherever it stands, and where questions about paths name one. */
const ONE = /^(.*\.)?event$|^(start|end|between\.from|between\.to)$/;
/** Places of several. */
const SEVERAL = /^(.*\.)?any_of$|^(events|exclude)$/;

/** Every event type that a question names as it was written, wherever it stands in it. */
export function listNamedEvents(question: unknown): readonly NamedEvents[] {
  const found: NamedEvents[] = [];
  const visit = (value: unknown, path: readonly (string | number)[]): void => {
    if (typeof value !== 'object' || value === null) return;
    const members = Array.isArray(value) ? value.entries() : Object.entries(value);
    for (const [key, member] of members) {
      const place = [...path, key];
      // What names event types has a name of its own; lists of values may be long.
      const names = typeof key === 'string' ? readNames(formatPath(place), member) : [];
      if (names.length > 0) found.push({ path: formatPath(place), names });
      else visit(member, place);
    }
  };
  visit(question, []);
  return found;
}

function readNames(path: string, member: unknown): readonly string[] {
  if (isText(member)) return ONE.test(path) ? [member] : [];
  return Array.isArray(member) && SEVERAL.test(path) ? member.filter(isText) : [];
}

const stored = new LRUCache<string, true>({ max: FOUND_MAX, ttl: FOUND_MS });

/** Of these event types those that were never stored. @throws EngineError */
export async function findNeverStored(
  context: QueryContext,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  const keyOf = (name: string): string => `${context.clickhouse.database}\0${context.project}\0${name}`;
  const unsure = [...new Set(names)].slice(0, NAMES_MAX).filter((name) => !stored.has(keyOf(name)));
  const never = new Set(unsure);
  for (let begin = 0; begin < unsure.length; begin += STATEMENT_NAMES_MAX)
    for (const name of await findStored(context, unsure.slice(begin, begin + STATEMENT_NAMES_MAX))) {
      stored.set(keyOf(name), true);
      never.delete(name);
    }
  return never;
}

async function findStored(context: QueryContext, names: readonly string[]): Promise<string[]> {
  const params = createParams();
  const project = params.bind('String', context.project);
  const [first, ...rest] = names.map((name) =>
    fillSql('clickhouse/event-stored.sql', { project, name: params.bind('String', name) }),
  );
  const sql = rest.reduce((text, one) => print`${text} union all ${one}`, first!);
  const { rows } = await runStatement<{ name: string }>(context, {
    sql,
    params: params.values,
    settings: LOOK,
  });
  return rows.map(({ name }) => name);
}

const listed = new LRUCache<string, Promise<readonly string[]>>({ max: LISTED_MAX, ttl: LISTED_MS });

/** Names of a project's stored event types, the most frequent first, as they were within the last minute. @throws EngineError */
export const listStoredEvents = (context: QueryContext): Promise<readonly string[]> =>
  shareLook(listed, `${context.clickhouse.database}\0${context.project}`, context, async (unhurried) =>
    (await listEventsSeen(unhurried)).map(({ name }) => name),
  );
