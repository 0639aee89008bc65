import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/engine/failure.js';
import { parseInsert } from '../../../src/engine/insert.js';
import { parseStatement } from '../../../src/engine/statement.js';

const rewriteRows = (text: string): string => {
  const statement = parseStatement(text);
  if (statement.kind !== 'rows') throw new Error('not rows');
  return statement.writeTo('/p', 'TSV').replace(/\s+/g, ' ');
};

const parseKill = (text: string): string | undefined => {
  const statement = parseStatement(text);
  return statement.kind === 'other' ? statement.kills : undefined;
};

const rewriteInsert = (text: string): [string, string, string] => {
  const statement = parseInsert(text);
  if (!statement) throw new Error('not an insert with data');
  return [statement.readFrom('/p', 'none'), text.slice(statement.dataStart), statement.format];
};

const codeOf = (run: () => unknown): number | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof Failure ? error.code : undefined;
  }
};

describe('a statement with rows', () => {
  test.each([
    ['select 1', "select 1 into outfile '/p' truncate format TSV"],
    ['select 1;', "select 1 into outfile '/p' truncate format TSV"],
    ['select 1 -- ; done\n;;', "select 1 into outfile '/p' truncate format TSV"],
    ['select 1 format JSON', "select 1 into outfile '/p' truncate format JSON"],
    ['select 1 FORMAT JSON settings a = 1', "select 1 into outfile '/p' truncate FORMAT JSON settings a = 1"],
    ['select 1 settings a = 1', "select 1 settings a = 1 into outfile '/p' truncate format TSV"],
    ["select 'format JSON'", "select 'format JSON' into outfile '/p' truncate format TSV"],
    [
      'select * from (select 1 format)',
      "select * from (select 1 format) into outfile '/p' truncate format TSV",
    ],
    [
      '(select 1) union all (select 2)',
      "(select 1) union all (select 2) into outfile '/p' truncate format TSV",
    ],
    ['with 1 as x select x', "with 1 as x select x into outfile '/p' truncate format TSV"],
    ['from t select a', "from t select a into outfile '/p' truncate format TSV"],
  ])('%j is given a place for its result', (text, expected) => {
    expect(rewriteRows(text)).toBe(expected);
  });

  test.each([
    'create table t (a UInt8) engine = Memory',
    'with 1 as x insert into t select x',
    'explain select 1',
    'show tables',
    'insert into t select 1',
    // Text appended to these would become part of them.
    "select 'open",
    'select (1',
  ])('%j runs as it is', (text) => {
    expect(parseStatement(text)).toMatchObject({ kind: 'other', text });
  });
});

describe('one request is one statement', () => {
  test.each([
    'select 1; select 2',
    "select 1;\n-- c\nselect ';'",
    'set a = 1; select 1',
    'select 1;;drop table t',
  ])('%j is refused as a syntax error', (text) => {
    expect(codeOf(() => parseStatement(text))).toBe(62);
  });

  test.each(['', ' \n', '-- nothing', ';', '/* */'])('%j is empty', (text) => {
    expect(codeOf(() => parseStatement(text))).toBe(62);
  });

  test("select ';' is one statement", () => {
    expect(codeOf(() => parseStatement("select ';', $$;$$, `;` /* ; */"))).toBeUndefined();
  });

  test('files of the server are not for statements', () => {
    expect(codeOf(() => parseStatement("select 1 into outfile '/x'"))).toBe(358);
    expect(codeOf(() => parseInsert("insert into t from infile '/x' format CSV"))).toBe(78);
  });
});

describe('an insert with data', () => {
  test.each([
    [
      'insert into t format CSV\n1,2',
      "insert into t from infile '/p' compression 'none' format CSV",
      '1,2',
      'CSV',
    ],
    [
      'insert into t format Values\n(1)',
      "insert into t from infile '/p' compression 'none' format Values",
      '(1)',
      'Values',
    ],
    [
      'INSERT INTO t FORMAT CSV  \r\n1',
      "INSERT INTO t from infile '/p' compression 'none' format CSV",
      '1',
      'CSV',
    ],
    [
      'insert into t values (1)',
      "insert into t from infile '/p' compression 'none' format Values",
      ' (1)',
      'Values',
    ],
    [
      'insert into `a;b`.t (x, `y`) format JSONEachRow {}',
      "insert into `a;b`.t (x, `y`) from infile '/p' compression 'none' format JSONEachRow",
      '{}',
      'JSONEachRow',
    ],
    [
      "insert into t settings a = 'format x' format TSV\n\n1",
      "insert into t from infile '/p' compression 'none' settings a = 'format x' format TSV",
      '\n1',
      'TSV',
    ],
    [
      'insert into table {t:Identifier} (a) values',
      "insert into table {t:Identifier} (a) from infile '/p' compression 'none' format Values",
      '',
      'Values',
    ],
    [
      "insert into function file('x', CSV, 'a UInt8') format Native\nx",
      "insert into function file('x', CSV, 'a UInt8') from infile '/p' compression 'none' format Native",
      'x',
      'Native',
    ],
    [
      'insert into values values (1)',
      "insert into values from infile '/p' compression 'none' format Values",
      ' (1)',
      'Values',
    ],
    [
      'insert into format format CSV 1',
      "insert into format from infile '/p' compression 'none' format CSV",
      '1',
      'CSV',
    ],
    [
      '/* c */ insert t format CSV 1',
      "/* c */ insert t from infile '/p' compression 'none' format CSV",
      '1',
      'CSV',
    ],
  ])('%j is cut where its data starts', (text, sql, data, format) => {
    expect(rewriteInsert(text)).toEqual([sql, data, format]);
  });

  test('of a query over input() becomes a query over a file', () => {
    const [sql, data, format] = rewriteInsert(
      "insert into t (a) select x + 1 as format from input('x UInt8, y String') where y != 'format' format Native\n\x01",
    );
    expect(sql).toBe(
      "insert into t (a) select x + 1 as format from file('/p', 'Native', 'x UInt8, y String', 'none') where y != 'format' ",
    );
    expect([data, format]).toEqual(['\x01', 'Native']);
    expect(parseInsert('insert into t select input from t format CSV')).toBeUndefined();
  });

  test('data is not looked at', () => {
    const [sql, data] = rewriteInsert("insert into t format CSV\n1; format JSON select values '\n");
    expect(sql).toBe("insert into t from infile '/p' compression 'none' format CSV");
    expect(data).toBe("1; format JSON select values '\n");
  });

  test.each([
    'insert into t select 1',
    'insert into t with 1 as x select x',
    'insert into t (a) (select 1)',
    'select 1 format CSV',
    'insert into t',
    '',
  ])('%j has no data', (text) => {
    expect(parseInsert(text)).toBeUndefined();
  });
});

describe('kill query', () => {
  test('by query id is understood', () => {
    expect(parseKill("kill query where query_id = 'a''b' sync")).toBe("a'b");
    expect(parseKill("KILL QUERY WHERE query_id='x';")).toBe('x');
  });

  test('by anything else is left to the engine', () => {
    expect(parseKill("kill query where user = 'x'")).toBeUndefined();
    expect(parseKill("kill query where query_id = 'x' or 1")).toBeUndefined();
    expect(parseKill("kill query where query_id = 'x' test")).toBeUndefined();
  });
});
