/** The definitions of the reference page: every block marked as a metric. */
import { readFileSync } from 'node:fs';
import { fromRoot } from '../../../src/paths.js';

export function listExamples(): readonly string[] {
  const page = readFileSync(fromRoot('docs', 'metric-language.md'), 'utf8');
  return [...page.matchAll(/```metric\n([\s\S]*?)```/g)].map((match) => match[1]!);
}
