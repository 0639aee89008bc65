/**
 * What a stored batch says about people, taken before ingest acknowledges it, so that nothing is acknowledged that the next question
 * does not see. It is read back from `events`, which holds each event exactly once: links are taken in stored order
 * (resolve.ts), changes of properties copied. A batch that is repeated after a crash writes the same rows again. Under the
 * partition's lease nobody else does this for its projects.
 */
import type { ClickHouse } from '../clickhouse/client.js';
import { loadSql } from '../clickhouse/sql-file.js';
import type { AboutPeople } from '../event/people.js';
import {
  type Link,
  type Node,
  type Override,
  type Persons,
  type RefusedLink,
  resolveLinks,
} from './resolve.js';

/** The part of the ClickHouse client that is used here. Throws EngineError. */
export type IdentityClient = Pick<ClickHouse, 'query' | 'insertRows' | 'command'>;

/** A batch, and between which times of receipt its entries lie. */
export interface StoredRange {
  readonly partition: number;
  readonly seq: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Links resolved together; their keys travel in the URL, of which a value may have 128 kB. */
const LINKS_AT_ONCE = 1_000;
/** Projects asked for by one statement. */
const PROJECTS_AT_ONCE = 500;
/** Versions of overrides within one batch: a batch has at most as many groups of links. */
const GROUPS_MAX = 10_000;

interface LinkRow {
  project: string;
  event_id: string;
  event: string;
  timestamp_ms: string | number;
  received_ms: string | number;
  own_key: string;
  name: string;
  is_user: number;
  old_id: string;
  anonymous_key: string;
  user_key: string;
  is_distinct: number;
}

interface PersonRow {
  own_key: string;
  newest: string;
  name: string;
  is_user: number;
}

type Place = readonly [batch: string, receivedMs: string, timeMs: string, eventId: string];

interface KnownRow {
  own_key: string;
  carried: Place;
  identified: Place;
  times_identified: string | number;
}

const isTrue = (value: unknown): boolean => value === true || Number(value) === 1;

function isBefore(a: Place, b: Place): boolean {
  for (let i = 0; i < 3; i++) if (Number(a[i]) !== Number(b[i])) return Number(a[i]) < Number(b[i]);
  return Buffer.compare(Buffer.from(a[3]), Buffer.from(b[3])) < 0;
}

/** Links that speak of a user of that name too: an alias of anybody, and whatever does not tell users from devices. */
const speaksOfUser = (row: LinkRow): boolean =>
  isTrue(row.is_user) && (row.event === '$alias' || isTrue(row.is_distinct));

function readLink(row: LinkRow, seq: number, known: ReadonlyMap<string, KnownRow>): Link {
  const place: Place = [String(seq), String(row.received_ms), String(row.timestamp_ms), row.event_id];
  const since = known.get(row.user_key);
  const isUserKnown =
    since !== undefined &&
    (isTrue(row.is_distinct)
      ? Number(since.times_identified) > 0 && isBefore(since.identified, place)
      : isBefore(since.carried, place));
  return {
    eventId: row.event_id,
    person: { key: row.own_key, name: row.name, isUser: isTrue(row.is_user) },
    anonymous: { key: row.anonymous_key, name: row.old_id, isUser: false },
    user: speaksOfUser(row) ? { key: row.user_key, name: row.old_id, isUser: true } : undefined,
    isUserKnown,
  };
}

const formatTime = (ms: string | number): string =>
  new Date(Number(ms)).toISOString().replace('T', ' ').replace('Z', '');

export interface Identity {
  /** Takes what the stored rows of a batch say about people. @throws EngineError: nothing is lost, call again */
  takeBatch(range: StoredRange, about: AboutPeople): Promise<void>;
}

export function createIdentity(client: IdentityClient): Identity {
  async function findPersons(project: string, keys: readonly string[], roots: readonly string[]) {
    const { rows } = await client.query<PersonRow>(loadSql('clickhouse/identity-persons.sql'), {
      params: { project, keys, roots },
    });
    return rows;
  }

  async function readPersons(project: string, rows: readonly LinkRow[]): Promise<Persons> {
    const old = rows.flatMap((row) => [row.anonymous_key, ...(speaksOfUser(row) ? [row.user_key] : [])]);
    const keys = new Set([...rows.map((row) => row.own_key), ...old]);
    // A user who signs in keeps her ids, of which there may be very many; only those of somebody anonymous are looked at.
    const anonymous = rows.filter((row) => !isTrue(row.is_user)).map((row) => row.own_key);
    const found = await findPersons(project, [...keys], [...new Set([...old, ...anonymous])]);
    // Of an anonymous person all ids move when it turns out to be a user's.
    const further = new Set(
      found.filter((row) => !isTrue(row.is_user) && !keys.has(row.newest)).map((row) => row.newest),
    );
    if (further.size > 0) found.push(...(await findPersons(project, [], [...further])));
    const rootOf = new Map<string, Node>();
    const membersOf = new Map<string, string[]>();
    for (const { own_key, newest, name, is_user } of found) {
      if (rootOf.has(own_key)) continue;
      rootOf.set(own_key, { key: newest, name, isUser: isTrue(is_user) });
      membersOf.set(newest, [...(membersOf.get(newest) ?? []), own_key]);
    }
    return { rootOf, membersOf };
  }

  async function readKnown(project: string, rows: readonly LinkRow[], seq: number) {
    const keys = [...new Set(rows.filter(speaksOfUser).map((row) => row.user_key))];
    if (keys.length === 0) return new Map<string, KnownRow>();
    const { rows: known } = await client.query<KnownRow>(loadSql('clickhouse/identity-known.sql'), {
      params: { project, keys, seq: String(seq) },
    });
    return new Map(known.map((row) => [row.own_key, row]));
  }

  async function writeOverrides(
    project: string,
    overrides: readonly Override[],
    version: number,
  ): Promise<void> {
    const rows = overrides.map(({ key, target }) => ({
      project,
      person_key: key,
      target_key: target.key,
      target: target.name,
      seq: String(version),
    }));
    if (rows.length > 0) await client.insertRows('identity_overrides', rows);
  }

  async function writeRefused(
    project: string,
    refused: readonly RefusedLink[],
    rows: ReadonlyMap<string, LinkRow>,
  ): Promise<void> {
    const kept = refused.map(({ link, owner, claimant }) => {
      const row = rows.get(link.eventId)!;
      return {
        project,
        received_at: formatTime(row.received_ms),
        event_id: link.eventId,
        event: row.event,
        timestamp: formatTime(row.timestamp_ms),
        user_id: claimant.name,
        old_id: row.old_id,
        owner: owner.name,
      };
    });
    if (kept.length > 0) await client.insertRows('identity_refused', kept);
  }

  async function takeGroup(
    project: string,
    rows: readonly LinkRow[],
    seq: number,
    group: number,
  ): Promise<void> {
    const [persons, known] = await Promise.all([readPersons(project, rows), readKnown(project, rows, seq)]);
    const { overrides, refused } = resolveLinks(
      persons,
      rows.map((row) => readLink(row, seq, known)),
    );
    await Promise.all([
      writeRefused(project, refused, new Map(rows.map((row) => [row.event_id, row]))),
      writeOverrides(project, overrides, seq * GROUPS_MAX + group),
    ]);
  }

  async function takeLinks(params: Record<string, unknown>, seq: number): Promise<void> {
    const { rows } = await client.query<LinkRow>(loadSql('clickhouse/identity-links.sql'), { params });
    for (const project of new Set(rows.map((row) => row.project))) {
      const own = rows.filter((row) => row.project === project);
      for (let from = 0; from < own.length; from += LINKS_AT_ONCE)
        await takeGroup(project, own.slice(from, from + LINKS_AT_ONCE), seq, from / LINKS_AT_ONCE);
    }
  }

  const takeChanges = (params: Record<string, unknown>): Promise<void> =>
    client.command(loadSql('clickhouse/user-property-changes.sql'), { params });

  return {
    async takeBatch({ partition, seq, fromMs, toMs }, { links, changes }) {
      const range = { partition, seq: String(seq), from: fromMs, to: toMs };
      // Neither reads what the other writes.
      await Promise.all([
        takeAll(changes, (projects) => takeChanges({ ...range, projects })),
        takeAll(links, (projects) => takeLinks({ ...range, projects }, seq)),
      ]);
    },
  };
}

async function takeAll(
  projects: readonly string[],
  take: (some: readonly string[]) => Promise<void>,
): Promise<void> {
  for (let first = 0; first < projects.length; first += PROJECTS_AT_ONCE)
    await take(projects.slice(first, first + PROJECTS_AT_ONCE));
}
