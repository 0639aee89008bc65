/** What may be written in a definition, for an editor to complete: the language's words and the project's names. */
import type { EventEntry, PropertyEntry } from '../mdl/catalogue.js';
import {
  AGGREGATES,
  EVENT_COLUMNS,
  FIELDS,
  FUNCTIONS,
  PATH_ROOTS,
  RESERVED,
  SPECIAL_FORMS,
  UNITS,
} from '../mdl/vocabulary.js';
import type { QueryContext } from '../query/context.js';
import { gatherEvents } from '../query/metric/catalogue.js';
import type { MetricSources } from '../query/metric/sources.js';

/** Event types told; a project with more completes them from what is typed, with `event`. */
const EVENTS_TOLD_MAX = 1_000;

const describeProperties = (properties: ReadonlyMap<string, PropertyEntry>) =>
  [...properties].map(([name, { types, seen, unit }]) => ({
    name,
    types,
    seen,
    ...(unit === undefined ? {} : { unit }),
  }));

const describeEvent = ([name, { registered, seen, properties }]: readonly [string, EventEntry]) => ({
  name,
  registered,
  seen,
  properties: describeProperties(properties),
});

/** How each aggregate is written. */
const formOf = (name: string, argument: string): string => {
  if (argument === 'events') return `${name}(event)`;
  return argument === 'events_or_value'
    ? `${name}(event) or ${name}(event.property)`
    : `${name}(event.property)`;
};

const LANGUAGE = {
  functions: [
    ...Object.entries(AGGREGATES).map(([name, { argument, mergeable, summary }]) => ({
      name,
      kind: 'aggregate',
      form: formOf(name, argument),
      summary,
      rollup: mergeable,
    })),
    ...Object.entries(FUNCTIONS).map(([name, { form, summary }]) => ({
      name,
      kind: 'series',
      form,
      summary,
    })),
    {
      name: 'conversion',
      kind: 'special',
      form: SPECIAL_FORMS.conversion!,
      summary: 'share of persons who go on to do b',
      rollup: false,
    },
    { name: 'if', kind: 'special', form: SPECIAL_FORMS.if!, summary: 'x where the condition holds, else y' },
  ],
  fields: Object.entries(FIELDS).map(([name, { type, expected }]) => ({ name, type, expected })),
  units: UNITS,
  roots: PATH_ROOTS,
  columns: Object.entries(EVENT_COLUMNS).map(([name, type]) => ({ name: `event.${name}`, type })),
  reserved: RESERVED,
};

/**
 * The words and names. `event`: properties of that event type; without it those of the most frequent ones.
 * @throws EngineError, MetadataError
 */
export async function readVocabulary(context: QueryContext, sources: MetricSources, event?: string) {
  const [{ events, contextProperties }, metrics] = await Promise.all([
    gatherEvents(context, sources, new Set([event])),
    sources.listMetrics(context.project),
  ]);
  const told = [...events].filter(([name]) => event === undefined || name === event);
  return {
    ...LANGUAGE,
    events: told
      .sort(([, a], [, b]) => b.seen - a.seen)
      .slice(0, EVENTS_TOLD_MAX)
      .map(describeEvent),
    context: describeProperties(contextProperties),
    metrics: metrics.map(({ id, name }) => ({ id, name })),
  };
}
