/** How --map and --set are read, what rows become by them, and how mistakes in them are explained. */
import { expect, test } from 'vitest';
import { parseExactly } from '../../../src/cli/import/exact-json.js';
import { compilePattern } from '../../../src/cli/import/file-names.js';
import { type MappingFlags, parseMapping } from '../../../src/cli/import/mapping.js';
import { planRow, suggestMapping } from '../../../src/cli/import/plan.js';
import { type Row, toEvent } from '../../../src/cli/import/row.js';
import { readTime } from '../../../src/cli/import/time.js';
import { createTranslate } from '../../../src/cli/import/translate.js';

const map = (row: Row, flags: MappingFlags): unknown =>
  toEvent(row, planRow(Object.keys(row), parseMapping(flags)), false);

test('columns, constants, paths into JSON and properties by name', () => {
  const row = {
    name: 'buy',
    uid: 7,
    created_at: 1_714_979_289,
    data: { plan: 'pro', geo: { city: 'Ulm' } },
    x: 1,
  };
  const flags = {
    map: "event=name,user_id=uid,timestamp=created_at:s,properties.plan=data.plan,properties.city=data.geo.city,properties.source='old app'",
    rest: 'drop',
  };
  expect(map(row, flags)).toEqual({
    event: 'buy',
    user_id: 7,
    timestamp: 1_714_979_289_000,
    properties: { plan: 'pro', city: 'Ulm', source: 'old app' },
  });
});

test('an object or JSON text feeds all properties, and other columns are left out then', () => {
  const flags = { map: 'event=name,user_id=uid,properties=data' };
  const expected = { event: 'buy', user_id: 'u', properties: { a: 1 } };
  expect(map({ name: 'buy', uid: 'u', data: { a: 1 }, other: 2 }, flags)).toEqual(expected);
  expect(map({ name: 'buy', uid: 'u', data: '{"a":1}', other: 2 }, flags)).toEqual(expected);
  expect(map({ name: 'buy', uid: 'u', data: { a: 1 }, other: 2 }, { ...flags, rest: 'properties' })).toEqual({
    ...expected,
    properties: { a: 1, other: 2 },
  });
});

test('absent values are no fields and no properties', () => {
  const row = { event: 'buy', user_id: 'u', timestamp: null, note: null, empty: '' };
  expect(map(row, {})).toEqual({ event: 'buy', user_id: 'u', properties: {} });
});

test.each([
  [{ map: 'evnt=name' }, '--map evnt=name: allowed is FIELD=COLUMN with FIELD one of event,'],
  [{ map: 'evnt=name' }, '(did you mean event?)'],
  [{ set: 'propertys=1' }, '(did you mean properties?)'],
  [{ map: 'event=' }, '--map event=: allowed is FIELD=COLUMN'],
  [{ map: 'timestamp=at:seconds' }, 'times are written as s, ms, us (since 1970), iso'],
  [{ rest: 'keep' }, '--rest keep: allowed is properties or drop'],
])('%j is refused with a sentence', (flags, sentence) => {
  expect(() => parseMapping(flags)).toThrow(sentence);
});

test('missing fields come with a suggestion made of the columns', () => {
  const columns = ['id', 'name', 'uid', 'created_at', 'data'];
  expect(suggestMapping(columns)).toBe(
    '--map event=name,event_id=id,user_id=uid,timestamp=created_at,properties=data',
  );
  expect(() => planRow(columns, parseMapping({}))).toThrow(
    'Perhaps --map event=name,event_id=id,user_id=uid',
  );
  expect(() => planRow(['nme', 'uid'], parseMapping({ map: 'event=name,user_id=uid' }))).toThrow(
    '--map event=name: there is no such column (did you mean nme?); there are nme, uid.',
  );
});

test('times count since 1970, or are shown by a clock in a zone, also around its changes', () => {
  expect(readTime('1714979289.5', 's')).toBe(1_714_979_289_500);
  expect(readTime(1_714_979_289_123_456, 'us')).toBe(1_714_979_289_123);
  expect(readTime('12', 'ms')).toBe(12);
  const berlin = { zone: 'Europe/Berlin' };
  expect(readTime('2024-01-06 07:08:09', berlin)).toBe('2024-01-06T06:08:09.000Z');
  expect(readTime('2024-07-06T07:08:09.25', berlin)).toBe('2024-07-06T05:08:09.250Z');
  expect(readTime('2024-03-31 01:59:59', berlin)).toBe('2024-03-31T00:59:59.000Z');
  expect(readTime('2024-03-31 03:00:00', berlin)).toBe('2024-03-31T01:00:00.000Z');
  expect(readTime('2024-07-06 07:08:09+00', berlin)).toBe('2024-07-06T07:08:09+00:00');
  expect(readTime('soon', berlin)).toBe('soon');
});

test('numbers beyond what a double holds become text, digit by digit', () => {
  const text =
    '{"a":9007199254740993,"b":-12345678901234567890,"c":12345678901234567.89,"d":9007199254740991,"e":0.30000000000000004,"h":12.500000000000000000,"f":"say \\"9007199254740993\\"","g":[18446744073709551615]}';
  expect(parseExactly(text)).toEqual({
    a: '9007199254740993',
    b: '-12345678901234567890',
    c: '12345678901234567.89',
    d: 9_007_199_254_740_991,
    e: 0.30000000000000004,
    h: 12.5,
    f: 'say "9007199254740993"',
    g: ['18446744073709551615'],
  });
});

test('rows of an export become what the capture form knows', () => {
  const posthog = createTranslate('posthog', parseMapping({}));
  const row = {
    uuid: 'a1',
    event: '$pageview',
    distinct_id: 'u1',
    person_id: 'p',
    properties: '{"$session_id":"s1","n":1}',
    timestamp: '2024-05-06 07:08:09.123456',
  };
  const record = posthog(JSON.stringify(row), 3, 'x');
  expect(record).toMatchObject({ line: 3 });
  expect('json' in record && JSON.parse(record.json)).toEqual({
    event: '$pageview',
    uuid: 'a1',
    distinct_id: 'u1',
    timestamp: '2024-05-06T07:08:09.123456Z',
    properties: { $session_id: 's1', n: 1 },
  });
});

test("Segment's messages pass as they are but for an id where there is none", () => {
  const segment = createTranslate('segment', parseMapping({}));
  const text = '{"type":"track","event":"a","messageId":"m1","userId":"u"}';
  expect(segment(text, 1, 'x')).toEqual({ line: 1, json: text });
  const without = segment('{"type":"track","event":"a","userId":"u"}', 2, 'x');
  expect('json' in without && JSON.parse(without.json).messageId).toMatch(/^import-/);
  expect(segment('nonsense', 3, 'x')).toMatchObject({ line: 3, problem: { code: 'malformed_json' } });
});

test('wildcards are held against whole paths', () => {
  const matches = (pattern: string, path: string) => compilePattern(pattern).test(path);
  expect(matches('a/*.gz', 'a/b.gz')).toBe(true);
  expect(matches('a/*.gz', 'a/b/c.gz')).toBe(false);
  expect(matches('a/**/*.gz', 'a/b/c.gz')).toBe(true);
  expect(matches('a/**/*.gz', 'a/c.gz')).toBe(true);
  expect(matches('a/{x,y}?.csv', 'a/y1.csv')).toBe(true);
  expect(matches('a/(b).csv', 'a/(b).csv')).toBe(true);
});
