import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPropertySet } from '../../../src/registry/pattern/char-set.js';
import { compilePattern } from '../../../src/registry/pattern/pattern.js';

function matcherOf(source: string) {
  const result = compilePattern(source);
  if ('problem' in result) throw new Error(`${source}: ${result.problem.message}`);
  return result.matcher;
}

function codeOf(source: string): string {
  const result = compilePattern(source);
  return 'problem' in result ? result.problem.code : 'ok';
}

const atom = fc.constantFrom(
  'a',
  'b',
  '[ab]',
  '[^a]',
  '\\w',
  '\\W',
  '\\d',
  '\\s',
  '.',
  'é',
  '😀',
  '^',
  '$',
  '\\b',
  '\\B',
  '[^\\wé]',
  '\\p{Lu}',
);
const pattern = fc.letrec((tie) => ({
  element: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    atom,
    fc
      .tuple(tie('group'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{0,2}', '{2,}', '*?', '{6}'))
      .map(([g, q]) => `${g}${q}`),
    tie('group'),
  ),
  group: fc
    .array(
      fc.array(tie('element'), { maxLength: 3 }).map((parts) => parts.join('')),
      { minLength: 1, maxLength: 3 },
    )
    .map((alternatives) => `(?:${alternatives.join('|')})`),
})).group;
const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'A', '1', ' ', '\n', 'é', '😀', '-', '\ud800'),
  maxLength: 8,
});

describe('matching', () => {
  test('says what the JavaScript engine says, for random patterns and texts', () => {
    let compared = 0;
    fc.assert(
      fc.property(pattern, fc.array(text, { minLength: 4, maxLength: 12 }), (source, texts) => {
        const result = compilePattern(source);
        if ('problem' in result) return;
        const native = new RegExp(source, 'u');
        for (const one of texts) {
          // V8 also looks for \B between the halves of a surrogate pair, which the standard does not.
          if (source.includes('\\B') && one.includes('😀')) continue;
          compared++;
          expect(result.matcher.test(one), `/${source}/u on ${JSON.stringify(one)}`).toBe(native.test(one));
        }
      }),
      { numRuns: 800 },
    );
    expect(compared).toBeGreaterThan(1000);
  });

  test.each([
    [
      '^[a-z0-9._%+-]+@[a-z0-9.-]+\\.[a-z]{2,}$',
      ['ada@example.org'],
      ['ada@', 'ada example.org', 'ADA@EXAMPLE.ORG'],
    ],
    ['^#[0-9a-f]{6}$', ['#00ff7f'], ['#00ff7', '#00ff7f0', '00ff7f']],
    ['^\\d{4}-(0[1-9]|1[0-2])$', ['2026-12'], ['2026-13', '2026-1']],
    ['\\bcat\\b', ['a cat sat', 'cat'], ['concat', 'cats']],
    ['^$', [''], ['x']],
    ['^.{1,300}$', ['x', 'x'.repeat(300)], ['', 'x'.repeat(301)]],
    ['^\\p{Lu}\\p{L}*$', ['Éva', 'Ω'], ['éva', '1']],
    ['', ['', 'anything'], []],
    ['(?<year>\\d{4})', ['in 2026'], ['in 226']],
  ])('%s', (source, yes, no) => {
    const matcher = matcherOf(source);
    for (const one of yes) expect(matcher.test(one), one).toBe(true);
    for (const one of no) expect(matcher.test(one), one).toBe(false);
  });

  test('stays linear where a backtracking matcher takes quadratic time', () => {
    const matcher = matcherOf('^[^@]+@[^@]+\\.[^@]+$');
    expect(matcher.test(`a@${'.'.repeat(200_000)}@`)).toBe(false);
    expect(matcherOf('[a-z]+$').test(`${'a'.repeat(200_000)}!`)).toBe(false);
  });

  test('forgets states rather than keep too many, and still answers right', () => {
    const source = '[ab]*a[ab]{12}$';
    const matcher = matcherOf(source);
    const native = new RegExp(source, 'u');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 12, maxLength: 60 }), (one) => {
        expect(matcher.test(one)).toBe(native.test(one));
      }),
      { numRuns: 500 },
    );
  });
});

describe('refusing', () => {
  test.each([
    '^(a+)+$',
    '(a|a)*b',
    '(a|aa)+$',
    '(a*)*b',
    '(x+x+)+y',
    '(\\w{1,20} ?){1,10}$',
    '(a|a){30}',
    '^(.*,)*x$',
    '(.*)*',
    '(a|ab|b)*c',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '(?:x(?:a?|b?)y)*$',
  ])('%s is catastrophic', (source) => {
    expect(codeOf(source)).toBe('catastrophic_pattern');
  });

  test.each([
    '(a|b)*',
    '^(\\d{1,3}\\.){3}\\d{1,3}$',
    '^[A-Z]{3}(-[A-Z0-9]+)*$',
    '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==)?$',
    '^\\s+|\\s+$',
    '^([a-z]+,)*[a-z]+$',
    '(ab?)*',
    '^(/[^/]+)+$',
  ])('%s is not', (source) => {
    expect(codeOf(source)).toBe('ok');
  });

  test('the place of the trouble is named', () => {
    const result = compilePattern('^abc(d+)+$');
    expect(result).toEqual({
      problem: expect.objectContaining({ message: expect.stringContaining('character 6') }),
    });
  });

  test.each([
    ['(?!a)b', 'unsupported_pattern'],
    ['(?<=a)b', 'unsupported_pattern'],
    ['(a)\\1', 'unsupported_pattern'],
    ['([a-z', 'invalid_pattern'],
    ['a{2,1}', 'invalid_pattern'],
    ['\\_', 'invalid_pattern'],
    ['a'.repeat(2001), 'pattern_too_large'],
    ['(?:[a-z]{1,100}){1,100}', 'catastrophic_pattern'],
    ['a{5000}', 'pattern_too_large'],
    ['(?:(?:a{100}b){100}c){100}', 'pattern_too_large'],
    [
      `(?:${Array.from({ length: 600 }, (_, i) => String.fromCharCode(0x4e00 + i)).join('|')})*`,
      'pattern_too_large',
    ],
  ])('%#: a pattern that cannot be taken is refused with its code', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });
});

test('Unicode properties contain what the JavaScript engine says', () => {
  for (const name of ['L', 'Lu', 'Nd', 'Script=Greek', 'Emoji', 'Cs', 'Cn', 'Co', 'White_Space']) {
    const set = readPropertySet(name);
    const native = new RegExp(`^\\p{${name}}$`, 'u');
    for (let point = 0; point <= 0x10ffff; point += point < 0x3000 ? 1 : 97) {
      let inside = false;
      for (let i = 0; i < set.length; i += 2) inside ||= set[i]! <= point && point <= set[i + 1]!;
      if (inside !== native.test(String.fromCodePoint(point)))
        throw new Error(`${name} at ${point.toString(16)}`);
    }
  }
});
