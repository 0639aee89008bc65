import { expect, test } from 'vitest';
import { compileMetrics } from '../../../src/mdl/compile.js';
import { formatMetrics } from '../../../src/mdl/format/file.js';
import { createFormula } from '../../oracle/metrics-questions.js';
import { createRandom, ORACLE_SEED } from '../../oracle/random.js';
import { SHOP } from '../../oracle/shop.js';
import { listDefinitions } from './corpus.js';

function format(text: string): string {
  const formatted = formatMetrics(text);
  if (!('text' in formatted)) throw new Error(JSON.stringify(formatted.diagnostics));
  return formatted.text;
}

test('spacing, quotes and formulas become canonical; comments stay where they were', () => {
  const messy = `# head
metric   'a'{ # behind the brace
 # about the formula
 formula="count( page_view )+( sum('Order Completed'.'Total Price' where not (path in('a',1,true))) )/2"  # tail
 dimensions=['x', # first
  "y"
  # last
 ]  tags=["q"]
} # after
# between
metric "b" { formula = """count(page_view)
   / count(*) # multi
""" filter = 'path = "x"' description = "say \\"hi\\"" }
# end`;
  const clean = `# head
metric "a" {  # behind the brace
  # about the formula
  formula = "count(page_view) + (sum('Order Completed'.'Total Price' where not (path in ('a', 1, true)))) / 2"  # tail
  dimensions = [
    "x",  # first
    "y",
    # last
  ]
  tags = ["q"]
}  # after

# between
metric "b" {
  formula = """count(page_view)
   / count(*) # multi
"""
  filter = "path = 'x'"
  description = 'say "hi"'
}

# end
`;
  expect(format(messy)).toBe(clean);
  expect(format(clean)).toBe(clean);
});

test('formatting twice is formatting once, and no comment is lost', () => {
  for (const { text } of listDefinitions()) {
    const once = format(text);
    expect(format(once)).toBe(once);
    for (const comment of text.match(/^\s*#.*$/gm) ?? []) expect(once).toContain(comment.trim());
  }
});

test('a formatted definition means what it meant', () => {
  const random = createRandom(ORACLE_SEED);
  const plan = (text: string): string => JSON.stringify(compileMetrics(text, SHOP).plans);
  for (const { text } of listDefinitions()) expect(plan(format(text))).toBe(plan(text));
  for (let i = 0; i < 300; i++) {
    const text = `metric "m" { formula = ${JSON.stringify(createFormula(random, 4))} }`;
    expect(plan(format(text))).toBe(plan(text));
  }
});

test('a file with errors is left alone', () => {
  const formatted = formatMetrics('metric "m" { formula = "count(" }');
  expect('diagnostics' in formatted && formatted.diagnostics.length).toBe(1);
});
