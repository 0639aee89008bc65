/** Where a tile's question is asked on a screen of its own. */
import { addressOf, addressOfRequest } from '../address.js';
import { requestOf, type Tile } from './dashboard.js';

/** Routes with the place that asks them; what is open there stands in the route. */
const ASKED_AT: readonly (readonly [route: RegExp, place: string])[] = [
  [/^trends$/, 'explore'],
  [/^metrics\/calculate$/, 'custom-metrics'],
  [/^funnels\/analyze$/, 'funnels'],
  [/^funnels\/([\w-]+)\/analysis$/, 'funnels'],
  [/^retention$/, 'retention'],
  [/^paths$/, 'paths'],
  [/^experiments$/, 'experiments'],
  [/^predictions\/models\/([\w-]+)$/, 'predictions'],
  [/^cohorts\/([\w-]+)\/(?:patterns|predictions)$/, 'cohorts'],
];
const ANALYTICS = '/v1/analytics/';

/** Fields of a query; one that is repeated is a list. */
function readQuery(query: string): Record<string, string | string[]> {
  const fields = new URLSearchParams(query);
  const values = (name: string): string | string[] => {
    const all = fields.getAll(name);
    return all.length === 1 ? all[0]! : all;
  };
  return Object.fromEntries([...fields.keys()].map((name) => [name, values(name)]));
}

/** The address that asks what the tile asks now; undefined when no screen asks such a question. */
export function addressOfTile(tile: Tile): string | undefined {
  const { path, body } = requestOf(tile);
  const [route = '', query = ''] = path.split('?', 2);
  for (const [pattern, place] of ASKED_AT) {
    const match = pattern.exec(route.slice(ANALYTICS.length));
    if (!match) continue;
    if (body === undefined && query === '') return addressOf(place, undefined, match[1]);
    const asked: Readonly<Record<string, unknown>> = body ?? readQuery(query);
    // A stored metric is opened by its name.
    const isStored = typeof asked.metric === 'string' && asked.definition === undefined;
    return addressOfRequest(place, asked, isStored ? String(asked.metric) : match[1]);
  }
  return undefined;
}
