import type { CAC } from 'cac';
import { loadConfig } from '../config.js';
import { findNearest } from '../mdl/suggest.js';
import { findTarget } from './client.js';
import { CommandError } from './command-error.js';
import { EVENT_FIELDS, type EventField } from './import/csv.js';
import { type Format, type ImportOptions, type ImportResult, importSource } from './import/import.js';
import { formatDuration } from './import/progress.js';

interface Flags {
  url?: string;
  key?: string;
  format?: string;
  map?: string | string[];
  set?: string | string[];
  delimiter?: string;
  text?: boolean;
  gzip?: boolean;
  again?: boolean;
}

const isField = (name: string): name is EventField => (EVENT_FIELDS as readonly string[]).includes(name);

/** "event=type,user_id=customer" as a record; a comma inside a value is written as a second option. */
function readPairs(
  option: '--map' | '--set',
  given: string | string[] | undefined,
): Partial<Record<EventField, string>> {
  const pairs: Partial<Record<EventField, string>> = {};
  const words = [given ?? []].flat().flatMap((text) => String(text).split(/,(?=\w+=)/));
  for (const word of words) {
    const [field = '', ...rest] = word.split('=');
    const value = rest.join('=');
    if (!isField(field) || value === '') {
      const near = findNearest(field, EVENT_FIELDS);
      const hint = near !== undefined && near !== field ? ` (did you mean ${near}?)` : '';
      throw new CommandError(
        `${option} ${word}: allowed is FIELD=${option === '--map' ? 'COLUMN' : 'VALUE'} with FIELD one of ${EVENT_FIELDS.join(', ')}${hint}.`,
        2,
      );
    }
    pairs[field] = value;
  }
  return pairs;
}

function readFormat(given: string | undefined): Format | undefined {
  if (given === undefined || given === 'ndjson' || given === 'csv') return given;
  throw new CommandError(`--format ${given}: allowed is ndjson or csv.`, 2);
}

function isThisMachine(url: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);
}

function reportResult(result: ImportResult): void {
  const { totals, elapsedMs, rejects } = result;
  const count = (n: number): string => n.toLocaleString('en-US');
  const sum = totals.stored + totals.duplicates + totals.rejected;
  console.log(
    `${result.name}: ${count(totals.stored)} stored, ${count(totals.duplicates)} duplicate, ${count(totals.rejected)} rejected; ${count(sum)} events, ${formatDuration(elapsedMs)}`,
  );
  for (const { line, code, message } of rejects) console.log(`  line ${line}  ${code}  ${message}`);
  if (totals.rejected > rejects.length) console.log(`  and ${count(totals.rejected - rejects.length)} more`);
}

async function runImport(files: readonly string[], flags: Flags): Promise<void> {
  const config = loadConfig(process.env);
  const target = findTarget(flags, process.env, config.dataFolder, 'write');
  const interrupt = new AbortController();
  const onSignal = (): void => {
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const options: ImportOptions = {
    target,
    dataFolder: config.dataFolder,
    format: readFormat(flags.format),
    csv: {
      delimiter: flags.delimiter ?? ',',
      map: readPairs('--map', flags.map),
      set: readPairs('--set', flags.set),
      text: flags.text ?? false,
    },
    gzip: flags.gzip ?? !isThisMachine(target.url),
    again: flags.again ?? false,
    dedupWindowMs: config.dedupWindowMs,
    signal: interrupt.signal,
    progress: process.stderr,
  };
  for (const file of files) {
    const result = await importSource(file, options);
    reportResult(result);
    if (!result.finished) {
      console.error('Interrupted. The same command goes on from here.');
      process.exit(130);
    }
  }
  process.off('SIGINT', onSignal);
  process.off('SIGTERM', onSignal);
}

export function addImportCommand(cli: CAC): void {
  cli
    .command('import <...files>', 'Send events from files, or from standard input (-)')
    .option('--map <pairs>', 'CSV: which column is which field, as in user_id=customer,timestamp=date')
    .option('--set <pairs>', 'CSV: what a field is in every event, as in event=purchase')
    .option('--delimiter <char>', 'CSV: what separates columns; a comma, or a tab for .tsv')
    .option('--text', 'CSV: leave properties as text instead of reading numbers, true and false')
    .option('--format <format>', 'ndjson or csv; otherwise told by the name or the content')
    .option('--gzip', 'Compress requests; on by itself for another machine')
    .option('--again', 'Start from the beginning, whatever an earlier import of this file did')
    .option('--url <url>', 'Where Weir is; otherwise WEIR_URL, or the one running on WEIR_DATA')
    .option('--key <key>', 'A key that may write; otherwise WEIR_KEY, or the one in WEIR_DATA/keys.json')
    .example('  $ weir import events.ndjson.gz')
    .example('  $ weir import orders.csv --set event=purchase --map user_id=customer,timestamp=ordered_at')
    .example("  $ jq -c '.[]' events.json | weir import -")
    .action((files: string[], flags: Flags) => runImport(files, flags));
}
