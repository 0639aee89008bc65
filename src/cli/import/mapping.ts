/**
 * What becomes of a row's columns. `--map FIELD=COLUMN` names the column of a field, `--set FIELD=VALUE` a constant.
 *
 *   FIELD   a field of events; `properties` or `context`, fed by an object or by JSON as text; `properties.NAME`, `context.NAME`
 *   COLUMN  a column, or a path into one that holds JSON (`data.user.id`); 'text' in quotes is a constant;
 *           a time may say how it is written: `created_at:s` (or ms, us, iso), `created_at:Europe/Berlin`
 *
 * A column called like a field feeds it unasked. All other columns become properties, unless `properties` is mapped.
 */
import { findNearest } from '../../mdl/suggest.js';
import { CommandError } from '../command-error.js';
import { parseTimeFormat, type TimeFormat } from './time.js';

export const EVENT_FIELDS = [
  'event',
  'event_id',
  'user_id',
  'anonymous_id',
  'session_id',
  'timestamp',
  'sent_at',
] as const;
const OBJECT_FIELDS = ['properties', 'context'] as const;
const FIELDS: readonly string[] = [...EVENT_FIELDS, ...OBJECT_FIELDS];
const TIME_FIELDS: readonly string[] = ['timestamp', 'sent_at'];

export type FieldSource = { column: string; time: TimeFormat } | { constant: string };

export interface Mapping {
  /** What feeds a field, by its name: one of EVENT_FIELDS, `properties`, `context`, or a dotted name below these two. */
  fields: ReadonlyMap<string, FieldSource>;
  /** Where columns go that feed nothing. */
  rest: 'properties' | 'drop';
  /** Cells of text stay text, instead of becoming numbers, true and false. */
  text: boolean;
  /** Told which columns of a source feed nothing. */
  onUnmapped?: (columns: readonly string[], rest: 'properties' | 'drop') => void;
}

export interface MappingFlags {
  map?: string | string[];
  set?: string | string[];
  rest?: string;
  text?: boolean;
}

function checkField(option: string, word: string, field: string, value: string): void {
  const isKnown = FIELDS.includes(field) || /^(?:properties|context)\../.test(field);
  if (isKnown && value !== '') return;
  const near = findNearest(field, FIELDS);
  const hint = near !== undefined && near !== field ? ` (did you mean ${near}?)` : '';
  throw new CommandError(
    `${option} ${word}: allowed is FIELD=${option === '--map' ? 'COLUMN' : 'VALUE'} with FIELD one of ${FIELDS.join(', ')}, properties.NAME${hint}.`,
    2,
  );
}

function readColumn(field: string, word: string, value: string): FieldSource {
  const quoted = /^'(.*)'$|^"(.*)"$/s.exec(value);
  if (quoted) return { constant: quoted[1] ?? quoted[2] ?? '' };
  if (!TIME_FIELDS.includes(field)) return { column: value, time: 'auto' };
  const at = value.lastIndexOf(':');
  if (at < 1) return { column: value, time: 'auto' };
  const time = parseTimeFormat(value.slice(at + 1));
  if (time !== undefined) return { column: value.slice(0, at), time };
  throw new CommandError(
    `--map ${word}: times are written as s, ms, us (since 1970), iso, or by a clock in a zone such as Europe/Berlin, not ${value.slice(at + 1)}.`,
    2,
  );
}

/** Words of an option; a comma separates two when a field follows it. */
const splitWords = (given: string | string[] | undefined): string[] =>
  [given ?? []].flat().flatMap((text) => String(text).split(/,(?=[\w.$]+=)/));

/** The mapping the options say. Throws CommandError naming the word that is wrong. */
export function parseMapping(flags: MappingFlags): Mapping {
  const fields = new Map<string, FieldSource>();
  for (const [option, words] of [
    ['--set', splitWords(flags.set)],
    ['--map', splitWords(flags.map)],
  ] as const) {
    for (const word of words) {
      const [field = '', ...more] = word.split('=');
      const value = more.join('=');
      checkField(option, word, field, value);
      fields.set(field, option === '--set' ? { constant: value } : readColumn(field, word, value));
    }
  }
  const { rest } = flags;
  if (rest !== undefined && rest !== 'properties' && rest !== 'drop')
    throw new CommandError(`--rest ${rest}: allowed is properties or drop.`, 2);
  const mapped = fields.get('properties');
  return { fields, rest: rest ?? (mapped ? 'drop' : 'properties'), text: flags.text ?? false };
}

/** Whether the options say anything about columns: then lines of NDJSON are rows to map, not events. */
export const hasMapping = ({ fields }: Mapping): boolean => fields.size > 0;
