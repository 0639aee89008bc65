import { describe, expect, test } from 'vitest';
import { parseCondition } from '../../../src/query/condition/parse.js';
import { compileFunnel, isDisjoint } from '../../../src/query/funnel/compile.js';
import { areDisjoint } from '../../../src/query/funnel/disjoint.js';
import { planFunnel } from '../../../src/query/funnel/plan.js';
import { printHistories, printWindowFunnel } from '../../../src/query/funnel/print.js';
import { readFunnelQuestion } from '../../../src/query/funnel/request.js';
import { holds, type Where } from '../../oracle/condition.js';
import { createRandom } from '../../oracle/random.js';

const RANGE = { from: '2024-01-01', to: '2024-02-01', window: '7d' };
const ab = [{ event: 'a' }, { event: 'b' }];

const plan = (change: object) => {
  const question = readFunnelQuestion({ ...RANGE, steps: ab, times: false, ...change });
  return planFunnel(question, compileFunnel(question), 'person');
};

describe('windowFunnel is chosen when it is exact and enough', () => {
  test('for counts of an ordered funnel of disjoint steps', () => {
    expect(plan({}).strategy).toBe('window-funnel');
    expect(plan({ count: 'sessions' }).strategy).toBe('window-funnel');
    const pages = ['/', '/pricing'].map((value) => ({
      event: 'view',
      where: { property: 'path', op: 'eq', value },
    }));
    expect(plan({ steps: pages }).strategy).toBe('window-funnel');
  });

  test.each<[string, object]>([
    ['times', { times: true }],
    ['breakdown', { breakdown: ['plan'] }],
    ['trend', { grain: 'day' }],
    ['graph', { paths: [{ from: '1', to: '2' }] }],
    ['strict', { order: 'strict' }],
    ['unordered', { order: 'unordered' }],
    ['ties', { ties: 'strict' }],
    ['several times', { count: 'conversions' }],
    ['first entry', { reentry: 'first' }],
    ['held', { hold: ['plan'] }],
    ['excluded', { exclusions: [{ event: 'x' }] }],
    ['within', { steps: [{ event: 'a' }, { event: 'b', within: '1h' }] }],
    ['optional', { steps: [{ event: 'a' }, { event: 'b', optional: true }, { event: 'c' }] }],
    ['32 steps', { steps: Array.from({ length: 33 }, (_, step) => ({ event: `e${step}` })) }],
    ['match two steps', { steps: [{ event: 'a' }, { event: 'a' }] }],
    ['match two steps', { steps: [{ event: 'a' }, { any_of: ['b', 'a'] }] }],
  ])('not with %s', (reason, change) => {
    expect(plan(change)).toMatchObject({ strategy: 'fold', reason: expect.stringContaining(reason) });
  });
});

const view = (where: Where) => ({ events: ['view'], where: parseCondition(where, () => undefined) });

describe('proofs that no event matches two steps', () => {
  const is = (op: string, value: unknown): Where => ({ property: 'p', op, value });
  test.each<[Where, Where, boolean]>([
    [is('eq', 'a'), is('eq', 'b'), true],
    [is('eq', 5), is('eq', '5'), true],
    [is('eq', 'a'), is('eq', 'a'), false],
    [is('eq', 'a'), { property: 'q', op: 'eq', value: 'b' }, false],
    [is('in', ['a', 'b']), is('in', ['c']), true],
    [is('in', ['a', 'b']), is('eq', 'b'), false],
    [is('lt', 5), is('gte', 5), true],
    [is('lte', 5), is('gte', 5), false],
    [is('lt', 5), is('gt', 4), false],
    [is('gt', 5), is('eq', 3), true],
    [is('gt', 'm'), is('eq', 'a'), false],
    [is('gt', 5), is('eq', 'a'), true],
    [{ and: [is('eq', 'a'), { property: 'q', op: 'is_set' }] }, is('eq', 'b'), true],
    [{ or: [is('eq', 'a'), is('eq', 'c')] }, is('eq', 'b'), false],
    [is('ne', 'a'), is('eq', 'a'), false],
  ])('%j and %j: %s', (a, b, disjoint) => {
    expect(areDisjoint(view(a), view(b))).toBe(disjoint);
    expect(areDisjoint(view(b), view(a))).toBe(disjoint);
  });

  test('no event ever matches two conditions that were proved disjoint', () => {
    const random = createRandom(4);
    const values = [0, 1, 2, 3, 'a', 'b', '1', true];
    const randomWhere = (depth: number): Where => {
      if (depth < 2 && random.chance(0.4)) return { and: [randomWhere(depth + 1), randomWhere(depth + 1)] };
      const op = random.pick(['eq', 'ne', 'in', 'lt', 'lte', 'gt', 'gte']);
      const value =
        op === 'in' ? [random.pick(values), random.pick(values)] : random.pick(values.slice(0, 7));
      return { property: random.pick(['p', 'q']), op, value };
    };
    let proved = 0;
    for (let i = 0; i < 20_000; i++) {
      const [a, b] = [randomWhere(0), randomWhere(0)];
      if (!areDisjoint(view(a), view(b))) continue;
      proved++;
      for (const p of values)
        for (const q of values) {
          const event = { user: 'u', event: 'view', t: 0, properties: { p, q } };
          if (holds(a, event) && holds(b, event)) throw new Error(JSON.stringify({ a, b, p, q }));
        }
    }
    expect(proved).toBeGreaterThan(1_000);
  });

  test('steps that repeat a condition are one condition, and not disjoint', () => {
    const question = readFunnelQuestion({
      ...RANGE,
      steps: [{ event: 'a' }, { event: 'b' }, { event: 'a' }],
    });
    const { matchers } = compileFunnel(question);
    expect(matchers.list.length).toBe(2);
    expect(isDisjoint(matchers)).toBe(false);
  });
});

describe('the code of an event', () => {
  const fifty = Array.from({ length: 50 }, (_, step) => ({
    event: 'view',
    where: { property: 'path', op: 'eq', value: `/${step}` },
  }));

  test('fifty types are fifty-one classes, fifty conditions on one type are words', () => {
    expect(plan({ steps: fifty.map((_, step) => ({ event: `e${step}` })) }).matchers.packedClasses).toBe(51);
    expect(plan({ steps: fifty }).matchers.packedClasses).toBeUndefined();
  });

  test('a range that leaves no room beside the class goes in words too', () => {
    const bits = fifty.slice(0, 11);
    expect(plan({ steps: bits }).matchers.packedClasses).toBe(2_049);
    expect(
      plan({ steps: bits, from: '1900-01-01', to: '2290-01-01' }).matchers.packedClasses,
    ).toBeUndefined();
  });

  test('names and values of a request are bound, never part of the text', () => {
    const evil = `x'); drop table events; --`;
    const question = readFunnelQuestion({
      ...RANGE,
      steps: [{ event: evil, where: { property: 'p', op: 'eq', value: evil } }, { event: 'b' }],
      hold: ['plan'],
      breakdown: ['country'],
      exclusions: [{ event: evil }],
    });
    const chosen = planFunnel(question, compileFunnel(question), 'derived session');
    for (const { sql } of [
      printHistories(chosen, { project: evil }),
      printWindowFunnel(chosen, { project: evil }),
    ])
      expect(sql).not.toContain('drop');
  });

  test('the statement of a plain funnel', () => {
    const { sql, params } = printHistories(plan({ times: true }), { project: 'shop' });
    const text = sql.replace(/--[^\n]*\n/g, '').replace(/\s+/g, ' ');
    expect(text).toContain(
      'select unit, arraySort(groupArray(toUInt64(offset) * 3 + class)) as events from (',
    );
    expect(text).toContain(
      'transform(event, {p0:Array(String)}, {p1:Array(UInt16)}, toUInt16(0)) as class from events',
    );
    // What can only begin a chain is not even read after the range.
    expect(text).toContain(
      "and (event in {p2:Array(String)} or event in {p3:Array(String)} and timestamp < fromUnixTimestamp64Milli({p4:Int64}, 'UTC') and (toDate(timestamp) <=",
    );
    expect(text).toContain(
      'where not (class = 0) and (offset < {p10:Int64} or not (class = 1)) group by unit',
    );
    expect(params).toMatchObject({ p0: ['a', 'b'], p1: [1, 2], p2: ['b'], p3: ['a'], p7: 'shop' });
  });
});
