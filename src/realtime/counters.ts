/** A project's live counters: events by second, in all and by type, distinct persons, and how far they go. */
import type { ClickHouse } from '../clickhouse/client.js';
import type { Attachment, LiveBatch, LiveView } from './feed.js';
import { RING_SECONDS, TOP_EVENTS, TYPES_MAX, WINDOW_NAMES, WINDOWS, type WindowName } from './limits.js';
import { PersonWindows, personKey } from './person-windows.js';
import { SecondRing } from './second-ring.js';
import { readCounts, readPersons } from './tables.js';

export const currentSecond = (): number => Math.floor(Date.now() / 1_000);

interface State {
  readonly all: SecondRing;
  readonly types: Map<string, SecondRing>;
  readonly persons: PersonWindows;
  /** Persons that belong to another by now: key of the id's own person, key of the one it counts as. */
  readonly joined: Map<number, number>;
}

const createState = (): State => ({
  all: new SecondRing(),
  types: new Map(),
  persons: new PersonWindows(),
  joined: new Map(),
});

export interface Overview {
  /** By window: events, and distinct persons with an event. */
  readonly windows: Readonly<Record<WindowName, { count: number; users: number }>>;
  /** Events of each of the last 60 seconds, oldest first; the last is the current second. */
  readonly per_second: readonly number[];
  /** The most frequent types of each window, those of the longest window first. */
  readonly top_events: readonly { readonly event: string; readonly counts: Record<WindowName, number> }[];
  /** False when so many persons were active that a share of them stands for all. */
  readonly users_exact: boolean;
}

/** What a window's numbers are made of. */
export const eachWindow = <T>(compute: (seconds: number) => T): Record<WindowName, T> =>
  Object.fromEntries(WINDOW_NAMES.map((name) => [name, compute(WINDOWS[name])])) as Record<WindowName, T>;

export class ProjectCounters implements LiveView {
  private state = createState();
  private isMerged = false;
  /** Time of receipt of the newest event counted, epoch ms. */
  throughMs = 0;
  attachment: Attachment | undefined;
  /** Called after each batch of the project, and after a load. */
  readonly listeners = new Set<() => void>();

  constructor(
    private readonly clickhouse: ClickHouse,
    readonly project: string,
  ) {}

  /** Whether persons of the project were joined, as of the last load. */
  get hasJoined(): boolean {
    return this.isMerged;
  }

  /** The person an id's own person counts as. */
  resolve(person: number): number {
    return this.state.joined.get(person) ?? person;
  }

  async load(seq: number): Promise<void> {
    const now = currentSecond();
    const range = { project: this.project, fromMs: (now - RING_SECONDS) * 1_000, seq };
    const [counts, { persons, isMerged }] = await Promise.all([
      readCounts(this.clickhouse, range),
      readPersons(this.clickhouse, range),
    ]);
    const state = createState();
    for (const { event, second, events } of counts) {
      state.all.add(second, events, now);
      findType(state, event)?.add(second, events, now);
    }
    for (const { own, person, second } of persons) {
      if (own !== person) state.joined.set(own, person);
      state.persons.add(person, second, now);
    }
    this.state = state;
    this.isMerged = isMerged;
  }

  apply({ rows, project }: LiveBatch): void {
    const { state } = this;
    const now = currentSecond();
    const types = rows.names.map(() => undefined as SecondRing | undefined | null);
    const { rowProject, rowName, persons, timestampsMs } = rows;
    for (let i = 0; i < timestampsMs.length; i++) {
      if (rowProject[i] !== project) continue;
      const second = Math.floor(timestampsMs[i]! / 1_000);
      const name = rowName[i]!;
      let type = types[name];
      if (type === undefined) {
        type = findType(state, rows.names[name]!) ?? null;
        types[name] = type;
      }
      state.all.add(second, 1, now);
      type?.add(second, 1, now);
      const person = personKey(persons[i * 2]!, persons[i * 2 + 1]!);
      state.persons.add(this.resolve(person), second, now);
    }
    this.throughMs = Math.max(this.throughMs, rows.receivedMs);
  }

  changed(): void {
    for (const listener of this.listeners) listener();
  }

  /** Events in the `length` seconds that end with `now`, of one type or of all. */
  count(event: string | undefined, length: number, now: number): number {
    const ring = event === undefined ? this.state.all : this.state.types.get(event);
    return ring?.sum(length, now) ?? 0;
  }

  /** Whether the type's events are counted apart. */
  isCounted(event: string): boolean {
    return this.state.types.has(event) || this.state.types.size < TYPES_MAX;
  }

  countPersons(length: number, now: number): number {
    return this.state.persons.count(length, now);
  }

  overview(now: number): Overview {
    const { state } = this;
    const types = [...state.types].map(([event, ring]) => ({
      event,
      counts: eachWindow((seconds) => ring.sum(seconds, now)),
    }));
    return {
      windows: eachWindow((seconds) => ({
        count: state.all.sum(seconds, now),
        users: state.persons.count(seconds, now),
      })),
      per_second: Array.from({ length: 60 }, (_, i) => state.all.read(now - 59 + i)),
      top_events: listTop(types),
      users_exact: state.persons.isExact,
    };
  }
}

type TypeCounts = Overview['top_events'][number];

/** The types of which there was any in the window, the most frequent first, equal ones by name. */
const rankTypes = (types: readonly TypeCounts[], window: WindowName): TypeCounts[] =>
  types
    .filter(({ counts }) => counts[window] > 0)
    .sort((a, b) => b.counts[window] - a.counts[window] || (a.event < b.event ? -1 : 1));

/** The most frequent types of each window; what has only just begun is not yet among those of the longest. */
const listTop = (types: readonly TypeCounts[]): TypeCounts[] =>
  rankTypes(
    [...new Set(WINDOW_NAMES.flatMap((window) => rankTypes(types, window).slice(0, TOP_EVENTS)))],
    '1h',
  );

/** The ring of a type; none for those beyond the limit, which the tables tell under an empty name. */
function findType(state: State, event: string): SecondRing | undefined {
  if (event === '') return undefined;
  const known = state.types.get(event);
  if (known || state.types.size >= TYPES_MAX) return known;
  const ring = new SecondRing();
  state.types.set(event, ring);
  return ring;
}
