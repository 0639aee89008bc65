/**
 * Events from CSV. Columns become event fields by a mapping (a column called like a field maps to it unasked), constants fill
 * fields the file lacks, every other column becomes a property.
 */
import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { CommandError } from '../command-error.js';
import { deriveEventId, type ImportRecord } from './record.js';
import { LINE_BYTES_MAX, type Source } from './source.js';

export const EVENT_FIELDS = [
  'event',
  'event_id',
  'user_id',
  'anonymous_id',
  'session_id',
  'timestamp',
  'sent_at',
] as const;
export type EventField = (typeof EVENT_FIELDS)[number];

export interface CsvOptions {
  delimiter: string;
  /** Column name by event field. */
  map: Readonly<Partial<Record<EventField, string>>>;
  /** Constant by event field. */
  set: Readonly<Partial<Record<EventField, string>>>;
  /** True: every property stays text. False: what reads as a number, true or false becomes one. */
  text: boolean;
}

/** Rows handed on at once. */
const ROWS_AT_ONCE = 500;

/** A number as people write it. Leading zeros and more digits than a double holds are names and codes, and stay text. */
const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?(?:[eE][+-]?\d{1,3})?$/;

/** The value of a property's cell: absent when empty. */
export function readCell(cell: string, text: boolean): string | number | boolean | undefined {
  if (cell === '') return undefined;
  if (text) return cell;
  if (NUMBER.test(cell)) return Number(cell);
  if (/^(?:true|TRUE|True)$/.test(cell)) return true;
  if (/^(?:false|FALSE|False)$/.test(cell)) return false;
  return cell;
}

/** Times as spreadsheets and databases write them, as ISO in UTC; epoch seconds and milliseconds as milliseconds. */
export function readTime(cell: string): string | number {
  const text = cell.trim();
  if (/^\d{13}$/.test(text)) return Number(text);
  if (/^\d{9,10}$/.test(text)) return Number(text) * 1000;
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return `${text}T00:00:00Z`;
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d(?:\.\d{1,9})?)?(?: ?(Z|UTC|[+-]\d\d:?\d\d))?$/.exec(
    text,
  );
  if (!match) return text;
  const zone = match[4] === undefined || match[4] === 'UTC' ? 'Z' : match[4];
  return `${match[1]}T${match[2]}${match[3] ?? ':00'}${zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`;
}

/** Which column feeds which field, checked against the header. Throws CommandError naming what does not fit. */
export function planColumns(header: readonly string[], options: CsvOptions): Map<string, EventField> {
  const plan = new Map<string, EventField>();
  for (const field of EVENT_FIELDS) {
    const column =
      options.map[field] ?? (options.set[field] === undefined && header.includes(field) ? field : undefined);
    if (column === undefined) continue;
    if (!header.includes(column))
      throw new CommandError(
        `--map ${field}=${column}: there is no such column; the file has ${header.join(', ')}.`,
        2,
      );
    plan.set(column, field);
  }
  const fields = new Set<string>([...plan.values(), ...Object.keys(options.set)]);
  if (!fields.has('event')) {
    throw new CommandError(
      `No column gives the event's type: say --map event=COLUMN or --set event=NAME; the file has ${header.join(', ')}.`,
      2,
    );
  }
  if (!fields.has('user_id') && !fields.has('anonymous_id')) {
    throw new CommandError(
      `No column gives the user: say --map user_id=COLUMN; the file has ${header.join(', ')}.`,
      2,
    );
  }
  return plan;
}

function toEvent(
  header: readonly string[],
  row: readonly string[],
  plan: Map<string, EventField>,
  options: CsvOptions,
): object {
  const event: Record<string, unknown> = { ...options.set };
  const properties: [string, unknown][] = [];
  header.forEach((column, index) => {
    const cell = row[index] ?? '';
    const field = plan.get(column);
    if (field === undefined) {
      const value = readCell(cell, options.text);
      if (value !== undefined) properties.push([column, value]);
    } else if (cell !== '') {
      event[field] = field === 'timestamp' || field === 'sent_at' ? readTime(cell) : cell;
    }
  });
  return { ...event, properties: Object.fromEntries(properties) };
}

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
  let plan = new Map<string, EventField>();
  let line = 0;
  let records: ImportRecord[] = [];
  try {
    for await (const row of parser as AsyncIterable<string[]>) {
      line += 1;
      if (header === undefined) {
        header = row.map((name) => name.trim());
        plan = planColumns(header, options);
        continue;
      }
      if (line <= skipLines) continue;
      const event = toEvent(header, row, plan, options);
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
