/**
 * Who is the same person, and what is known of people: computed by walking over all events again and again, from what docs/identity.md
 * says and nothing else.
 */

/** An event as it was sent, in the order in which it was stored. */
export interface SentEvent {
  readonly id: string;
  readonly event: string;
  readonly user: string;
  readonly anonymous: string;
  readonly t: number;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Number of the payload it came in: what came later was received later. */
  readonly payload: number;
}

export interface Refusal {
  readonly id: string;
  readonly owner: string;
}

/** u:… is a user's id, a:… an anonymous one. */
export const idOf = ({ user, anonymous }: SentEvent): string =>
  user !== '' ? `u:${user}` : `a:${anonymous}`;

interface Person {
  /** The id she is known by. */
  readonly name: string;
  readonly ids: readonly string[];
}

const isUser = (person: Person): boolean => person.name.startsWith('u:');

/** People after all events, and the links that were refused. */
export function findPeople(events: readonly SentEvent[]): { people: Person[]; refused: Refusal[] } {
  let people: Person[] = [];
  const refused: Refusal[] = [];
  const linked = new Set<string>();
  const find = (id: string): Person => people.find(({ ids }) => ids.includes(id)) ?? { name: id, ids: [id] };
  const merge = (a: Person, b: Person): void => {
    if (a.name === b.name) return;
    const name = isUser(a) || !isUser(b) ? a.name : b.name;
    people = people.filter((person) => person.name !== a.name && person.name !== b.name);
    people.push({ name, ids: [...new Set([...a.ids, ...b.ids])] });
    for (const id of [...a.ids, ...b.ids]) linked.add(id);
  };
  events.forEach((event, index) => {
    const before = events.slice(0, index);
    const old =
      event.event === '$identify' && event.user !== ''
        ? event.anonymous
        : event.event === '$alias'
          ? String(event.properties.previous_id ?? '')
          : '';
    if (old === '') return;
    const distinct = event.properties.$anon_distinct_id !== undefined;
    const speaksOfUser = (event.event === '$alias' || distinct) && event.user !== '';
    const known = before.some(
      (one) => one.user === old && (!distinct || one.event === '$identify' || one.event === '$alias'),
    );
    const isSomebody = speaksOfUser && (known || linked.has(`u:${old}`));
    const own = find(idOf(event));
    const others = [find(`a:${old}`), ...(isSomebody ? [find(`u:${old}`)] : [])].filter(isUser);
    const owner = others.find(({ name }) => name !== own.name);
    if (isUser(own) && owner) {
      refused.push({ id: event.id, owner: owner.name });
      return;
    }
    merge(find(idOf(event)), find(`a:${old}`));
    if (speaksOfUser) merge(find(idOf(event)), find(`u:${old}`));
  });
  return { people, refused };
}

/** The id each id's person is known by. */
export function nameOf(people: readonly Person[], id: string): string {
  return people.find(({ ids }) => ids.includes(id))?.name ?? id;
}

interface Change {
  readonly t: number;
  readonly received: number;
  readonly id: string;
  readonly rank: number;
  readonly apply: (known: Record<string, unknown>) => void;
}

function listChanges(event: SentEvent): Change[] {
  const {
    $set = {},
    $set_once = {},
    $unset = [],
  } = event.properties as {
    $set?: Record<string, unknown>;
    $set_once?: Record<string, unknown>;
    $unset?: string[];
  };
  const base = { t: event.t, received: event.payload, id: event.id };
  return [
    {
      ...base,
      rank: 0,
      apply: (known) => {
        for (const [name, value] of Object.entries($set_once)) known[name] ??= value;
      },
    },
    { ...base, rank: 1, apply: (known) => void Object.assign(known, $set) },
    {
      ...base,
      rank: 2,
      apply: (known) => {
        for (const name of $unset) delete known[name];
      },
    },
  ];
}

/** What is known of a person at a time: all changes of her events up to then, in the order of their times. */
export function knowAt(
  events: readonly SentEvent[],
  people: readonly Person[],
  name: string,
  untilMs: number,
): Record<string, unknown> {
  const changes = events
    .filter((event) => nameOf(people, idOf(event)) === name)
    .flatMap(listChanges)
    .filter(({ t }) => t <= untilMs)
    .sort(
      (a, b) =>
        a.t - b.t || a.received - b.received || (a.id < b.id ? -1 : a.id > b.id ? 1 : a.rank - b.rank),
    );
  const known: Record<string, unknown> = {};
  for (const change of changes) change.apply(known);
  return known;
}
