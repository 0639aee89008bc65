/** From a line of a source to a record: what each kind of line needs before it can be sent. */
import type { Dialect } from './dialect.js';
import { parseExactly } from './exact-json.js';
import type { Mapping } from './mapping.js';
import { type Plan, planRow } from './plan.js';
import { deriveEventId, type ImportRecord } from './record.js';
import { type Row, toEvent } from './row.js';
import { readTime } from './time.js';

/** What a line is: an event as it is, a message of Segment's, an event of a PostHog export, or a row to map. */
export type LineKind = 'native' | 'segment' | 'posthog' | 'row';

export const dialectOf = (kind: LineKind): Dialect => (kind === 'row' ? 'native' : kind);

/** `at` is what tells equal lines apart: a line number, or 0 where the content does. */
export type Translate = (text: string, line: number, identity: string) => ImportRecord;

const refuse = (line: number, code: string, message: string): ImportRecord => ({
  line,
  problem: { code, message },
});

/** The object on a line. */
function parseObject(text: string, line: number, parse: (text: string) => unknown): Row | ImportRecord {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    return refuse(line, 'malformed_json', error instanceof Error ? error.message : 'not JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Row;
  return refuse(line, 'not_an_object', 'a line must be a JSON object');
}

const isRecord = (value: Row | ImportRecord): value is ImportRecord => 'problem' in value && 'line' in value;

/** Puts `key` into the text of an object that has none, without touching what else is written there. */
function addKey(text: string, key: string, value: string): string {
  const rest = text.slice(1).trimStart();
  return `{"${key}":${JSON.stringify(value)}${rest.startsWith('}') ? '' : ','}${rest}`;
}

function translateNative(text: string, line: number, identity: string): ImportRecord {
  // What is not JSON is sent as it is: the server says so, with its reason.
  const event = parseObject(text, line, JSON.parse);
  if (isRecord(event) || 'event_id' in event) return { line, json: text };
  return { line, json: addKey(text, 'event_id', deriveEventId(identity, line, text)) };
}

function translateSegment(text: string, line: number, identity: string): ImportRecord {
  const message = parseObject(text, line, JSON.parse);
  if (isRecord(message)) return message;
  if (typeof message.messageId === 'string' && message.messageId !== '') return { line, json: text };
  return { line, json: addKey(text, 'messageId', deriveEventId(identity, line, text)) };
}

const openJson = (value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  try {
    return value === '' ? {} : parseExactly(value);
  } catch {
    return value;
  }
};

/**
 * A row of a PostHog export as the event its capture form knows. Parquet has `properties` as text, and times without a
 * zone in UTC. Who the person is follows from `distinct_id` and the `$identify` events, as it did there; what PostHog worked out
 * itself (person_id, person_properties, elements_chain, created_at) is not sent.
 */
function translatePosthog(text: string, line: number, identity: string): ImportRecord {
  const row = parseObject(text, line, parseExactly);
  if (isRecord(row)) return row;
  const id = typeof row.uuid === 'string' && row.uuid !== '' ? row.uuid : undefined;
  const event = {
    event: row.event,
    uuid: id ?? deriveEventId(identity, line, text),
    distinct_id: row.distinct_id,
    timestamp: readTime(row.timestamp ?? undefined),
    properties: openJson(row.properties),
  };
  return { line, json: JSON.stringify(event) };
}

/** Rows are planned by the first one; a row that lacks a column lacks the field. */
function createRowTranslate(mapping: Mapping): Translate {
  let plan: Plan | undefined;
  return (text, line, identity) => {
    const row = parseObject(text, line, parseExactly);
    if (isRecord(row)) return row;
    plan ??= planRow(Object.keys(row), mapping);
    const event = toEvent(row, plan, false);
    const id = 'event_id' in event ? {} : { event_id: deriveEventId(identity, line, text) };
    return { line, json: JSON.stringify({ ...id, ...event }) };
  };
}

export function createTranslate(kind: LineKind, mapping: Mapping): Translate {
  switch (kind) {
    case 'native':
      return translateNative;
    case 'segment':
      return translateSegment;
    case 'posthog':
      return translatePosthog;
    case 'row':
      return createRowTranslate(mapping);
  }
}
