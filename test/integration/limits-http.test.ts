/** At the limits, as users meet them: a person of very many events, many steps, very many values and links. Nothing is cut unsaid. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EVENTS_PER_PERSON_MAX, LINKS_MAX } from '../../src/query/paths/print.js';
import { type Front, startFront } from '../support/front.js';
import { runClickHouse } from '../support/stack.js';

const HEAVY = 120_000;
const STEPS = 50;
const PEOPLE = 20;
/** More than any question tells apart; a million takes ten times as long and shows no more. */
const VALUES = 120_000;
/** Names whose pairs are more links than are read. */
const NAMES = Math.ceil(Math.sqrt(LINKS_MAX + 1));
const RANGE = { from: '2024-03-01', to: '2024-04-01' };

let front: Front;

interface Answer {
  code?: string;
  detail?: string;
  columns?: string[];
  rows?: unknown[][];
  steps?: { count: number }[];
  ways?: { events: string[]; visits: number; units?: number }[];
  links?: { step: number; visits: number }[];
  meta: { truncated_units?: string[]; truncated_people?: number };
}

async function ask(path: string, question: object): Promise<Answer & { status: number }> {
  const response = await fetch(`${front.url}/v1/analytics/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${front.keys.read}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...RANGE, ...question }),
  });
  return { ...((await response.json()) as Answer), status: response.status };
}

/** @param select event, seconds since the first of March, user and properties of each row */
const insert = (select: string): Promise<string> =>
  runClickHouse(
    front.config.clickhouseUrl!,
    `insert into events (project, event, timestamp, event_id, user_id, session_id, received_at, properties)
     select 'default', event, toDateTime64('2024-03-01 00:00:00', 3, 'UTC') + toIntervalSecond(second), concat(event, ' ', user, ' ', toString(second)), user, 's', now64(3), properties
     from (${select})`,
  );

beforeAll(async () => {
  front = await startFront('node');
  // Last in time first, so that the earliest events are not the first that are read.
  await insert(
    `select ['A', 'B', 'C'][second % 3 + 1] as event, ${HEAVY - 1} - number as second, 'heavy' as user, '{}' as properties from numbers(${HEAVY})`,
  );
  await insert(
    `select arrayJoin(['A', 'B']) as event, if(event = 'A', 0, 1) as second, 'light' as user, '{}' as properties`,
  );
  // Person n walks n + 1 times through a step and a pause.
  await insert(
    `select concat('step ', toString(number % ${STEPS})) as event, number as second, concat('p', toString(intDiv(number, ${STEPS}))) as user, '{}' as properties
     from numbers(${STEPS * PEOPLE}) where number % ${STEPS} < ${STEPS} - intDiv(number, ${STEPS})`,
  );
  await insert(
    `select 'valued' as event, number as second, concat('v', toString(number)) as user, concat('{"kind": "', if(number % 10 = 0, 'common', concat('own ', toString(number))), '"}') as properties from numbers(${VALUES})`,
  );
  await insert(
    `select concat('name ', toString(if(second = 0, number % ${NAMES}, intDiv(number, ${NAMES})))) as event, arrayJoin([0, 1]) as second, concat('pair ', toString(number)) as user, '{}' as properties from numbers(${NAMES * NAMES})`,
  );
});

afterAll(async () => {
  await front?.stop();
});

const count = ({ steps }: Answer): number[] => steps!.map((step) => step.count);

describe('a person of 120,000 events', () => {
  const FUNNEL = { steps: [{ event: 'A' }, { event: 'B' }, { event: 'C' }], window: '1h' };

  test('is counted whole in a funnel, and named when the question asks for fewer', async () => {
    const whole = await ask('funnels/analyze', FUNNEL);
    expect([whole.status, count(whole), whole.meta.truncated_units]).toEqual([200, [2, 2, 1], []]);
    const attempts = await ask('funnels/analyze', { ...FUNNEL, count: 'conversions' });
    expect(count(attempts)).toEqual([HEAVY / 3 + 1, HEAVY / 3 + 1, HEAVY / 3]);
    const few = await ask('funnels/analyze', { ...FUNNEL, max_events_per_unit: 2 });
    expect([few.status, count(few), few.meta.truncated_units]).toEqual([200, [2, 2, 0], ['heavy']]);
  });

  test('is named by what is asked of the people of a funnel too', async () => {
    const few = { ...FUNNEL, max_events_per_unit: 2 };
    const ways = await ask('funnels/paths', { ...few, step: 2, events: ['A', 'B', 'C'] });
    expect([ways.status, ways.meta.truncated_units], ways.detail).toEqual([200, ['heavy']]);
    expect(ways.ways).toEqual([{ events: ['$end'], units: 2 }]);
    const factors = await ask('funnels/factors', { ...few, events: ['C'], properties: ['kind'] });
    expect([factors.status, factors.meta.truncated_units], factors.detail).toEqual([200, ['heavy']]);
    const users = await ask('funnels/users', { ...few, step: 1, state: 'reached', limit: 1 });
    expect([users.status, users.meta.truncated_units], users.detail).toEqual([200, ['heavy']]);
    const before = { from: '2024-04-01', to: '2024-05-01', compare: 'previous' };
    const compared = await ask('funnels/analyze', { ...few, ...before });
    expect([compared.status, compared.meta.truncated_units], compared.detail).toEqual([200, ['heavy']]);
  });

  test('is looked at up to a limit in paths, from her first event on, and the answer says so', async () => {
    const paths = (question: object) => ask('paths', { events: ['A', 'B', 'C'], ...question });
    const answer = await paths({ steps: 3, collapse: false, gap: '1d' });
    expect([answer.status, answer.meta.truncated_people], answer.detail).toEqual([200, 1]);
    expect(answer.ways!.map(({ events, visits }) => [events, visits])).toEqual([
      [['A', 'B'], 1],
      [['A', 'B', 'C'], 1],
    ]);
    // Her events of the first hundred thousand seconds are all there; what is later is beyond the limit.
    const to = new Date(Date.UTC(2024, 2, 1) + EVENTS_PER_PERSON_MAX * 1_000).toISOString();
    const around = { around: { event: 'A', before: 1, after: 2 } };
    const cut = await paths(around);
    const first = await paths({ ...around, to });
    expect([cut.status, cut.meta.truncated_people], cut.detail).toEqual([200, 1]);
    expect([first.status, first.meta.truncated_people], first.detail).toEqual([200, 0]);
    expect(cut.links).toEqual(first.links);
    expect(cut.ways).toEqual(first.ways);
    const from = ({ links }: Answer) =>
      links!.filter(({ step }) => step === 0).reduce((sum, { visits }) => sum + visits, 0);
    expect(from(cut)).toBe(Math.ceil(EVENTS_PER_PERSON_MAX / 3) + 1);
  });
});

test('ways of more links than are read are refused, and told with fewer events', async () => {
  const refused = await ask('paths', { steps: 2 });
  expect([refused.status, refused.code]).toEqual([422, 'too_many_links']);
  const { status, links } = await ask('paths', { steps: 2, events: ['name 1', 'name 2'] });
  expect([status, links!.length]).toEqual([200, 4]);
});

test('fifty steps', async () => {
  const steps = Array.from({ length: STEPS }, (_, step) => ({ event: `step ${step}` }));
  for (const times of [true, false]) {
    const answer = await ask('funnels/analyze', { steps, window: '1d', times });
    expect(answer.status, answer.detail).toBe(200);
    expect(count(answer)).toEqual(steps.map((_, step) => Math.min(PEOPLE, STEPS - step)));
  }
});

describe('a breakdown of more values than are told apart', () => {
  const readGroups = ({ columns, rows }: Answer): Map<unknown, number> =>
    new Map(rows!.map((row) => [row[columns!.indexOf('kind')], Number(row[columns!.indexOf('value')])]));
  const asked = { grain: 'all', breakdown_limit: 3 };

  test.each([
    ['trends', { ...asked, events: [{ event: 'valued' }], breakdown: ['kind'] }],
    [
      'metrics/calculate',
      {
        ...asked,
        definition: 'metric "m" { formula = "count(valued)"\n dimensions = ["kind"] }',
        dimensions: ['kind'],
      },
    ],
  ])('of %s: the largest, and the rest as one', async (path, question) => {
    const answer = await ask(path, question);
    expect(answer.status, answer.detail).toBe(200);
    const groups = readGroups(answer);
    expect(groups.size).toBe(4);
    expect(groups.get('common')).toBe(VALUES / 10);
    expect(groups.get('$other')).toBe((VALUES * 9) / 10 - 2);
  });

  test('of a funnel: refused with the most there may be, and answered when narrowed', async () => {
    const funnel = {
      steps: [{ event: 'valued' }, { event: 'B' }],
      window: '1h',
      breakdown: ['kind'],
      breakdown_limit: 3,
    };
    const refused = await ask('funnels/analyze', funnel);
    expect([refused.status, refused.code]).toEqual([422, 'too_many_values']);
    expect(refused.detail).toContain('100000');
    const to = new Date(Date.UTC(2024, 2, 1) + (VALUES / 2) * 1_000).toISOString();
    const narrowed = await ask('funnels/analyze', { ...funnel, to });
    expect([narrowed.status, count(narrowed)], narrowed.detail).toEqual([200, [VALUES / 2, 0]]);
  });
});
