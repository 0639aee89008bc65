/** People: listed, searched, shown with what is known of them, and what they did. */
import { RequestError } from '../../errors.js';
import type { QueryContext } from '../context.js';
import { printEvents, printPerson } from '../people.js';
import { createParams, fillSql, print } from '../printed.js';
import { estimateStatement, refuseOverLimit, runStatement } from '../run.js';
import { formatInstant } from '../time/instant.js';
import { END_PLACE, type Place, type UserPage, writePlace } from './page.js';
import { readUserProperties } from './properties.js';

/** Ids of each kind that are shown of one person. */
const IDS_MAX = 1_000;

export interface Seen {
  readonly user_id?: string;
  readonly anonymous_id?: string;
  readonly first_seen: string;
  readonly last_seen: string;
  /** Stored events. */
  readonly events: number;
}

interface SeenRow {
  name: string;
  known: number;
  first_ms: number;
  last_ms: number;
  stored: number;
}

const isKnown = (row: SeenRow): boolean => Number(row.known) === 1;

const showSeen = (row: SeenRow): Seen => ({
  ...(isKnown(row) ? { user_id: row.name } : { anonymous_id: row.name }),
  first_seen: formatInstant(Number(row.first_ms)),
  last_seen: formatInstant(Number(row.last_ms)),
  events: Number(row.stored),
});

export interface ListRequest {
  /** Part of an id, in any case. */
  readonly search: string | undefined;
  readonly after: Place | undefined;
  readonly limit: number;
}

/** People, who was there last first. Reads the ids of every event. @throws RequestError 422, EngineError */
export async function listPeople(
  context: QueryContext,
  { search, after, limit }: ListRequest,
): Promise<UserPage<Seen>> {
  const params = createParams();
  const sought = search !== undefined && params.bind('String', search);
  const { ms, id } = after ?? END_PLACE;
  const sql = fillSql('clickhouse/user-list.sql', {
    project: params.bind('String', context.project),
    found: sought
      ? print`max(positionCaseInsensitiveUTF8(user_id, ${sought}) > 0 or positionCaseInsensitiveUTF8(anonymous_id, ${sought}) > 0) = 1`
      : print`1`,
    after: print`(last_ms, unit_key) < (${params.bind('Int64', ms)}, ${params.bind('String', id)})`,
    limit: params.bind('UInt32', limit + 1),
    ...printEvents(context, params),
  });
  const statement = { sql, params: params.values };
  refuseOverLimit(context, await estimateStatement(context, statement));
  const { rows } = await runStatement<SeenRow & { unit_key: string }>(context, statement);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    data: page.map(showSeen),
    next_cursor:
      rows.length > limit && last ? writePlace({ ms: Number(last.last_ms), id: last.unit_key }) : null,
  };
}

export interface ShownPerson extends Seen {
  /** The ids her events came with. */
  readonly user_ids: readonly string[];
  readonly anonymous_ids: readonly string[];
  /** What is known of her now. */
  readonly properties: Readonly<Record<string, unknown>>;
}

interface PersonRow extends SeenRow {
  unit_key: string;
  user_ids: string[];
  anonymous_ids: string[];
}

/** Of several persons with one id, the user. @throws RequestError 404, EngineError */
async function findPerson(context: QueryContext, name: string): Promise<PersonRow> {
  const params = createParams();
  const sql = fillSql('clickhouse/user-show.sql', {
    project: params.bind('String', context.project),
    whose: printPerson(context, name, params),
    name: params.bind('String', name),
    ids_max: print`${IDS_MAX}`,
    ...printEvents(context, params),
  });
  const { rows } = await runStatement<PersonRow>(context, { sql, params: params.values });
  if (rows[0]) return rows[0];
  throw new RequestError(
    404,
    'unknown_user',
    `No stored event is of a person with the id ${JSON.stringify(name)}.`,
  );
}

/** The person an id belongs to, whichever of hers it is. @throws RequestError 404, EngineError */
export async function showPerson(context: QueryContext, name: string): Promise<ShownPerson> {
  const row = await findPerson(context, name);
  return {
    ...showSeen(row),
    user_ids: row.user_ids,
    anonymous_ids: row.anonymous_ids,
    properties: await readUserProperties(context, { name: row.name, isUser: isKnown(row) }),
  };
}

export interface ShownEvent {
  readonly event_id: string;
  readonly event: string;
  readonly timestamp: string;
  readonly received_at: string;
  readonly user_id?: string;
  readonly anonymous_id?: string;
  readonly session_id?: string;
  readonly properties: unknown;
  readonly context: unknown;
}

interface EventRow {
  event_id: string;
  type_name: string;
  at_ms: number;
  received_ms: number;
  user_id: string;
  anonymous_id: string;
  session_id: string;
  said: string;
  around: string;
}

const showEvent = (row: EventRow): ShownEvent => ({
  event_id: row.event_id,
  event: row.type_name,
  timestamp: formatInstant(Number(row.at_ms)),
  received_at: formatInstant(Number(row.received_ms)),
  ...(row.user_id !== '' && { user_id: row.user_id }),
  ...(row.anonymous_id !== '' && { anonymous_id: row.anonymous_id }),
  ...(row.session_id !== '' && { session_id: row.session_id }),
  properties: JSON.parse(row.said),
  context: JSON.parse(row.around),
});

/** A person's events under all her ids, newest first. @throws RequestError 404, EngineError */
export async function listPersonEvents(
  context: QueryContext,
  name: string,
  { after, limit }: Omit<ListRequest, 'search'>,
): Promise<UserPage<ShownEvent>> {
  const { unit_key } = await findPerson(context, name);
  const params = createParams();
  const { ms, id } = after ?? END_PLACE;
  const sql = fillSql('clickhouse/user-events.sql', {
    project: params.bind('String', context.project),
    whose: print`person_key = ${params.bind('UInt64', unit_key)}`,
    before_ms: params.bind('Int64', ms),
    before_id: params.bind('String', id),
    limit: params.bind('UInt32', limit + 1),
    ...printEvents(context, params),
  });
  const { rows } = await runStatement<EventRow>(context, { sql, params: params.values });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    data: page.map(showEvent),
    next_cursor:
      rows.length > limit && last ? writePlace({ ms: Number(last.at_ms), id: last.event_id }) : null,
  };
}
