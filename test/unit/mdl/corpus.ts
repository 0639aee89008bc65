/** The corpus of definitions: test/corpus/mdl/*.metric with what becomes of each beside it. UPDATE_CORPUS=1 rewrites that. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Grain } from '../../../src/mdl/plan/types.js';
import { fromRoot } from '../../../src/paths.js';
import type { Ask } from '../../oracle/metrics-questions.js';

export const CORPUS = fromRoot('test', 'corpus', 'mdl');

export interface Definition {
  readonly name: string;
  readonly text: string;
  readonly path: string;
}

/** The definitions of a folder of the corpus, without those of folders inside of it. */
export function listDefinitions(folder = ''): readonly Definition[] {
  const path = join(CORPUS, folder);
  return readdirSync(path)
    .filter((file) => file.endsWith('.metric'))
    .sort()
    .map((file) => ({
      name: file.replace('.metric', ''),
      path: join(path, file),
      text: readFileSync(join(path, file), 'utf8'),
    }));
}

/** What a definition is asked: its first line may say `# ask: grain=… from=… to=… groups=…`. */
export function readAsk(text: string): Ask {
  const words = /^# ask: (.*)/.exec(text)?.[1] ?? '';
  const read = (key: string): string | undefined => new RegExp(`\\b${key}=(\\S+)`).exec(words)?.[1];
  const groups = read('groups');
  return {
    grain: (read('grain') ?? 'day') as Grain,
    fromMs: Date.parse(read('from') ?? '2025-03-02'),
    toMs: Date.parse(read('to') ?? '2025-03-06'),
    ...(groups === undefined ? {} : { groupLimit: Number(groups) }),
  };
}

/** Holds a text against the file beside a definition, or writes it. */
export function expectBeside(definition: Definition, extension: 'sql' | 'errors', text: string): void {
  const path = definition.path.replace(/\.metric$/, `.${extension}`);
  if (process.env.UPDATE_CORPUS === '1') writeFileSync(path, text);
  expect(
    existsSync(path) ? readFileSync(path, 'utf8') : undefined,
    `${path}; UPDATE_CORPUS=1 writes it`,
  ).toBe(text);
}
