/** A mapping held against the columns a source really has. */
import { findNearest } from '../../mdl/suggest.js';
import { CommandError } from '../command-error.js';
import { EVENT_FIELDS, type FieldSource, type Mapping } from './mapping.js';

export interface Plan {
  fields: ReadonlyMap<string, FieldSource>;
  /** Columns that feed a field; the others become properties, or nothing. */
  used: ReadonlySet<string>;
  rest: Mapping['rest'];
  text: boolean;
}

/** Columns that are often what a field needs, for a suggestion; the first that is there. */
const USUAL_NAMES: Readonly<Record<string, readonly string[]>> = {
  event: ['event_name', 'event_type', 'name', 'type', 'action', 'activity'],
  event_id: ['id', 'uuid', 'message_id', 'messageId', 'insert_id'],
  user_id: [
    'uid',
    'userid',
    'userId',
    'customer_id',
    'customer',
    'distinct_id',
    'account_id',
    'user',
    'email',
  ],
  anonymous_id: ['anonymousId', 'device_id', 'deviceId', 'visitor_id', 'cookie_id', 'client_id'],
  session_id: ['sessionId', 'session', 'visit_id'],
  timestamp: ['created_at', 'occurred_at', 'event_time', 'time', 'ts', 'date', 'createdAt', 'datetime'],
  properties: ['props', 'data', 'payload', 'attributes', 'event_properties'],
};

/** `--map …` as it could be for these columns; empty when nothing is recognised. */
export function suggestMapping(columns: readonly string[], mapping?: Mapping): string {
  const taken = new Set<string>();
  const pairs: string[] = [];
  for (const [field, names] of Object.entries(USUAL_NAMES)) {
    if (mapping?.fields.has(field) || columns.includes(field)) continue;
    const column = names.find((name) => columns.includes(name) && !taken.has(name));
    if (column === undefined) continue;
    taken.add(column);
    pairs.push(`${field}=${column}`);
  }
  return pairs.length === 0 ? '' : `--map ${pairs.join(',')}`;
}

function checkColumn(field: string, column: string, columns: readonly string[]): string {
  if (columns.includes(column)) return column;
  const [root = ''] = column.split('.');
  if (root !== column && columns.includes(root)) return root;
  const near = findNearest(column, columns);
  throw new CommandError(
    `--map ${field}=${column}: there is no such column${near ? ` (did you mean ${near}?)` : ''}; there are ${columns.join(', ')}.`,
    2,
  );
}

/** Which column feeds which field. Throws CommandError naming what does not fit, with a suggestion. */
export function planRow(columns: readonly string[], mapping: Mapping): Plan {
  const fields = new Map(mapping.fields);
  for (const field of EVENT_FIELDS)
    if (!fields.has(field) && columns.includes(field)) fields.set(field, { column: field, time: 'auto' });
  for (const field of ['properties', 'context'])
    if (!fields.has(field) && columns.includes(field) && mapping.rest === 'drop')
      fields.set(field, { column: field, time: 'auto' });
  const used = new Set<string>();
  for (const [field, source] of fields)
    if ('column' in source) used.add(checkColumn(field, source.column, columns));
  const suggestion = suggestMapping(columns, mapping);
  const hint = `there are ${columns.join(', ')}.${suggestion === '' ? '' : ` Perhaps ${suggestion}`}`;
  if (!fields.has('event'))
    throw new CommandError(
      `No column gives the event's type: say --map event=COLUMN or --set event=NAME; ${hint}`,
      2,
    );
  if (!fields.has('user_id') && !fields.has('anonymous_id'))
    throw new CommandError(`No column gives the user: say --map user_id=COLUMN; ${hint}`, 2);
  mapping.onUnmapped?.(
    columns.filter((column) => !used.has(column)),
    mapping.rest,
  );
  return { fields, used, rest: mapping.rest, text: mapping.text };
}
