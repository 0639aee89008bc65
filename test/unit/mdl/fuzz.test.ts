/**
 * Texts nobody would write: mutations of the corpus and soups of its words. Whatever comes in, every stage answers with
 * values. MDL_FUZZ_INPUTS says how many (a million: run by hand), ORACLE_SEED repeats a run.
 */
import { expect, test } from 'vitest';
import { compileMetrics } from '../../../src/mdl/compile.js';
import { hasErrors, renderDiagnostics } from '../../../src/mdl/diagnostics.js';
import { formatMetrics } from '../../../src/mdl/format/file.js';
import { LIMITS } from '../../../src/mdl/limits.js';
import { countLookback, planQuery } from '../../../src/mdl/plan/query.js';
import { printQuery } from '../../../src/mdl/print/query.js';
import { AGGREGATES, FIELDS, FUNCTIONS, RESERVED } from '../../../src/mdl/vocabulary.js';
import { createFormula } from '../../oracle/metrics-questions.js';
import { createRandom, ORACLE_SEED, type Random } from '../../oracle/random.js';
import { SHOP } from '../../oracle/shop.js';
import { listDefinitions } from './corpus.js';

const INPUTS = Number(process.env.MDL_FUZZ_INPUTS ?? 4_000);

const SEEDS = ['', 'good-messages', 'poor-messages'].flatMap((folder) =>
  listDefinitions(folder).map((d) => d.text),
);
const SOUP = [
  ...Object.keys(AGGREGATES),
  ...Object.keys(FUNCTIONS),
  ...Object.keys(FIELDS),
  ...RESERVED,
  ...[
    'metric',
    'if',
    'conversion',
    'cohort',
    'page_view',
    'checkout_completed',
    'user',
    'event',
    'properties',
    'seconds',
    '"7d"',
    "'x'",
  ],
  ...[
    '"',
    "'",
    '"""',
    '\\',
    '\n',
    '\t',
    ' ',
    '#',
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    '((((',
    '))))',
    '=',
    '!=',
    '<',
    '>',
    ',',
    '.',
    '..',
    '+',
    '-',
    '*',
    '/',
    '%',
  ],
  ...[
    '0',
    '1',
    '1e999',
    '7d',
    '0x1',
    '\0',
    '\ud800',
    '💥',
    'ß',
    '“',
    '”',
    '`',
    '$',
    '@',
    ':',
    '\\u{110000}',
    '\\ud800',
    '{p0:String}',
    '\r\n',
    '\u2028',
    '\ufeff',
  ],
];

function mutate(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const length = random.below(12);
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at) + text.slice(at + length);
    case 1:
      return text.slice(0, at) + random.pick(SOUP) + text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(at, at + length).repeat(1 + random.below(4)) + text.slice(at);
    case 3:
      return text.slice(0, at) + String.fromCharCode(random.below(0xffff)) + text.slice(at + 1);
    case 4: {
      const other = random.pick(SEEDS);
      return text.slice(0, at) + other.slice(random.below(other.length));
    }
    default:
      return text.slice(0, at) + random.pick(SOUP).repeat(1 + random.below(60)) + text.slice(at + length);
  }
}

function createText(random: Random): string {
  if (random.chance(0.1))
    return Array.from({ length: random.below(60) }, () => random.pick(SOUP)).join(
      random.pick(['', ' ', '\n']),
    );
  if (random.chance(0.1)) {
    const words = Array.from({ length: random.below(40) }, () => random.pick(SOUP)).join(' ');
    return `metric "m" { formula = ${JSON.stringify(words)} }`;
  }
  let text = random.chance(0.2)
    ? `metric "m" { formula = ${JSON.stringify(createFormula(random, 4))} }`
    : random.pick(SEEDS);
  for (let i = random.below(4); i >= 0; i--) text = mutate(random, text);
  return text;
}

const DAY = 86_400_000;

/** Everything a text goes through; answers how far it came. */
function pushThrough(text: string): 'refused' | 'printed' {
  const { file, plans, diagnostics } = compileMetrics(text, SHOP);
  if (diagnostics.length > LIMITS.diagnostics) throw new Error(`${diagnostics.length} diagnostics`);
  for (const { span } of diagnostics) {
    if (!(span.start >= 0 && span.start <= span.end && span.end <= text.length))
      throw new Error(`a span outside of the text: ${JSON.stringify(span)}`);
  }
  renderDiagnostics(diagnostics, text);
  const formatted = formatMetrics(text);
  if ('text' in formatted) {
    const again = formatMetrics(formatted.text);
    if (!('text' in again) || again.text !== formatted.text)
      throw new Error(`formatting twice changes:\n${formatted.text}`);
  }
  if (hasErrors(diagnostics) && plans.length > 0) throw new Error('a plan in spite of errors');
  for (const plan of plans) {
    const lookback = countLookback(plan, 'day');
    if (!lookback.ok) continue;
    const bounds = Array.from({ length: lookback.plan + 4 }, (_, i) => i * DAY);
    const planned = planQuery(plan, {
      project: 'p',
      fromMs: lookback.plan * DAY,
      toMs: (lookback.plan + 3) * DAY,
      grain: 'day',
      bounds,
      dimensions: plan.dimensions,
    });
    if (planned.ok) printQuery(planned.plan);
  }
  return plans.length > 0 || file.metrics.length === 0 ? 'printed' : 'refused';
}

test(`${INPUTS} texts nobody would write are answered with values`, () => {
  const random = createRandom(ORACLE_SEED);
  const outcomes = { refused: 0, printed: 0 };
  let slowest = 0;
  for (let i = 0; i < INPUTS; i++) {
    const text = createText(random);
    const started = process.cpuUsage();
    try {
      outcomes[pushThrough(text)]++;
    } catch (error) {
      expect.fail(`input ${i} of seed ${ORACLE_SEED}: ${(error as Error).stack}\n${JSON.stringify(text)}`);
    }
    const used = process.cpuUsage(started);
    slowest = Math.max(slowest, (used.user + used.system) / 1_000);
  }
  if (process.env.MDL_FUZZ_INPUTS)
    console.log(`${JSON.stringify(outcomes)}, slowest ${slowest.toFixed(1)} ms of CPU`);
  expect(outcomes.refused).toBeGreaterThan(INPUTS / 4);
  expect(outcomes.printed).toBeGreaterThan(INPUTS / 20);
});
