import { expect, test } from 'vitest';
import { compileMetrics } from '../../../src/mdl/compile.js';
import { type Diagnostic, locateSpan, renderDiagnostic } from '../../../src/mdl/diagnostics.js';
import { lexText } from '../../../src/mdl/lex/lexer.js';
import { decodeString } from '../../../src/mdl/lex/text.js';
import { parseMetrics } from '../../../src/mdl/parse/file.js';
import { SHOP } from '../../oracle/shop.js';
import { listDefinitions } from './corpus.js';

/** A text with its wrong part marked: what stands between « and » must be what the first diagnostic points at. */
function compileMarked(marked: string): {
  text: string;
  wanted: string;
  found: string;
  diagnostic: Diagnostic;
} {
  const start = marked.indexOf('«');
  const end = marked.indexOf('»') - 1;
  const text = marked.replace('«', '').replace('»', '');
  const diagnostic = compileMetrics(text, SHOP).diagnostics[0]!;
  return {
    text,
    wanted: text.slice(start, end),
    found: text.slice(diagnostic.span.start, diagnostic.span.end),
    diagnostic,
  };
}

test.each([
  ['in a plain formula', 'metric "m" { formula = "count(«chekout_started»)" }'],
  [
    'behind escaped quotes',
    'metric "m" { formula = "count(page_view where path = \\"/\\" and «pth» = \\"x\\")" }',
  ],
  ['inside escaped quotes', 'metric "m" { formula = "count(«\\"Order Complted\\"»)" }'],
  [
    'behind a unicode escape',
    'metric "m" { formula = "count(page_view where path = \'\\u{1F600}\\u0041\' and «pth» = 1)" }',
  ],
  [
    'behind characters of two units',
    'metric "m" { formula = "count(page_view where path = \'💥💥\' and «pth» = 1)" }',
  ],
  ['in single quotes', "metric 'm' { formula = 'sum(checkout_completed.«plan»)' }"],
  [
    'in a text over several lines',
    'metric "m" {\n  formula = """\n    count(page_view) # all\n    + count(«page_vew»)\n  """\n}',
  ],
  ['in a filter', 'metric "m" { formula = "count(page_view)" filter = "\\"\\" != path and «pth» = 1" }'],
  ['in a dimension', 'metric "m" { formula = "count(page_view)" dimensions = ["path", «"pth"»] }'],
  ['in a nested text', 'metric "m" { formula = "previous(count(page_view), «\'7 days\'»)" }'],
  [
    'at a wrong escape two levels deep',
    'metric "m" { formula = "count(page_view where path = \'a«\\\\q»\')" }',
  ],
])('a diagnostic points at what was written, %s', (_, marked) => {
  const { wanted, found } = compileMarked(marked);
  expect(found).toBe(wanted);
});

test('a place counts characters, not units, from 1', () => {
  const { text, diagnostic } = compileMarked(
    'metric "m" {\n  formula = "count(page_view where path = \'💥\' and «pth» = 1)" }',
  );
  expect(locateSpan(text, diagnostic.span)).toEqual({ line: 2, column: 51, length: 3 });
});

test('a diagnostic is shown as the reference page shows it', () => {
  const text =
    'metric "conversion_rate" {\n  formula = "count(checkout_complete) / count(checkout_started) * 100"\n}\n';
  const [diagnostic] = compileMetrics(text, SHOP).diagnostics;
  expect(renderDiagnostic(diagnostic!, text)).toBe(
    [
      'conversion_rate:2:20  unknown event "checkout_complete"',
      '    formula = "count(checkout_complete) / count(checkout_started) * 100"',
      '                     ^^^^^^^^^^^^^^^^^',
      '    did you mean "checkout_completed"? (seen 12,304 times in the last 7 days)',
    ].join('\n'),
  );
  expect(diagnostic).toMatchObject({
    code: 'unknown_event',
    severity: 'error',
    metric: 'conversion_rate',
    found: 'checkout_complete',
  });
});

test('carets stay under the place in a line with tabs, and in one far longer than the screen', () => {
  for (const before of ['\t\t', `tags = ["${'x'.repeat(50)}", "${'y'.repeat(50)}", "${'z'.repeat(50)}"] `]) {
    const text = `metric "m" {\n${before}formula = "count(page_vew) + ${'count(*) + '.repeat(20)}1" }`;
    const [, source, carets] = renderDiagnostic(compileMetrics(text, SHOP).diagnostics[0]!, text).split('\n');
    expect(source!.slice(carets!.indexOf('^'), carets!.lastIndexOf('^') + 1)).toBe('page_vew');
    expect([...source!].length).toBeLessThan(130);
  }
});

test('the tokens of a text are the text', () => {
  for (const { text } of listDefinitions('good-messages'))
    expect(
      lexText(text)
        .map((t) => t.text)
        .join(''),
    ).toBe(text);
});

test('a string says what its escapes mean and where each character stands', () => {
  const token = lexText('  "a\\n\\u0042\\u{1F600}\\"z\\q"')[1]!;
  const decoded = decodeString(token);
  expect(decoded.value).toBe('a\nB😀"zq');
  expect(decoded.offsets).toEqual([3, 4, 6, 12, 12, 21, 23, 25, 26]);
  expect(decoded.problems).toEqual([{ start: 24, end: 26 }]);
});

test('a tree is frozen, and says nothing of what could not be read', () => {
  const { file } = parseMetrics('metric "m" { formula = "count(a b) + 1" }');
  expect(Object.isFrozen(file.metrics[0]!.formula)).toBe(true);
  expect(() => Object.assign(file.metrics[0]!, { name: 'x' })).toThrow();
});

test('reading goes on behind a mistake, so that one pass finds them all', () => {
  const text =
    'metric "a" { formula = "count(x y) + foo(1) + sum(page_view.seconds where seconds >)" colour = 1 }\nmetric b { formula = 5 }\nmetric "c" { formula = "count(*)" }';
  const { file, diagnostics } = parseMetrics(text);
  expect(diagnostics.map((d) => `${d.metric}: ${d.code}`)).toEqual([
    'a: unknown_field',
    'a: unexpected_token',
    'a: unknown_function',
    'a: unexpected_token',
    'b: unexpected_token',
    'b: invalid_field',
  ]);
  expect(file.metrics.map((m) => m.name)).toEqual(['a', 'b', 'c']);
});
