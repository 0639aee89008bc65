import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compileMetrics } from '../../../src/mdl/compile.js';
import { DIAGNOSTIC_CODES, renderDiagnostics } from '../../../src/mdl/diagnostics.js';
import { formatMetrics } from '../../../src/mdl/format/file.js';
import { LIMITS } from '../../../src/mdl/limits.js';
import { AGGREGATES, EVENT_COLUMNS, FIELDS, FUNCTIONS, SPECIAL_FORMS } from '../../../src/mdl/vocabulary.js';
import { fromRoot } from '../../../src/paths.js';
import { SHOP } from '../../oracle/shop.js';
import { listDefinitions } from './corpus.js';
import { listExamples } from './examples.js';

const PAGE = readFileSync(fromRoot('docs', 'metric-language.md'), 'utf8');
const examples = listExamples();

test.each(examples.map((text) => [text.split('\n')[0], text]))(
  'the example %s compiles and is written as the formatter writes it',
  (_, text) => {
    const { diagnostics } = compileMetrics(text!, SHOP);
    expect(renderDiagnostics(diagnostics, text!)).toBe('');
    const formatted = formatMetrics(text!);
    expect('text' in formatted && formatted.text.replaceAll(/\s+/g, ' ').trim()).toBe(
      text!.replaceAll(/\s+/g, ' ').trim(),
    );
  },
);

test('there is an example for every word of the language', () => {
  for (const word of [...Object.keys(AGGREGATES), ...Object.keys(FUNCTIONS), ...Object.keys(SPECIAL_FORMS)]) {
    expect(
      examples.some((text) => new RegExp(`\\b${word}\\(`).test(text)),
      word,
    ).toBe(true);
  }
});

test('the page names every field, column and limit', () => {
  for (const field of Object.keys(FIELDS)) expect(PAGE).toContain(`\`${field}\``);
  for (const column of Object.keys(EVENT_COLUMNS))
    expect(PAGE, column).toMatch(new RegExp(`\\b${column}\\b`));
  for (const limit of [
    LIMITS.depth,
    LIMITS.terms,
    LIMITS.aggregates,
    LIMITS.conditions,
    LIMITS.dimensions,
    LIMITS.references,
  ])
    expect(PAGE).toContain(`| ${limit}`);
  expect(PAGE).toContain('20,160');
  expect(PAGE).toContain('1,000,000');
});

test('every code of a diagnostic is shown by a message of the corpus or belongs to a question', () => {
  const shown = new Set(
    [...listDefinitions('good-messages'), ...listDefinitions('poor-messages')].flatMap(({ text }) =>
      compileMetrics(text, SHOP).diagnostics.map((d) => d.code),
    ),
  );
  const ofQuestions = ['too_many_buckets', 'too_many_groups', 'invalid_range', 'window_not_whole'];
  const missing = DIAGNOSTIC_CODES.filter((code) => !shown.has(code) && !ofQuestions.includes(code));
  expect(missing).toEqual([]);
});
