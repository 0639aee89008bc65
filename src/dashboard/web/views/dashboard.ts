/** A dashboard as `/v1/dashboards` gives it: tiles are questions with the way their answers are drawn. */
import { movePath, moveRange } from '../../moving-range.js';
import type { Request } from '../transport.js';
import type { ViewKind } from './view.js';

export interface Tile {
  readonly title: string;
  readonly view: ViewKind;
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** The range moves: always the last so many days. */
  readonly last_days?: number;
  /** Columns taken, of twelve. */
  readonly width?: number;
}

export interface Dashboard {
  readonly id: string;
  readonly name: string;
  readonly tiles: readonly Tile[];
  readonly shared: boolean;
}

export const DASHBOARDS = '/v1/dashboards';

/** Where a dashboard is asked for: one's own, one behind a link, and the answer of a tile of that by its place. */
export const pathOfDashboard = (id: string): string => `${DASHBOARDS}/${encodeURIComponent(id)}`;
export const pathOfShared = (token: string): string => `/v1/shared/${encodeURIComponent(token)}`;
export const pathOfSharedTile = (token: string, index: number): string =>
  `${pathOfShared(token)}/tiles/${index}`;

/** What a tile asks now. */
export function requestOf({ path, body, last_days: days }: Tile): Request {
  if (days === undefined) return { path, body };
  return body === undefined
    ? { path: movePath(path, days, Date.now()) }
    : { path, body: moveRange(body, days, Date.now()) };
}

const DAY_MS = 86_400_000;

/** How many days a question spans when it reaches until today or later; undefined for a range that has ended, and without one. */
export function findMovingDays({ path, body }: Request): number | undefined {
  const { from, to }: Record<string, unknown> =
    body ?? Object.fromEntries(new URLSearchParams(path.split('?', 2)[1]));
  if (typeof from !== 'string' || typeof to !== 'string' || Date.parse(to) < Date.now()) return undefined;
  return Math.max(1, Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS));
}
