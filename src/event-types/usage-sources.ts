/**
 * Where definitions lie that name event types. A kind that is stored as JSON (funnels, cohorts) needs a statement that finds
 * those which hold a text, and one line here.
 */
import type { JsonValue } from '../event/json.js';
import type { Run } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import type { SavedDefinition, UsageSource } from './usage.js';

const COHORTS = loadStatement('usage-cohorts');
const EXPERIMENTS = loadStatement('usage-experiments');
const FUNNELS = loadStatement('usage-funnels');

/** Definitions of one kind that are read to find those that name the event type. */
const DEFINITIONS_MAX = 1_000;

interface Row {
  id: string;
  name: string;
  definition: JsonValue;
}

/** Every source there is. */
export const createUsageSources = (run: Run): UsageSource[] => [
  createJsonSource(run, 'cohorts', COHORTS),
  createJsonSource(run, 'experiments', EXPERIMENTS),
  createJsonSource(run, 'funnels', FUNNELS),
];

/** `statement` takes project, JSON text and limit, and gives id, name and definition. */
function createJsonSource(run: Run, kind: string, statement: string): UsageSource {
  return {
    kind,
    async list(project, event) {
      const rows = await run.query<Row>(statement, [project, JSON.stringify(event), DEFINITIONS_MAX]);
      return rows
        .map(({ id, name, definition }) => ({ id, name, ...listNames(definition) }))
        .filter(({ events }) => events.includes(event));
    },
  };
}

/** Members whose texts are event types, and members whose texts are properties, wherever they stand. */
const EVENT_KEYS: ReadonlySet<string> = new Set(['event', 'any_of', 'did', 'did_not']);
const PROPERTY_KEYS: ReadonlySet<string> = new Set([
  'property',
  'breakdown',
  'hold',
  'variant',
  'sum',
  'average',
]);

/** The event types and properties a JSON definition names. */
function listNames(definition: JsonValue): Pick<SavedDefinition, 'events'> & { properties: string[] } {
  const events = new Set<string>();
  const properties = new Set<string>();
  const visit = (value: JsonValue, into: Set<string> | undefined): void => {
    if (typeof value === 'string') into?.add(value);
    else if (Array.isArray(value)) for (const one of value) visit(one, into);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        visit(inner, EVENT_KEYS.has(key) ? events : PROPERTY_KEYS.has(key) ? properties : undefined);
      }
    }
  };
  visit(definition, undefined);
  return { events: [...events], properties: [...properties] };
}
