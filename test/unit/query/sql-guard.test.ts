import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Catalogue, guardSql } from '../../../src/query/sql/guard.js';
import { readTokens } from '../../../src/query/sql/lexer.js';

const CATALOGUE: Catalogue = {
  functions: new Set([
    'tostring',
    'now',
    'plus',
    'lower',
    'todate',
    'format',
    'arraymap',
    'if',
    'coalesce',
    'datetrunc',
  ]),
  aggregates: new Set(['count', 'uniq', 'sum', 'quantile', 'max']),
  tableFunctions: new Set([
    'numbers',
    'file',
    'url',
    's3',
    'remote',
    'format',
    'merge',
    'view',
    'eval',
    'cluster',
  ]),
  databases: new Set(['system', 'information_schema', 'default', 'weir', 'weir_sql', 'odd.name']),
};

/** Quoted parts and parameters whole, and runs of blanks. */
const BLANKS_OUTSIDE_QUOTES = /'(?:[^'\\]|\\[\s\S]|'')*'|`[^`]*`|"[^"]*"|\{[^}]*\}|\s+/g;

const guard = (sql: string) => guardSql(sql, CATALOGUE);
const codeOf = (sql: string): string => {
  const result = guard(sql);
  return 'code' in result ? result.code : 'passed';
};

describe('passes', () => {
  it.each([
    'select count() from events',
    'select event, uniq(user_id) as users from events group by event order by users desc limit 10;',
    "with a as (select * from events where event = 'x') select a.event, countIf(a.user_id != '') from a join events as b on a.user_id = b.user_id group by a.event",
    'select quantile(0.9)(properties.n::Float64), sumOrNullIf(1, 1) from events',
    "select dateTrunc('day', timestamp) as day, sum(coalesce(properties.n.:Float64, 0)) over (partition by event order by day) from events group by all",
    'select * from events where (event in (select event from events)) and not (user_id = {user:String})',
    'select number from numbers(10)',
    "select 'system.tables; drop table x -- it''s only text' from events",
    'select cast(1 as Decimal(10, 2)), arrayMap(x -> (x + 1), [1, 2])',
    '(select 1) union all (select 2)',
    'select "settings", properties.format, `event` from events',
    'select 1 -- a comment with system.tables\n/* and another */ from events',
  ])('%s', (sql) => {
    expect(guard(sql)).toHaveProperty('text');
  });
});

describe('refuses', () => {
  it.each([
    ['select * from system.tables', 'forbidden_table'],
    ['select * from SYSTEM . tables', 'forbidden_table'],
    ['select * from `system`.`tables`', 'forbidden_table'],
    ['select * from "system"."tables"', 'forbidden_table'],
    ['select * from "system.tables"', 'forbidden_table'],
    ['select * from system/**/.tables', 'forbidden_table'],
    ['select * from weir.events', 'forbidden_table'],
    ['select 1 in weir.events', 'forbidden_table'],
    ['select * from information_schema.tables', 'forbidden_table'],
    ['select * from `sys\\x74em`.tables', 'unreadable_sql'],
    ["select * from file('/etc/passwd', 'LineAsString')", 'forbidden_function'],
    ['select * from "file"(\'/etc/passwd\')', 'forbidden_function'],
    ['select * from merge(weir, events)', 'forbidden_function'],
    ["select * from remote('x', weir.events)", 'forbidden_function'],
    ["select * from format(Native, 'x')", 'forbidden_function'],
    ["select dictGet('d', 'x', 1)", 'forbidden_function'],
    ["select joinGet('weir.t', 'x', 1)", 'forbidden_function'],
    ['select sleep(3)', 'forbidden_function'],
    ['select * apply sleep from events', 'forbidden_word'],
    ['select * apply(sleep) from events', 'forbidden_function'],
    ['select hostName()', 'forbidden_function'],
    ['select sumState(1)', 'forbidden_function'],
    ['select sumMerge(x) from events', 'forbidden_function'],
    ["select cast('x' as AggregateFunction(sum, UInt64))", 'forbidden_function'],
    ["select cast('x', 'AggregateFunction(sum, UInt64)')", 'forbidden_function'],
    ['select * from {d:Identifier}.{t:Identifier}', 'forbidden_parameter'],
    ['select {weir_project:String}', 'forbidden_parameter'],
    ['select {x:AggregateFunction(sum, UInt64)}', 'forbidden_parameter'],
    ['select 1; select 2', 'several_statements'],
    ['select 1) union all (select 2', 'unreadable_sql'],
    ['select (1', 'unreadable_sql'],
    ['select [1)', 'unreadable_sql'],
    ["select 'x", 'unreadable_sql'],
    ['select /* x', 'unreadable_sql'],
    ['select $$x$$', 'unreadable_sql'],
    ['select 1 # x', 'unreadable_sql'],
    ['select ‘x’', 'unreadable_sql'],
    ['select\u00a01', 'unreadable_sql'],
    ["select {'a': 1}", 'unreadable_sql'],
    ["select 1 into outfile 'x'", 'forbidden_word'],
    ['select 1 format Native', 'forbidden_word'],
    ['select 1 settings max_memory_usage = 0', 'forbidden_word'],
    ['insert into events values (1)', 'not_a_select'],
    ['drop table events', 'not_a_select'],
    ['explain select 1', 'not_a_select'],
    ['show tables', 'not_a_select'],
    ['', 'not_a_select'],
    [`select ${'('.repeat(101)}1${')'.repeat(101)}`, 'too_deep'],
    ['x'.repeat(100_001), 'sql_too_long'],
  ])('%s', (sql, code) => {
    expect(codeOf(sql)).toBe(code);
  });
});

it('says where', () => {
  expect(guard('select 1,\n  sleep(3)')).toMatchObject({ offset: 12 });
});

it('passes on the same words, without comments and the last semicolon', () => {
  expect(guard('select  a.b /* x */ from--y\nevents where 1<=2 ;')).toEqual({
    text: 'select a.b from events where 1<=2',
  });
});

it('reads anything without failing, and what it passes reads the same again', () => {
  const words = fc.constantFrom(
    'select',
    'from',
    'events',
    'system',
    '.',
    '(',
    ')',
    "'",
    '"',
    '`',
    '\\',
    '--',
    '/*',
    '*/',
    ';',
    ' ',
    '\n',
    '{a:String}',
    '{',
    'count',
    '1',
    ',',
    '$',
    '\u2019',
    'x',
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 30 }), (parts) => {
      const result = guard(`select ${parts.join('')}`);
      if ('code' in result) return;
      const again = guard(result.text);
      expect(again).toEqual(result);
      const texts = (sql: string): string[] => {
        const tokens = readTokens(sql);
        return Array.isArray(tokens) ? tokens.map(({ text }) => text) : [];
      };
      // No word was glued to another, and nothing stands between words but blanks.
      expect(texts(result.text).join('')).toBe(
        result.text.replace(BLANKS_OUTSIDE_QUOTES, (part) => (part.trim() === '' ? '' : part)),
      );
    }),
    { numRuns: 3_000 },
  );
});

it('a name is read as ClickHouse reads it', () => {
  const tokens = readTokens('a."B c".`D`');
  expect(
    Array.isArray(tokens) && tokens.filter(({ kind }) => kind !== 'mark').map(({ name }) => name),
  ).toEqual(['a', 'b c', 'd']);
});
