/** The sessions question against walking over every event of every session. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answerSessions } from '../../src/query/sessions/answer.js';
import { holds, type OracleEvent, readProperty, type Where } from './condition.js';
import { createRandom, ORACLE_SEED, type Random } from './random.js';
import { createStore, groupUnits, type Store } from './store.js';
import { listSessions, quantile } from './trends.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const FROM = Date.UTC(2024, 1, 27);
const DAYS = 5;

let store: Store;
const events: Record<string, OracleEvent[]> = {};

function drawEvents(random: Random, withIds: boolean): OracleEvent[] {
  const drawn: OracleEvent[] = [];
  for (let user = 0; user < 60; user++) {
    let t = FROM + random.below(DAYS * DAY_MS);
    for (let i = random.below(14); i > 0; i--) {
      const session = withIds || random.chance(0.2) ? `s${random.below(3)}` : '';
      const properties = random.chance(0.8)
        ? { path: random.pick(['/', '/a', '/b']), plan: random.below(4) }
        : {};
      drawn.push({ user: `u${user}`, event: random.pick(['view', 'view', 'buy']), t, session, properties });
      t += random.pick([0, 5, 29, 30, 31, 400]) * MINUTE_MS;
    }
  }
  return drawn;
}

beforeAll(async () => {
  store = await createStore();
  const random = createRandom(ORACLE_SEED);
  for (const project of ['gaps', 'ids']) {
    events[project] = drawEvents(random, project === 'ids');
    await store.insert(project, events[project]);
  }
});
afterAll(() => store?.close());

interface Session {
  readonly user: string;
  readonly begin: number;
  readonly length: number;
  readonly depth: number;
  readonly entry: string;
  readonly exit: string;
  readonly key: string;
}

const json = (event: OracleEvent, name: string): string => JSON.stringify(readProperty(event, name) ?? null);

function listAll(
  project: string,
  range: [number, number],
  where: Where | undefined,
  page: string | undefined,
): Session[] {
  const inRange = events[project]!.filter(({ t }) => t >= range[0] && t < range[1]);
  const ids = listSessions(inRange);
  const nameOf = (event: OracleEvent): string => (page ? json(event, page) : event.event);
  return [...groupUnits(inRange, (event) => ids.get(event)!).values()]
    .filter((own) => own.some((event) => holds(where, event)))
    .map((own) => {
      const begin = Math.min(...own.map(({ t }) => t));
      const end = Math.max(...own.map(({ t }) => t));
      const first = own.filter(({ t }) => t === begin);
      return {
        user: own[0]!.user,
        begin,
        length: end - begin,
        depth: own.length,
        entry: first.map(nameOf).sort()[0]!,
        exit: own
          .filter(({ t }) => t === end)
          .map(nameOf)
          .sort()
          .at(-1)!,
        key: first.map((event) => json(event, 'plan')).sort()[0]!,
      };
    });
}

const average = (values: readonly number[]): number =>
  values.reduce((sum, one) => sum + one, 0) / values.length;

function measure(sessions: readonly Session[]): (number | null)[] {
  if (sessions.length === 0) return [0, 0, null, null, null, null, null, null, null];
  const lengths = sessions.map(({ length }) => length / 1_000);
  const depths = sessions.map(({ depth }) => depth);
  return [
    sessions.length,
    new Set(sessions.map(({ user }) => user)).size,
    average(lengths),
    quantile(lengths, 0.5),
    quantile(lengths, 0.9),
    average(depths),
    quantile(depths, 0.5),
    quantile(depths, 0.9),
    depths.filter((depth) => depth === 1).length / sessions.length,
  ];
}

function rankEnds(sessions: readonly Session[], side: 'entry' | 'exit'): [string, number][] {
  const counts = new Map<string, number>();
  for (const one of sessions) counts.set(one[side], (counts.get(one[side]) ?? 0) + 1);
  return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}

const round = (values: readonly unknown[]): unknown[] =>
  values.map((value) => (typeof value === 'number' ? Number(value.toPrecision(10)) : value));

for (const project of ['gaps', 'ids'])
  it(`sessions by ${project} equal the naive computation, seed ${ORACLE_SEED}`, async () => {
    const random = createRandom(ORACLE_SEED + 7);
    for (let n = 0; n < 24; n++) {
      const from = FROM + random.below(2) * DAY_MS + random.pick([0, 7 * 3_600_000]);
      const days = 1 + random.below(3);
      const to = from - (from % DAY_MS) + days * DAY_MS;
      const where = random.pick<Where | undefined>([
        undefined,
        { property: 'event.event', op: 'eq', value: 'buy' },
      ]);
      const page = random.pick([undefined, 'path']);
      const limit = random.pick([undefined, 2, 10]);
      const body = {
        from: new Date(from).toISOString(),
        to: new Date(to).toISOString(),
        ...(where && { where }),
        ...(page && { page }),
        ...(limit && { breakdown: ['plan'], breakdown_limit: limit }),
      };
      const answer = await answerSessions(store.contextOf(project), body);
      const all = listAll(project, [from, to], where, page);
      const told = JSON.stringify(body);
      expect(round(Object.values(answer.totals)), told).toEqual(round(measure(all)));
      for (const [side, seen] of [
        ['entry', answer.entries],
        ['exit', answer.exits],
      ] as const) {
        const shown = seen.map(({ value, sessions }) => [page ? JSON.stringify(value) : value, sessions]);
        expect(shown, told).toEqual(rankEnds(all, side));
      }
      const totals = new Map<string, number>();
      for (const { key } of all) totals.set(key, (totals.get(key) ?? 0) + 1);
      const ranked = [...totals]
        .sort(([a, x], [b, y]) => y - x || (`[${a}]` < `[${b}]` ? -1 : 1))
        .map(([key]) => key);
      const groups: [unknown[], Session[]][] =
        limit === undefined
          ? [[[], all]]
          : [
              ...ranked
                .slice(0, limit)
                .map((key): [unknown[], Session[]] => [
                  [JSON.parse(key)],
                  all.filter((one) => one.key === key),
                ]),
              ...(ranked.length > limit
                ? [
                    [['$other'], all.filter((one) => ranked.indexOf(one.key) >= limit)] as [
                      unknown[],
                      Session[],
                    ],
                  ]
                : []),
            ];
      const expected = groups.flatMap(([values, own]) =>
        Array.from({ length: days }, (_, day) => {
          const start = from - (from % DAY_MS) + day * DAY_MS;
          const inside = own.filter(({ begin }) => begin >= start && begin < start + DAY_MS);
          return round([new Date(start).toISOString(), ...values, ...measure(inside), true]);
        }),
      );
      expect(answer.rows.map(round), told).toEqual(expected);
    }
  });
