import { describe, expect, test } from 'vitest';
import { quoteName, quoteString, scanTokens, unquote } from '../../../src/engine/lexer.js';

const texts = (sql: string): string[] => [...scanTokens(sql)].map((token) => token.text);
const first = (sql: string) => scanTokens(sql).next().value!;

describe('scanTokens', () => {
  test('words, numbers, marks and quotes are told apart', () => {
    const kinds = [...scanTokens('select 1.5e3, a.b, \'x\', "y", `z` from t')].map((token) => token.kind);
    expect(kinds).toEqual([
      'word',
      'number',
      'mark',
      'word',
      'mark',
      'word',
      'mark',
      'string',
      'mark',
      'name',
      'mark',
      'name',
      'word',
      'word',
    ]);
  });

  test.each([
    ["'it\\'s;' 2", ["'it\\'s;'", '2']],
    ["'a''b' 2", ["'a''b'", '2']],
    ["'\\\\' 2", ["'\\\\'", '2']],
    ['"a;""b" 2', ['"a;""b"', '2']],
    ['`a\\`b;` 2', ['`a\\`b;`', '2']],
    ["$x$ ' ; $$ $x$ 2", ["$x$ ' ; $$ $x$", '2']],
    ['$$a;b$$ 2', ['$$a;b$$', '2']],
    ['‘a;b’ 2', ['‘a;b’', '2']],
  ])('%s: a quote keeps what is in it', (sql, expected) => {
    expect(texts(sql)).toEqual(expected);
  });

  test.each([
    ['1 -- ; \n 2', ['1', '2']],
    ['1 // ; \n 2', ['1', '2']],
    ['1 # ; \n 2', ['1', '2']],
    ['1 #! ; \n 2', ['1', '2']],
    ['1 /* ; /* ; */ ; */ 2', ['1', '2']],
    ['1 --', ['1']],
    ['1 /* open', ['1']],
  ])('%s: a comment is nothing', (sql, expected) => {
    expect(texts(sql)).toEqual(expected);
  });

  test('a quote that nothing closes is marked as open and runs to the end', () => {
    expect(first("'abc; select 2")).toMatchObject({ open: true, text: "'abc; select 2" });
    expect(first("'abc\\'")).toMatchObject({ open: true });
    expect(first("'abc'")).toMatchObject({ open: false });
    expect(first('$a$ x')).toMatchObject({ open: true });
  });

  test('brackets give their contents a depth', () => {
    const depths = [...scanTokens('f(a[1], {x:T}) b')].map((token) => `${token.text}${token.depth}`);
    expect(depths.join(' ')).toBe('f0 (0 a1 [1 12 ]1 ,1 {1 x2 :2 T2 }1 )0 b0');
  });

  test('a text of a few megabytes is read without recursion', () => {
    const sql = `select * from t where a in (${'123456789, '.repeat(200_000)}1)`;
    expect(texts(sql).length).toBeGreaterThan(400_000);
    expect(texts(`select '${'x\\n'.repeat(500_000)}'`)).toHaveLength(2);
  });
});

describe('quoting', () => {
  test.each(["it's", 'back\\slash', "'", '\\', "\\'", 'new\nline', 'ütf ‘8’', '', '\0'])(
    '%j comes back from its literal',
    (text) => {
      const literal = quoteString(text);
      expect(texts(`${literal} 1`)).toEqual([literal, '1']);
      expect(unquote(first(literal))).toBe(text);
    },
  );

  test.each(['a`b', 'a\\', '`', 'a"b', 'a;b -- c'])('%j comes back from its quoted name', (text) => {
    const name = quoteName(text);
    expect(texts(`${name} 1`)).toEqual([name, '1']);
    expect(unquote(first(name))).toBe(text);
  });

  test('escapes mean what ClickHouse means by them', () => {
    expect(unquote(first("'a\\n\\t\\0\\x'"))).toBe('a\n\t\0x');
    expect(unquote(first("$tag$it's$tag$"))).toBe("it's");
  });
});
