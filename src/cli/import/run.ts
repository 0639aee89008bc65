/** `weir import`: options to inputs, then each input imported, compared and reported. */

import { loadConfig } from '../../config.js';
import { readKeys } from '../../embedded/data-folder.js';
import { findNearest } from '../../mdl/suggest.js';
import { findKey, findTarget, type Target } from '../client.js';
import { CommandError } from '../command-error.js';
import { type Comparison, compareInput } from './compare.js';
import { createDateFilter, readDateRange } from './date-filter.js';
import { showDryRun } from './dry-run.js';
import { type FileOptions, type Format, openFileInput, openFilesInput } from './file-input.js';
import { expandNames, isMany } from './file-names.js';
import { type ImportOptions, importInput } from './import.js';
import type { Input } from './input.js';
import { readRejects } from './ledger.js';
import { type MappingFlags, parseMapping } from './mapping.js';
import { openPostgresInput } from './postgres-input.js';
import { describeComparison, describeResult, type SourceReport, writeReport } from './report.js';
import { openMemory } from './state.js';

export interface ImportFlags extends MappingFlags {
  from?: string;
  format?: string;
  table?: string;
  query?: string;
  by?: string;
  delimiter?: string;
  fromDate?: string;
  toDate?: string;
  rate?: string | number;
  dryRun?: boolean;
  compare?: boolean;
  checkOnly?: boolean;
  check?: string | string[];
  report?: string;
  rejects?: string;
  gzip?: boolean;
  again?: boolean;
  url?: string;
  key?: string;
  readKey?: string;
}

/** What --from may say beside the URL of a Postgres. */
const FORMATS: Readonly<Record<string, Format>> = {
  ndjson: 'ndjson',
  csv: 'csv',
  parquet: 'parquet',
  'segment-archive': 'segment',
  'posthog-export': 'posthog',
};

const isPostgres = (from: string | undefined): from is string => /^postgres(?:ql)?:\/\//.test(from ?? '');

function readFormat({ from, format }: ImportFlags): Format | undefined {
  const given = from ?? format;
  if (given === undefined) return undefined;
  const known = FORMATS[given];
  if (known !== undefined) return known;
  const near = findNearest(given, Object.keys(FORMATS));
  throw new CommandError(
    `--from ${given}: allowed is postgres://…, ${Object.keys(FORMATS).join(', ')}${near ? ` (did you mean ${near}?)` : ''}.`,
    2,
  );
}

function readRate(given: string | number | undefined): number | undefined {
  if (given === undefined) return undefined;
  const rate = Number(given);
  if (rate > 0 && Number.isFinite(rate)) return rate;
  throw new CommandError(`--rate ${given}: allowed is a number of events a second.`, 2);
}

/** `--check sum:revenue,sum:tax`: paths of properties. */
function readChecks(given: string | string[] | undefined): string[] {
  return [given ?? []]
    .flat()
    .flatMap((text) => text.split(','))
    .map((word) => {
      const [, path] = /^sum:(.+)$/.exec(word) ?? [];
      if (path !== undefined) return path;
      throw new CommandError(`--check ${word}: allowed is sum:PROPERTY.`, 2);
    });
}

/** One input for each file; one for all when folders, wildcards or an archive are meant. */
async function* openInputs(names: readonly string[], flags: ImportFlags): AsyncGenerator<Input> {
  const mapping = {
    ...parseMapping(flags),
    onUnmapped(columns: readonly string[], rest: string) {
      if (flags.dryRun && columns.length > 0)
        console.log(
          `Columns that feed no field: ${columns.join(', ')}: ${rest === 'drop' ? 'left out' : 'properties of their own names'}.`,
        );
    },
  };
  if (isPostgres(flags.from)) {
    if (names.length > 0) throw new CommandError('Name either files or a Postgres, not both.', 2);
    const key = flags.by === undefined ? {} : { key: String(flags.by).split(',') };
    const rows = {
      ...(flags.table === undefined ? {} : { table: String(flags.table) }),
      ...(flags.query === undefined ? {} : { query: String(flags.query) }),
    };
    yield await openPostgresInput(flags.from, { ...rows, ...key }, mapping);
    return;
  }
  if (names.length === 0)
    throw new CommandError('Say what to import: weir import FILE…, or --from postgres://…', 2);
  const format = readFormat(flags);
  const options: FileOptions = { format, delimiter: flags.delimiter ?? ',', mapping };
  const isArchive = format === 'segment' || format === 'posthog';
  const many = await Promise.all(names.map(isMany));
  if (isArchive || many.includes(true))
    yield await openFilesInput(names.join(' '), await expandNames(names), options);
  else for (const name of names) yield await openFileInput(name, options);
}

const isThisMachine = (url: string): boolean =>
  /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);

interface Setup {
  flags: ImportFlags;
  options: Omit<ImportOptions, 'isWanted'>;
  reader: Target;
  sums: readonly string[];
}

/**
 * Who compares. The key in the data folder reads the project whose key lies beside it; one that was said may be of another project
 * or another machine, so it reads for itself.
 */
function findReader(flags: ImportFlags, target: Target, dataFolder: string): Target {
  const kept = readKeys(dataFolder);
  const isKept = kept !== undefined && Object.values(kept).includes(target.key);
  const found = findKey('--read-key or WEIR_READ_KEY', [
    [flags.readKey, '--read-key'],
    [process.env.WEIR_READ_KEY, 'WEIR_READ_KEY'],
    [isKept ? kept.read : undefined, `${dataFolder}/keys.json`],
    [target.key, 'the import itself'],
  ]);
  return { ...target, ...found };
}

function setUp(flags: ImportFlags, signal: AbortSignal): Setup {
  const config = loadConfig(process.env);
  const target = findTarget(flags, process.env, config.dataFolder, 'write');
  const { fields, onUnmapped: _, ...mapping } = parseMapping(flags);
  const options = {
    target,
    dataFolder: config.dataFolder,
    settings: [
      flags.from?.replace(/^.*@/, ''),
      flags.format,
      flags.by,
      flags.delimiter,
      [...fields],
      mapping,
      flags.fromDate,
      flags.toDate,
    ],
    gzip: flags.gzip ?? !isThisMachine(target.url),
    again: flags.again ?? false,
    rate: readRate(flags.rate),
    rejectsPath: flags.rejects,
    dedupWindowMs: config.dedupWindowMs,
    signal,
    progress: process.stderr,
  };
  const reader = findReader(flags, target, config.dataFolder);
  return { flags, options, reader, sums: readChecks(flags.check) };
}

async function compare(
  input: Input,
  { flags, options, reader, sums }: Setup,
  isWanted: (json: string) => boolean,
): Promise<Comparison | string> {
  if (flags.compare === false) return '--no-compare';
  const identity = {
    source: input.name,
    identity: input.identity,
    target: options.target.url,
    options: options.settings,
  };
  const memory = openMemory(options.dataFolder, identity, false);
  const rejected = new Set(readRejects(options.rejectsPath ?? memory.rejectsPath).map(({ line }) => line));
  try {
    return await compareInput(input, {
      target: reader,
      isWanted,
      rejected,
      sums,
      unnamedRejects: memory.codes[''] ?? 0,
    });
  } catch (error) {
    // A key that may only write is no reason to call an import failed.
    if (error instanceof CommandError && /^403:/.test(error.message)) return error.message.replace(/\.$/, '');
    throw error;
  }
}

/** Imports what is named. The exit code: 0, 1 when something is not stored as the source has it, 130 when interrupted. */
export async function runImport(names: readonly string[], flags: ImportFlags): Promise<void> {
  const interrupt = new AbortController();
  let isSending = false;
  const onSignal = (): void => {
    // Only what is on its way to Weir is worth waiting for.
    if (interrupt.signal.aborted || !isSending) process.exit(130);
    interrupt.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const setup = setUp(flags, interrupt.signal);
  const range = readDateRange(flags.fromDate, flags.toDate);
  const reports: SourceReport[] = [];
  for await (const input of openInputs(names, flags)) {
    try {
      const isWanted = createDateFilter(input.dialect, range);
      if (flags.dryRun) {
        await showDryRun(input, setup.reader, isWanted, console.log);
        continue;
      }
      isSending = flags.checkOnly !== true;
      const result = isSending ? await importInput(input, { ...setup.options, isWanted }) : undefined;
      isSending = false;
      for (const line of result === undefined ? [] : describeResult(result, input)) console.log(line);
      if (result?.finished === false) {
        console.error('Interrupted. The same command goes on from here.');
        process.exit(130);
      }
      const comparison = await compare(input, setup, isWanted);
      for (const line of describeComparison(comparison)) console.log(line);
      if (typeof comparison !== 'string' && comparison.unexplained > 0) process.exitCode = 1;
      reports.push({ input, result, comparison });
    } finally {
      await input.close();
    }
  }
  if (flags.report !== undefined) writeReport(flags.report, setup.options.target.url, reports);
  process.off('SIGINT', onSignal);
  process.off('SIGTERM', onSignal);
}
