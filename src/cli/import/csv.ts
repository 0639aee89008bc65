/** Events from CSV: the header names the columns, a mapping says what becomes of them. */
import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { CommandError } from '../command-error.js';
import type { Mapping } from './mapping.js';
import { type Plan, planRow } from './plan.js';
import { deriveEventId, type ImportRecord } from './record.js';
import { toEvent } from './row.js';
import { LINE_BYTES_MAX, type Source } from './source.js';

export interface CsvOptions {
  delimiter: string;
  mapping: Mapping;
}

/** Rows handed on at once. */
const ROWS_AT_ONCE = 500;

/** Events of a CSV file with a header. Line numbers are rows of data, the header being line 1. */
export async function* readCsv(
  source: Source,
  options: CsvOptions,
  skipLines: number,
): AsyncGenerator<ImportRecord[]> {
  const parser = parse({
    delimiter: options.delimiter,
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LINE_BYTES_MAX,
  });
  pipeline(source.chunks, parser, () => {});
  let header: string[] | undefined;
  let plan: Plan | undefined;
  let line = 0;
  let records: ImportRecord[] = [];
  try {
    for await (const row of parser as AsyncIterable<string[]>) {
      line += 1;
      if (header === undefined || plan === undefined) {
        header = row.map((name) => name.trim());
        plan = planRow(header, options.mapping);
        continue;
      }
      if (line <= skipLines) continue;
      const cells = Object.fromEntries(header.map((column, index) => [column, row[index] ?? '']));
      const event = toEvent(cells, plan, true);
      const id =
        'event_id' in event ? {} : { event_id: deriveEventId(source.identity, line, row.join('\u001f')) };
      records.push({ line, json: JSON.stringify({ ...id, ...event }) });
      if (records.length >= ROWS_AT_ONCE) {
        yield records;
        records = [];
      }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new CommandError(`${source.name} is not readable as CSV after row ${line}: ${error.message}`);
  }
  if (records.length > 0) yield records;
}
