/**
 * Defines over the public HTTP interface what the demo shows: event types before its events come, everything else once there are events
 * to check it against. It looks first, by name: what is there, perhaps changed by somebody, stays as it is.
 */
import { DASHBOARDS } from './defined/boards.js';
import { EVENT_TYPES, PACK, PACK_PROPERTIES } from './defined/event-types.js';
import { METRICS } from './defined/metrics.js';
import { ALERTS, COHORTS, composeModels, EXPERIMENTS, FUNNELS } from './defined/questions.js';
import { type Ask, askOrFail, askPatiently } from './server.js';

const TYPES = '/v1/analytics/event-types';
const LIST_MAX = 1_000;

interface Named {
  name: string;
}

interface RegisteredType extends Named {
  version: number;
  schema: { properties?: object };
}

/** Names there are, or undefined where this Weir has no such list. */
async function listNames(ask: Ask, path: string): Promise<ReadonlySet<string> | undefined> {
  const answer = await askPatiently(ask, 'GET', `${path}?limit=${LIST_MAX}`);
  if (answer.status === 404) return undefined;
  const { data } = answer.body as { data?: Named[] };
  return new Set(data?.map(({ name }) => name));
}

/** Registers the pack and the demo's own types. */
export async function defineEventTypes(ask: Ask): Promise<void> {
  await askOrFail(ask, 'POST', `${TYPES}/packs/${PACK}`);
  const known = await listNames(ask, TYPES);
  for (const type of EVENT_TYPES) if (!known?.has(type.name)) await askOrFail(ask, 'POST', TYPES, type);
  for (const [name, properties] of Object.entries(PACK_PROPERTIES)) {
    const type = await askOrFail<RegisteredType>(ask, 'GET', `${TYPES}/${name}`);
    if (type.version > 1) continue;
    const schema = { ...type.schema, properties: { ...type.schema.properties, ...properties } };
    // A property that could be anything until now is described: a break, and meant.
    await askOrFail(ask, 'PUT', `${TYPES}/${name}?force=true`, { schema });
  }
}

interface Kind {
  readonly path: string;
  readonly what: string;
  readonly definitions: readonly Named[];
}

const metrics = Object.entries(METRICS).map(([name, definition]) => ({ name, definition }));

const METRICS_PATH = '/v1/analytics/metrics/custom';

const listKinds = (openingMs: number, nowMs: number): readonly Kind[] => [
  { path: METRICS_PATH, what: 'metrics', definitions: metrics },
  { path: '/v1/analytics/funnels', what: 'funnels', definitions: FUNNELS },
  { path: '/v1/analytics/cohorts', what: 'cohorts', definitions: COHORTS },
  { path: '/v1/analytics/experiments/saved', what: 'experiments', definitions: EXPERIMENTS },
  {
    path: '/v1/analytics/predictions/models',
    what: 'predictive models',
    definitions: composeModels(openingMs, nowMs),
  },
  { path: '/v1/alerts', what: 'alerts', definitions: ALERTS },
  { path: '/v1/dashboards', what: 'dashboards', definitions: DASHBOARDS },
];

/** A metric's definition has its name inside. */
const composeBody = (path: string, definition: Named): object => {
  const { name: _, ...nameless } = definition;
  return path === METRICS_PATH ? nameless : definition;
};

/** Defines what is missing. Says each thing that could not be defined to `report`; the rest is defined all the same. */
export async function defineQuestions(
  ask: Ask,
  { openingMs, nowMs }: { openingMs: number; nowMs: number },
  report: (line: string) => void,
): Promise<void> {
  for (const { path, what, definitions } of listKinds(openingMs, nowMs)) {
    const known = await listNames(ask, path);
    if (!known) {
      report(`this Weir has no ${what} (${path})`);
      continue;
    }
    for (const definition of definitions) {
      if (known.has(definition.name)) continue;
      const { status, body } = await askPatiently(ask, 'POST', path, composeBody(path, definition));
      if (status >= 300)
        report(`${definition.name} was not defined: ${status} ${JSON.stringify(body).slice(0, 500)}`);
    }
  }
}
