/** One file, standard input, or many files as one source: their lines are counted through. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CommandError } from '../command-error.js';
import { readCsv } from './csv.js';
import { isParquet, isUrl } from './engine-reader.js';
import type { Input, Position } from './input.js';
import { hasMapping, type Mapping } from './mapping.js';
import { readNdjson } from './ndjson.js';
import type { ImportRecord } from './record.js';
import { openSource, type Source, STANDARD_INPUT } from './source.js';
import { createTranslate, dialectOf, type LineKind } from './translate.js';

export type Format = 'ndjson' | 'csv' | 'parquet' | 'segment' | 'posthog';

export interface FileOptions {
  format: Format | undefined;
  delimiter: string;
  mapping: Mapping;
}

/** What a source holds, by its name, else by how it begins. */
export function guessFormat(source: Pick<Source, 'name' | 'head'>): 'ndjson' | 'csv' | 'parquet' {
  const name = source.name.replace(/[?#].*$/, '').replace(/\.(?:gz|zst|br|xz|bz2|lz4)$/i, '');
  if (isParquet(name)) return 'parquet';
  if (/\.(?:csv|tsv)$/i.test(name)) return 'csv';
  const first = source.head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()[0];
  if (first === '[') {
    throw new CommandError(
      `${source.name} is one JSON array, and events are read one a line: jq -c '.[]' ${source.name} | weir import -`,
      2,
    );
  }
  if (first === '{' || /\.(?:ndjson|jsonl|json)$/i.test(name)) return 'ndjson';
  return 'csv';
}

function kindOf(format: Format, mapping: Mapping): LineKind {
  if (format === 'segment' || format === 'posthog') return format;
  return format === 'parquet' || hasMapping(mapping) ? 'row' : 'native';
}

function readFile(source: Source, options: FileOptions, skipLines: number): AsyncIterable<ImportRecord[]> {
  const format = options.format ?? guessFormat(source);
  if (format !== 'csv')
    return readNdjson(source, createTranslate(kindOf(format, options.mapping), options.mapping), skipLines);
  const isTabs = /\.tsv(?:\.\w+)?$/i.test(source.name) && options.delimiter === ',';
  return readCsv(
    source,
    { delimiter: isTabs ? '\t' : options.delimiter, mapping: options.mapping },
    skipLines,
  );
}

const dialectFor = ({ format }: FileOptions) =>
  dialectOf(format === 'segment' || format === 'posthog' ? format : 'native');

/** One file, or STANDARD_INPUT. Its identity is its content's, whatever it is called. Throws CommandError. */
export async function openFileInput(name: string, options: FileOptions): Promise<Input> {
  const first = await openSource(name);
  let source: Source | undefined = first;
  let current = first;
  return {
    name: name === STANDARD_INPUT ? 'standard input' : name,
    identity: first.identity,
    dialect: dialectFor(options),
    isRepeatable: name !== STANDARD_INPUT,
    async *read(after) {
      current = source ?? (await openSource(name));
      source = undefined;
      yield* readFile(current, options, after.line);
    },
    describeLine: (line) => `line ${line}`,
    progress: () => ({ done: current.bytesRead(), total: current.bytesTotal }),
    close: async () => {
      await source?.close();
    },
  };
}

/** Files that were read to their end before come first, in the same order: then lines have the same numbers again. */
function orderFiles(names: readonly string[], { files }: Position): string[] {
  return [...new Set([...files.map(([name]) => name), ...names])];
}

const sizeOf = async (name: string): Promise<number> =>
  isUrl(name) ? 0 : ((await stat(name).catch(() => undefined))?.size ?? 0);

/** Many files as one source, in the order of their names. New files between two runs come last. */
export async function openFilesInput(
  title: string,
  names: readonly string[],
  options: FileOptions,
): Promise<Input> {
  const sizes = new Map<string, number>();
  for (const name of names) sizes.set(name, await sizeOf(name));
  const starts: { line: number; name: string }[] = [];
  let finishedBytes = 0;
  let current: Source | undefined;

  async function* read(after: Position): AsyncGenerator<ImportRecord[]> {
    starts.length = 0;
    finishedBytes = 0;
    const known = new Map(after.files);
    let before = 0;
    for (const name of orderFiles(names, after)) {
      starts.push({ line: before, name });
      const lines = known.get(name);
      if (lines === undefined || before + lines > after.line) {
        const offset = before;
        current = await openSource(name);
        let last = Math.max(0, after.line - before);
        for await (const records of readFile(current, options, last)) {
          last = records.at(-1)?.line ?? last;
          yield records.map((record) => ({ ...record, line: record.line + offset }));
        }
        if (lines === undefined) after.files.push([name, last]);
        before += lines ?? last;
      } else before += lines;
      finishedBytes += sizes.get(name) ?? 0;
      current = undefined;
    }
  }

  return {
    name: title,
    identity: createHash('sha256')
      .update(`files\n${resolve(title)}`)
      .digest('hex')
      .slice(0, 20),
    dialect: dialectFor(options),
    isRepeatable: true,
    read,
    describeLine(line) {
      const start = starts.findLast((one) => one.line < line);
      return start === undefined ? `line ${line}` : `${start.name} line ${line - start.line}`;
    },
    progress: () => ({
      done: finishedBytes + (current?.bytesRead() ?? 0),
      total: [...sizes.values()].reduce((sum, size) => sum + size, 0),
    }),
    close: async () => {},
  };
}
