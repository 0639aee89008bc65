/** A route: events of some types, and where they go beside the table of events. */
import * as v from 'valibot';
import { EVENT_NAME_LENGTH_MAX } from '../event/limits.js';
import { findUrlFault } from '../webhook/sender.js';

export type RouteKind = 'table' | 'stream' | 'webhook';

export interface Route {
  id: string;
  project: string;
  name: string;
  /** Names of event types; "*" is every type. */
  events: string[];
  kind: RouteKind;
  /** A table's or a stream's name, or a URL. */
  target: string;
  /** Signs a webhook's requests; '' otherwise. */
  secret: string;
  createdAt: Date;
}

/** Routes of one project: each costs its batches a statement. */
export const ROUTES_MAX = 20;
/** Types one route may name. */
const EVENTS_MAX = 200;
const URL_LENGTH_MAX = 2_000;

const NAME = /^[a-z][a-z0-9_]{0,39}$/;
const NAME_RULE = 'has 1 to 40 lower-case letters, digits and _, and begins with a letter.';
const name = (what: string) => v.pipe(v.string(), v.regex(NAME, `${what} ${NAME_RULE}`));

const url = v.pipe(
  v.string(),
  v.maxLength(URL_LENGTH_MAX, `A URL has at most ${URL_LENGTH_MAX} characters.`),
  v.check((text) => findUrlFault(text) === undefined, 'webhook is an https or http URL without a password.'),
);

export const routeRequest = v.strictObject({
  name: v.optional(name('name')),
  events: v.pipe(
    v.array(
      v.pipe(v.string(), v.minLength(1), v.maxLength(EVENT_NAME_LENGTH_MAX)),
      'events is an array of names.',
    ),
    v.minLength(1, 'events has at least one name; "*" is every type.'),
    v.maxLength(EVENTS_MAX, `events has at most ${EVENTS_MAX} names.`),
  ),
  to: v.union(
    [
      v.strictObject({ table: name('table') }),
      v.strictObject({ stream: name('stream') }),
      v.strictObject({
        webhook: url,
        secret: v.optional(v.pipe(v.string(), v.minLength(16), v.maxLength(200))),
      }),
    ],
    `to is {"table": name}, {"stream": name} or {"webhook": url}; a name ${NAME_RULE}`,
  ),
  // The table of events is what repeats are recognised by, so an event cannot leave it.
  keep: v.optional(
    v.literal(
      true,
      'keep is true: repeats are recognised by the table of events, so every event stays in it.',
    ),
  ),
});

/** The ClickHouse table of a route to a table. */
export const tableOf = ({ project, target }: Pick<Route, 'project' | 'target'>): string =>
  `routed_${project.replaceAll('-', '_')}_${target}`;

/** The Redis stream of a route to a stream: others read it. */
export const streamOf = ({ project, target }: Pick<Route, 'project' | 'target'>, partition: number): string =>
  `weir:{p${partition}}:route:${project}:${target}`;

/** The Redis stream in which a webhook's events wait. */
export const outboxOf = ({ id }: Pick<Route, 'id'>, partition: number): string =>
  `weir:{p${partition}}:outbox:${id}`;

/** The hash of what became of a route's deliveries. */
export const stateOf = ({ id }: Pick<Route, 'id'>, partition: number): string =>
  `weir:{p${partition}}:routed:${id}`;
