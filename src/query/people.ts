/**
 * Where questions get their events from. A statement that counts people reads `{{people}}select … from {{events}}`; this printer
 * fills the two slots.
 *
 * As long as nobody in a project was merged they are nothing and `events`: the statement costs what it did. Otherwise events are
 * joined with `identity_overrides`, a row for each id that belongs to another person than its own, and the names `person_key`
 * and `person` mean the resolved person throughout that select, in its conditions too. The table itself stays what is read,
 * so that the primary key prunes and single paths of the JSON columns are read; a subquery around it would read them whole.
 * The join reads a snapshot of now: what was merged before the question is asked is one person in its answer.
 */
import type { ClickHouse } from '../clickhouse/client.js';
import { loadSql } from '../clickhouse/sql-file.js';
import { shareNextLook } from './next-look.js';
import { printMergedJoin, printMergedKey } from './overrides.js';
import { type Params, type Printed, print } from './printed.js';
import { findUserNames, printTimelinesJoin } from './user-properties.js';

/** Whose events, and who of them is the same person. A QueryContext is one. */
export interface EventScope {
  readonly project: string;
  /** Whether ids of the project were joined into one person. Absent: no. */
  readonly merged?: boolean;
}

/** Slots of a statement that reads events; what they print is decided when all its other slots are printed. */
export type EventSlots = Readonly<Record<'people' | 'events', (others: string) => Printed>>;

const NOTHING = print``;
const EVENTS = print`events`;
const OWN_KEY = print`events.person_key`;
const PEOPLE = print`with
    ${printMergedKey(OWN_KEY)} as person_key,
    if(merged.target_key != 0, merged.target, events.person) as person
`;

/** The slots `people` and `events` of one statement. */
export function printEvents({ project, merged }: EventScope, params: Params): EventSlots {
  const source = merged ? print`events ${printMergedJoin(OWN_KEY, project, params)}` : EVENTS;
  const key = merged ? printMergedKey(OWN_KEY) : OWN_KEY;
  return {
    people: () => (merged ? PEOPLE : NOTHING),
    events: (others) => {
      const names = findUserNames(others);
      if (names.length === 0) return source;
      return print`${source}\n${printTimelinesJoin(project, names, key, params)}`;
    },
  };
}

/** The keys a statement gives, as the column `person_key`, each become that of the person it belongs to now. */
export function printResolved({ project, merged }: EventScope, keys: Printed, params: Params): Printed {
  if (!merged) return keys;
  const key = print`own.person_key`;
  return print`select ${printMergedKey(key)} as person_key from (${keys}) as own ${printMergedJoin(key, project, params)}`;
}

/** Whether an event is of the person known by this id. The key prunes, the name decides. */
export function printPerson({ project, merged }: EventScope, name: string, params: Params): Printed {
  const id = params.bind('String', name);
  const keys = print`(cityHash64(toUInt8(1), ${id}), cityHash64(toUInt8(0), ${id}))`;
  const own = print`person_key in ${keys} and person = ${id}`;
  if (!merged) return own;
  const target = print`select argMax(target_key, seq) from identity_overrides where project = ${params.bind('String', project)} and person_key in ${keys} group by person_key`;
  return print`(person_key in (${target}) or ${own})`;
}

/**
 * Whether ids of the project were joined. What was counted by `person_key` beforehand, such as a rollup's distinct counts, is wrong
 * then and has to be counted from the events.
 */
export const hasMergedPeople = ({ merged }: EventScope): boolean => merged === true;

/** The look reads one primary key. Who waits for another's look and then takes the next waits no longer than a question does. */
const LOOK_TIMEOUT_MS = 30_000;

const looks = new WeakMap<ClickHouse, (project: string) => Promise<boolean>>();

/** Asks the engine whether ids of a project were joined; a look at one primary key, which questions asked at once share. @throws EngineError */
export function findMerged(clickhouse: ClickHouse, project: string): Promise<boolean> {
  let look = looks.get(clickhouse);
  if (!look) {
    look = shareNextLook(async (asked) => {
      const options = { params: { project: asked }, timeoutMs: LOOK_TIMEOUT_MS };
      return (await clickhouse.query(loadSql('clickhouse/identity-merged.sql'), options)).rows.length > 0;
    });
    looks.set(clickhouse, look);
  }
  return look(project);
}
