import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileMetrics } from '../../../src/mdl/compile.js';
import { hasErrors, renderDiagnostics } from '../../../src/mdl/diagnostics.js';
import { printAsk } from '../../oracle/metrics-questions.js';
import { SHOP } from '../../oracle/shop.js';
import { CORPUS, expectBeside, listDefinitions, readAsk } from './corpus.js';

const comment = (text: string): string => text.replace(/^/gm, '-- ');

describe('a definition of the corpus prints exactly the SQL beside it', () => {
  test.each(listDefinitions())('$name', (definition) => {
    const { plans, diagnostics } = compileMetrics(definition.text, SHOP);
    const rendered = renderDiagnostics(diagnostics, definition.text);
    expect(hasErrors(diagnostics), rendered).toBe(false);
    const { printed } = printAsk(plans.at(-1)!, readAsk(definition.text));
    const warnings = rendered === '' ? '' : `${comment(rendered)}\n`;
    expectBeside(
      definition,
      'sql',
      `${warnings}${comment(JSON.stringify(printed.params))}\n${printed.sql}\n`,
    );
  });
});

describe('a good message stays as it is', () => {
  test.each(listDefinitions('good-messages'))('$name', (definition) => {
    const { diagnostics } = compileMetrics(definition.text, SHOP);
    expect(diagnostics.length).toBeGreaterThan(0);
    expectBeside(definition, 'errors', `${renderDiagnostics(diagnostics, definition.text)}\n`);
  });
});

describe('a poor message is still poor; when one improves, move it to good-messages', () => {
  test.each(listDefinitions('poor-messages'))('$name', (definition) => {
    const { diagnostics } = compileMetrics(definition.text, SHOP);
    expect(hasErrors(diagnostics)).toBe(true);
    expectBeside(definition, 'errors', `${renderDiagnostics(diagnostics, definition.text)}\n`);
  });
});

test('nothing lies in the corpus without its definition', () => {
  for (const folder of ['', 'good-messages', 'poor-messages']) {
    const names = listDefinitions(folder).map((definition) => definition.name);
    const answers = readdirSync(join(CORPUS, folder)).filter((file) => /\.(sql|errors)$/.test(file));
    expect(answers.filter((file) => !names.includes(file.replace(/\.\w+$/, '')))).toEqual([]);
  }
});
