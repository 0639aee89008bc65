import { describe, expect, test } from 'vitest';
import { parseCondition } from '../../../src/query/condition/parse.js';
import { printCondition } from '../../../src/query/condition/print.js';
import { parseProperty } from '../../../src/query/condition/property.js';
import { createParams } from '../../../src/query/printed.js';

function read(where: unknown): { sql?: string; values?: unknown; problems: string[] } {
  const problems: string[] = [];
  const condition = parseCondition(where, (path, message) => problems.push(`${path.join('.')}: ${message}`));
  if (!condition) return { problems };
  const params = createParams();
  const sql: string = printCondition(condition, params);
  return { sql, values: params.values, problems };
}

const print = (where: unknown): [string | undefined, unknown] => {
  const { sql, values, problems } = read(where);
  expect(problems).toEqual([]);
  return [sql, values];
};

describe('a condition as SQL', () => {
  test('compares with the type of the value and binds it', () => {
    expect(print({ property: 'plan', op: 'eq', value: 'pro' })).toEqual([
      'ifNull(properties.`plan`.:`String` = {p0:String}, 0)',
      { p0: 'pro' },
    ]);
    expect(print({ property: 'a.b', op: 'lt', value: 5 })).toEqual([
      'ifNull(properties.`a`.`b`.:`Float64` < {p0:Float64}, 0)',
      { p0: 5 },
    ]);
    expect(print({ property: 'context.on', op: 'eq', value: true })).toEqual([
      'ifNull(context.`on`.:`Bool` = {p0:Bool}, 0)',
      { p0: true },
    ]);
  });

  test('ne, not_in, not_contains and is_not_set are the opposites', () => {
    for (const [op, negative, value] of [
      ['eq', 'ne', 1],
      ['in', 'not_in', [1]],
      ['contains', 'not_contains', 'x'],
      ['is_set', 'is_not_set', undefined],
    ])
      expect(print({ property: 'x', op: negative, value })[0]).toBe(
        `not (${print({ property: 'x', op, value })[0]})`,
      );
  });

  test('an array is and, empty and is true, empty or is false', () => {
    expect(print([])[0]).toBe('1');
    expect(print({ or: [] })[0]).toBe('0');
    expect(print({ not: { and: [] } })[0]).toBe('not (1)');
    const set = { property: 'event.session_id', op: 'is_set' };
    expect(print([set, set])[0]).toBe("((session_id != '') and (session_id != ''))");
  });

  test('a list with several types asks for each', () => {
    expect(print({ property: 'x', op: 'in', value: ['a', 1, true] })[0]).toBe(
      '(ifNull(properties.`x`.:`String` in {p0:Array(String)}, 0) or ifNull(properties.`x`.:`Float64` in {p1:Array(Float64)}, 0) or ifNull(properties.`x`.:`Bool` = {p2:Bool}, 0))',
    );
  });

  test('times are compared in milliseconds', () => {
    expect(print({ property: 'event.timestamp', op: 'gte', value: '2024-01-01' })).toEqual([
      'ifNull(toFloat64(toUnixTimestamp64Milli(timestamp)) >= {p0:Float64}, 0)',
      { p0: 1704067200000 },
    ]);
  });
});

describe('a property name stays a name', () => {
  test.each([
    ['`', 'properties.`\\``'],
    ['a`; drop table events; --', 'properties.`a\\`; drop table events; --`'],
    ['\\`', 'properties.`\\\\\\``'],
    ['a\\', 'properties.`a\\\\`'],
    ["a'b", "properties.`a'b`"],
    ['{p0:String}', 'properties.`{p0:String}`'],
    ['a\nb', 'properties.`a\nb`'],
    ['ключ', 'properties.`ключ`'],
  ])('%j', (name, printed) => {
    expect(print({ property: name, op: 'eq', value: 'x' })[0]).toBe(
      `ifNull(${printed}.:\`String\` = {p0:String}, 0)`,
    );
  });

  test.each([
    '',
    '.',
    'a..b',
    'a.',
    '.a',
    '^a',
    'a.:`Int64`',
    'a\0b',
    'x'.repeat(401),
    Array(30).fill('a').join('.'),
  ])('%j is refused', (name) => expect(parseProperty(name)).toHaveProperty('problem'));

  test('columns are those of the list', () => {
    expect(parseProperty('event.session_id')).toEqual({ kind: 'column', name: 'session_id' });
    expect(parseProperty('event.name')).toEqual({ kind: 'column', name: 'event' });
    expect(parseProperty('event.project')).toHaveProperty('problem');
    expect(parseProperty('event.constructor')).toHaveProperty('problem');
    expect(parseProperty('event')).toEqual({ kind: 'path', column: 'properties', segments: ['event'] });
  });

  test('what is known of the person is asked as of now or as of the event', () => {
    expect(parseProperty('user.plan')).toEqual({ kind: 'user', moment: 'now', segments: ['plan'] });
    expect(parseProperty('user_then.address.city')).toEqual({
      kind: 'user',
      moment: 'then',
      segments: ['address', 'city'],
    });
    expect(parseProperty('user.id')).toEqual({ kind: 'column', name: 'person' });
    expect(parseProperty('user')).toEqual({ kind: 'path', column: 'properties', segments: ['user'] });
    for (const name of ['user.', 'user_then.a..b', 'user.a\0'])
      expect(parseProperty(name)).toHaveProperty('problem');
  });
});

describe('what is wrong is named with its place', () => {
  test.each<[unknown, string]>([
    ['plan = pro', ': A condition is'],
    [null, ': A condition is'],
    [{}, 'property: A condition names its property.'],
    [{ property: 'x' }, 'op: op is one of'],
    [{ property: 'x', op: 'like', value: 'a' }, 'op: op is one of'],
    [{ property: 'x', op: 'constructor', value: 'a' }, 'op: op is one of'],
    [{ property: 'x', op: 'eq' }, 'value: A comparison needs a value'],
    [{ property: 'x', op: 'eq', value: null }, 'value: A comparison needs a value'],
    [{ property: 'x', op: 'eq', value: [1] }, 'value: A value is a number'],
    [{ property: 'x', op: 'gt', value: true }, 'value: gt compares'],
    [{ property: 'x', op: 'matches', value: 1 }, 'value: matches takes a string.'],
    [
      { property: 'x', op: 'matches', value: 'a\\\\\\' },
      'value: A regular expression does not end with a single backslash: it escapes nothing.',
    ],
    [{ property: 'x', op: 'in', value: [] }, 'value: in takes an array'],
    [{ property: 'x', op: 'in', value: ['a', null] }, 'value: A comparison needs a value'],
    [{ property: 'x', op: 'is_set', value: 1 }, 'value: is_set takes no value.'],
    [{ property: 'x', op: 'eq', value: 1, extra: 2 }, 'extra: A condition has no "extra"'],
    [{ and: [], or: [] }, ': "and" stands alone'],
    [{ and: { property: 'x' } }, 'and: "and" takes an array'],
    [{ not: [{ property: 'x', op: 'eq', value: 1 }, 7] }, 'not.1: A condition is'],
    [{ property: 'event.timestamp', op: 'gt', value: 'yesterday' }, 'value: A time is ISO'],
  ])('%j', (where, problem) => {
    expect(read(where).problems.join('\n')).toContain(problem);
  });

  test('depth and number have limits', () => {
    let deep: unknown = { property: 'x', op: 'is_set' };
    for (let i = 0; i < 60; i++) deep = { not: deep };
    expect(read(deep).problems[0]).toContain('nest at most');
    const many = Array.from({ length: 5_000 }, () => ({ property: 'x', op: 'is_set' }));
    expect(read(many).problems).toEqual(['100: A where has at most 100 conditions.']);
  });

  test('values that would not fit a request to the engine are refused', () => {
    const value = Array.from({ length: 9_000 }, (_, i) => `${i}`.padEnd(60, 'x'));
    expect(() => read({ property: 'x', op: 'in', value })).toThrow('characters together');
  });
});
