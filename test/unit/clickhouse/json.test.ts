import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../../src/clickhouse/json.js';

describe('parseJson', () => {
  test.each([
    ['{"a":9007199254740991}', { a: 9_007_199_254_740_991 }],
    ['{"a":9007199254740992}', { a: 9_007_199_254_740_992 }],
    ['{"a":9007199254740993}', { a: '9007199254740993' }],
    ['{"a":-9007199254740992}', { a: -9_007_199_254_740_992 }],
    ['{"a":-9007199254740993}', { a: '-9007199254740993' }],
    ['[18446744073709551615, 1]', ['18446744073709551615', 1]],
    ['{"18446744073709551615":"18446744073709551615"}', { '18446744073709551615': '18446744073709551615' }],
    ['{"a":"\\"18446744073709551615"}', { a: '"18446744073709551615' }],
    ['{"a":"\\\\","b":18446744073709551615}', { a: '\\', b: '18446744073709551615' }],
    ['[0.12345678901234567890]', [0.12345678901234568]],
    ['[12345678901234567890.5]', [12345678901234567000]],
    ['[1.7976931348623157e308, 12345678901234567890e-5]', [1.7976931348623157e308, 123456789012345.67]],
    ['[-0, 1e20]', [-0, 1e20]],
  ])('%s', (text, expected) => {
    expect(parseJson(text)).toEqual(expected);
  });

  test('reads what JSON.parse reads, unless an integer is not safe', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        const hasUnsafe = /(?<![\d.eE+"-])-?\d{16,}(?![\d.eE"])/.test(text);
        fc.pre(!hasUnsafe);
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test('an integer of any size keeps every digit', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.string(), (number, string) => {
        const row = parseJson(`{"n":${number},"s":${JSON.stringify(`${string}${number}`)}}`) as {
          n: unknown;
          s: string;
        };
        expect(String(row.n === 0 ? 0 : row.n)).toBe(String(number));
        expect(row.s).toBe(`${string}${number}`);
      }),
    );
  });

  test('broken JSON throws', () => {
    expect(() => parseJson('{"a":12345678901234567890')).toThrow(SyntaxError);
  });
});
