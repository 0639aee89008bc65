/** Questions over HTTP on a started Weir: from events in to answers out, and every bad question answered with 422 and a place. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWeir, type Weir } from '../support/stack.js';

let weir: Weir;

interface Reply {
  status: number;
  // Answers differ by question; each test looks at what it names.
  body: Record<string, never> & { errors?: { path: string; message: string }[]; detail?: string };
}

async function ask(path: string, body: unknown, key = weir.keys.read): Promise<Reply> {
  const response = await fetch(`${weir.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Reply['body'] };
}

const at = (day: number, hour: number): string => new Date(Date.UTC(2024, 0, day, hour)).toISOString();

const EVENTS = [
  { event: 'visit', user_id: 'ada', timestamp: at(1, 9), properties: { plan: 'pro' } },
  { event: 'sign up', user_id: 'ada', timestamp: at(1, 10), properties: { plan: 'pro' } },
  { event: 'buy', user_id: 'ada', timestamp: at(3, 10), properties: { price: 5 } },
  { event: 'visit', user_id: 'bob', timestamp: at(1, 9), properties: { plan: 'free' } },
  { event: 'sign up', user_id: 'bob', timestamp: at(2, 9) },
  { event: 'buy', user_id: 'bob', timestamp: at(20, 9), properties: { price: 7.5 } },
  { event: 'visit', anonymous_id: 'cat', timestamp: at(2, 9) },
];

const FUNNEL = {
  steps: [{ event: 'visit' }, { event: 'sign up' }, { event: 'buy' }],
  window: '7d',
  from: '2024-01-01',
  to: '2024-01-08',
};

beforeAll(async () => {
  weir = await startWeir();
  const events = EVENTS.map((event, index) => ({ ...event, event_id: `e${index}` }));
  const { status, body } = await ask('/v1/events?wait=stored', events, weir.keys.write);
  expect([status, body.stored]).toEqual([200, EVENTS.length]);
});

afterAll(() => weir?.stop());

test('a funnel counts who got how far', async () => {
  const { status, body } = await ask('/v1/analytics/funnels/analyze', { ...FUNNEL, breakdown: ['plan'] });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    steps: [
      {
        index: 1,
        label: 'visit',
        count: 3,
        dropped: 1,
        conversion_from_first: 1,
        conversion_from_previous: null,
        median_seconds: null,
      },
      {
        index: 2,
        label: 'sign up',
        count: 2,
        dropped: 1,
        conversion_from_first: 2 / 3,
        median_seconds: 12.5 * 3600,
      },
      {
        index: 3,
        label: 'buy',
        count: 1,
        dropped: 0,
        conversion_from_previous: 0.5,
        median_seconds: 48 * 3600,
      },
    ],
    conversion_rate: 1 / 3,
    meta: { source: 'raw', cache: 'miss', truncated_units: [] },
  });
  const breakdown = body.breakdown as { values: unknown[]; conversion_rate: number }[];
  expect(breakdown.map(({ values, conversion_rate }) => [values[0], conversion_rate])).toEqual([
    ['free', 0],
    ['pro', 1],
    [null, 0],
  ]);
});

test('the people who left a step are listed, and one is explained', async () => {
  const left = await ask('/v1/analytics/funnels/users', { ...FUNNEL, step: 1, state: 'dropped' });
  expect(left.body).toEqual({ data: [{ user_id: 'cat' }], next_cursor: null, meta: { truncated_units: [] } });
  const { status, body } = await ask('/v1/analytics/funnels/explain', { ...FUNNEL, user_id: 'bob' });
  expect(status).toBe(200);
  const chains = body.chains as { steps: { reason: { code: string } | null }[] }[];
  expect(chains[0]!.steps.map(({ reason }) => reason?.code)).toEqual([undefined, undefined, 'window_over']);
  expect((await ask('/v1/analytics/funnels/explain', { ...FUNNEL, user_id: 'nobody' })).status).toBe(404);
  expect((await ask('/v1/analytics/funnels/users', { ...FUNNEL, step: 4, state: 'reached' })).status).toBe(
    422,
  );
});

test('a trend sums a property by year', async () => {
  const { status, body } = await ask('/v1/analytics/trends', {
    events: [{ event: 'buy', measure: { sum: 'price' } }],
    from: '2023-01-01',
    to: '2025-01-01',
    grain: 'year',
  });
  expect(status).toBe(200);
  expect((body.rows as unknown[][]).map((row) => [row[0], row[2]])).toEqual([
    ['2023-01-01T00:00:00.000Z', 0],
    ['2024-01-01T00:00:00.000Z', 12.5],
  ]);
});

test('retention is anchored at each start', async () => {
  const { status, body } = await ask('/v1/analytics/retention', {
    start: { event: 'visit' },
    return: { event: 'buy' },
    from: '2024-01-01',
    to: '2024-01-03',
    grain: 'day',
    periods: 3,
  });
  expect(status).toBe(200);
  const periods = body.periods as { size: number; counts: number[] }[];
  expect(periods.map(({ size, counts }) => [size, ...counts])).toEqual([
    [2, 2, 0, 1, 0],
    [1, 1, 0, 0, 0],
  ]);
});

test('explain=1 gives plan, SQL, estimate and limit and runs nothing', async () => {
  for (const [path, question] of [
    ['/v1/analytics/funnels/analyze', FUNNEL],
    ['/v1/analytics/trends', { events: [{ event: 'buy' }], from: '2024-01-01', to: '2024-01-02' }],
    ['/v1/analytics/retention', { start: { event: 'visit' }, from: '2024-01-01', to: '2024-01-02' }],
  ] as const) {
    const { status, body } = await ask(`${path}?explain=1`, question);
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual([
      'alternatives',
      'confidence',
      'estimate',
      'expected_ms',
      'limit',
      'params',
      'plan',
      'range_ms',
      'samples',
      'sql',
    ]);
    expect(body).toMatchObject({
      sql: [expect.stringContaining('select')],
      params: [expect.any(Object)],
      estimate: { rows: expect.any(Number) },
      limit: { rows: expect.any(Number), memory_bytes: expect.any(Number), seconds: expect.any(Number) },
    });
  }
});

test('a key that may only write may not ask', async () => {
  const { status } = await ask('/v1/analytics/funnels/analyze', FUNNEL, weir.keys.write);
  expect(status).toBe(403);
});

describe('a bad question is answered with 422 and the place', () => {
  const funnels: [string, object, string][] = [
    ['no steps', { steps: [] }, 'steps'],
    ['one step', { steps: [{ event: 'visit' }] }, 'steps'],
    ['101 steps', { steps: Array.from({ length: 101 }, () => ({ event: 'visit' })) }, 'steps'],
    ['a step without an event', { steps: [{ event: 'visit' }, {}] }, 'steps[1]'],
    [
      'a step with two kinds of event',
      { steps: [{ event: 'a' }, { event: 'a', any_of: ['b'] }] },
      'steps[1]',
    ],
    ['a negative window', { window: '-7d' }, 'window'],
    ['a window that is a number', { window: 7 }, 'window'],
    ['no window', { window: undefined }, 'window'],
    ['an unknown field', { windows: '7d' }, 'windows'],
    ['an unknown order', { order: 'random' }, 'order'],
    [
      'an optional first step',
      { steps: [{ event: 'a', optional: true }, { event: 'b' }] },
      'steps[0].optional',
    ],
    [
      'an optional last step',
      { steps: [{ event: 'a' }, { event: 'b', optional: true }] },
      'steps[1].optional',
    ],
    [
      'within on the first step',
      { steps: [{ event: 'a', within: '1h' }, { event: 'b' }] },
      'steps[0].within',
    ],
    [
      'within without order',
      { order: 'unordered', steps: [{ event: 'a' }, { event: 'b', within: '1h' }] },
      'steps[1].within',
    ],
    ['exclusions without order', { order: 'unordered', exclusions: [{ event: 'x' }] }, 'exclusions'],
    ['an exclusion past the end', { exclusions: [{ event: 'x', to_step: 4 }] }, 'exclusions[0].to_step'],
    [
      'an exclusion backwards',
      { exclusions: [{ event: 'x', from_step: 2, to_step: 2 }] },
      'exclusions[0].from_step',
    ],
    ['from after to', { from: '2024-02-01' }, 'to'],
    ['a day that is none', { from: '2024-02-30' }, 'from'],
    ['an unknown time zone', { timezone: 'Mars/Olympus' }, 'timezone'],
    ['four breakdowns', { breakdown: ['a', 'b', 'c', 'd'] }, 'breakdown'],
    ['attribution to no step', { attribution: 'step:9' }, 'attribution'],
    ['a where without an operator', { where: { property: 'plan', value: 1 } }, 'where.op'],
    [
      'a where deep inside',
      { where: { and: [{ or: [{ property: 'plan', op: 'gt', value: null }] }] } },
      'where.and[0].or[0].value',
    ],
    ['the first entry with conversions', { count: 'conversions', reentry: 'first' }, 'reentry'],
    [
      'a graph with a cycle',
      {
        steps: ['a', 'b', 'c'].map((event) => ({ event, id: event })),
        paths: [
          ['a', 'b'],
          ['b', 'c'],
          ['c', 'b'],
        ].map(([from, to]) => ({ from, to })),
      },
      'paths',
    ],
    ['a graph of unknown steps', { paths: [{ from: 'x', to: 'y' }] }, 'paths[0].from'],
    ['two million minutes', { grain: 'minute', from: '2020-01-01', to: '2024-01-01' }, 'grain'],
  ];

  test.each(funnels)('funnel: %s', async (_, change, path) => {
    const { status, body } = await ask('/v1/analytics/funnels/analyze', { ...FUNNEL, ...change });
    expect([status, body.errors?.[0]?.path], body.detail).toEqual([422, path]);
    expect(body.errors![0]!.message).toMatch(/^[A-Z"a-z].*[.?]$/);
  });

  test('a regular expression that cannot be read', async () => {
    const where = { property: 'plan', op: 'matches', value: '(' };
    const { status, body } = await ask('/v1/analytics/funnels/analyze', { ...FUNNEL, where });
    expect([status, body.code]).toEqual([422, 'invalid_regexp']);
  });

  test.each([
    ['a trend without events', { events: [] }, 'events'],
    ['a measure that is none', { events: [{ event: 'a', measure: { product: 'x' } }] }, 'events[0].measure'],
    ['a list of words', { events: ['a'] }, 'events[0]'],
  ])('%s', async (_, change, path) => {
    const { status, body } = await ask('/v1/analytics/trends', {
      from: '2024-01-01',
      to: '2024-01-02',
      ...change,
    });
    expect([status, body.errors?.[0]?.path], body.detail).toEqual([422, path]);
  });

  test('several wrong things are all named', async () => {
    const { body } = await ask('/v1/analytics/funnels/analyze', {
      ...FUNNEL,
      window: 'x',
      order: 'y',
      ties: 'z',
    });
    expect(body.errors?.map(({ path }) => path).sort()).toEqual(['order', 'ties', 'window']);
  });

  test('a body that is no JSON, and one that is no object', async () => {
    expect((await ask('/v1/analytics/trends', '{"events":')).status).toBe(400);
    expect((await ask('/v1/analytics/trends', '[]')).status).toBe(422);
    expect((await ask('/v1/analytics/trends', 'null')).status).toBe(422);
  });
});

describe('event types that nobody sent', () => {
  const VIST = { ...FUNNEL, steps: [{ event: 'vist' }, { event: 'buy' }] };

  test('a step that nothing can match is refused, with the name that comes near', async () => {
    const asked: [string, object][] = [
      ['analyze', VIST],
      ['analyze', { ...FUNNEL, steps: [{ event: 'buy' }, { any_of: ['vist', 'viist'] }] }],
      ['users', { ...VIST, step: 1, state: 'reached' }],
      ['users/cohort', { ...VIST, step: 1, state: 'reached', name: 'of nobody' }],
      ['explain', { ...VIST, user_id: 'ada' }],
      ['factors', VIST],
    ];
    for (const [name, question] of asked) {
      const { status, body } = await ask(`/v1/analytics/funnels/${name}`, question, weir.keys.admin);
      expect([name, status]).toEqual([name, 422]);
      for (const problem of body.errors!) {
        expect(problem).toMatchObject({ code: 'unknown_event' });
        expect(problem.message).toContain('Did you mean "visit"?');
      }
    }
    const { body } = await ask('/v1/analytics/funnels/analyze', VIST);
    expect(body.errors).toMatchObject([{ path: 'steps[0].event' }]);
  });

  test('where the name resembles nothing, too', async () => {
    const asked = { ...FUNNEL, steps: [{ event: 'visit' }, { event: 'cancellation requested' }] };
    const { status, body } = await ask('/v1/analytics/funnels/analyze', asked);
    expect([status, body.errors?.[0]?.path]).toEqual([422, 'steps[1].event']);
  });

  test('what else is wrong with a question comes first', async () => {
    const { body } = await ask('/v1/analytics/funnels/analyze', { ...VIST, window: 'soon' });
    expect(body.errors).toMatchObject([{ path: 'window' }]);
  });

  test('elsewhere they count as nothing, and the answer says so', async () => {
    const range = { from: '2024-01-01', to: '2024-01-08' };
    const questions: [string, object, string][] = [
      ['funnels/analyze', { ...FUNNEL, exclusions: [{ event: 'vist' }] }, 'exclusions[0].event'],
      [
        'funnels/analyze',
        { ...FUNNEL, steps: [{ any_of: ['visit', 'vist'] }, { event: 'buy' }] },
        'steps[0].any_of',
      ],
      [
        'retention',
        { ...range, start: { event: 'visit' }, return: { any_of: ['buy', 'vist'] } },
        'return.any_of',
      ],
      ['trends', { ...range, events: [{ event: 'vist' }], grain: 'day' }, 'events[0].event'],
      ['lifecycle', { ...range, event: 'vist' }, 'event'],
      ['paths', { ...range, start: 'vist' }, 'start'],
      ['paths', { ...range, exclude: ['vist'] }, 'exclude'],
      ['cohorts/preview', { criteria: { and: [{ did: { event: 'vist' } }] } }, 'criteria.and[0].did.event'],
    ];
    for (const [name, question, path] of questions) {
      const { status, body } = await ask(`/v1/analytics/${name}`, question);
      expect([name, status]).toEqual([name, 200]);
      expect(body).toMatchObject({
        meta: { warnings: [{ code: 'unknown_event', path, hint: expect.stringContaining('"visit"') }] },
      });
    }
    const { body } = await ask('/v1/analytics/funnels/analyze', FUNNEL);
    expect(body.meta).not.toHaveProperty('warnings');
  });

  test('a saved funnel may be ahead of its events: zeros, and a word of it', async () => {
    const { steps, window } = VIST;
    const saved = await ask('/v1/analytics/funnels', { name: 'ahead', steps, window }, weir.keys.admin);
    expect(saved.status).toBe(201);
    expect(saved.body).toMatchObject({ warnings: [{ code: 'unknown_event', path: 'steps[0].event' }] });
    const response = await fetch(
      `${weir.url}/v1/analytics/funnels/${saved.body.id}/analysis?from=2024-01-01&to=2024-01-08`,
      { headers: { authorization: `Bearer ${weir.keys.read}` } },
    );
    expect(await response.json()).toMatchObject({
      conversion_rate: null,
      steps: [{ count: 0 }, { count: 0 }],
      meta: { warnings: [{ path: 'steps[0].event' }] },
    });
  });

  test('one that was registered is a funnel of zeros', async () => {
    const type = { name: 'renewal', schema: { type: 'object' } };
    expect((await ask('/v1/analytics/event-types', type, weir.keys.admin)).status).toBe(201);
    const asked = { ...FUNNEL, steps: [{ event: 'renewal' }, { event: 'buy' }] };
    // The front hears of it a moment later.
    await expect
      .poll(async () => (await ask('/v1/analytics/funnels/analyze', asked)).status, { timeout: 60_000 })
      .toBe(200);
    const { body } = await ask('/v1/analytics/funnels/analyze', asked);
    expect(body).toMatchObject({ conversion_rate: null, steps: [{ count: 0 }, { count: 0 }] });
  });

  test('one that was accepted just now is not refused, though it is not stored yet', async () => {
    for (let i = 0; i < 5; i++) {
      const event = { event: `new ${i}`, user_id: 'ada', timestamp: at(4, i) };
      expect((await ask('/v1/events', event, weir.keys.write)).status).toBe(202);
      const asked = { ...FUNNEL, steps: [{ event: `new ${i}` }, { event: 'buy' }] };
      expect((await ask('/v1/analytics/funnels/analyze', asked)).status).toBe(200);
    }
  });
});
