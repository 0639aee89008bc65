/** The fields of a metric: each value against what its field takes, and the strings that are languages of their own. */

import type { Report } from '../diagnostics.js';
import { EXPECTED_DURATION, parseDuration } from '../duration.js';
import { LIMITS } from '../limits.js';
import { findSuggestion } from '../suggest.js';
import type {
  EventCondition,
  FieldNode,
  FieldValue,
  MetricSettings,
  PathNode,
  Series,
  Span,
  StringValue,
} from '../tree.js';
import { FIELDS, UNITS } from '../vocabulary.js';
import { createCursor } from './cursor.js';
import { parseFilter, parseFormula } from './formula.js';
import { parsePathText } from './path.js';

export interface ReadFields {
  readonly formula: Series | undefined;
  readonly filter: EventCondition | undefined;
  readonly dimensions: readonly PathNode[];
  readonly settings: MetricSettings;
}

/** Reads the fields of one metric; reports unknown, repeated and missing ones and values of the wrong kind. */
export function readFields(fields: readonly FieldNode[], nameSpan: Span, report: Report): ReadFields {
  const known = new Map<string, FieldNode>();
  for (const field of fields) {
    if (!Object.hasOwn(FIELDS, field.name)) reportUnknownField(field, report);
    else if (known.has(field.name))
      report({
        code: 'duplicate_field',
        span: field.nameSpan,
        message: `"${field.name}" is given twice`,
        hint: 'keep one of them',
      });
    else known.set(field.name, field);
  }
  if (
    !known.has('formula') &&
    !fields.some((f) => !Object.hasOwn(FIELDS, f.name) && findSuggestion(f.name, ['formula']))
  ) {
    report({
      code: 'missing_field',
      span: nameSpan,
      message: 'a metric without a formula',
      expected: FIELDS.formula!.expected,
      hint: 'add for example: formula = "count(checkout_completed)"',
    });
  }
  const formula = readString(known.get('formula'), report);
  const filter = readString(known.get('filter'), report);
  return {
    formula: formula && parseFormula(formula, report),
    filter: filter && parseFilter(filter, report),
    dimensions: readDimensions(known.get('dimensions'), report),
    settings: readSettings(known, report),
  };
}

function reportUnknownField(field: FieldNode, report: Report): void {
  const names = Object.keys(FIELDS);
  const nearest = findSuggestion(field.name, names);
  const hint = nearest ? `did you mean ${nearest}?` : `known are ${names.join(', ')}`;
  report({
    code: 'unknown_field',
    span: field.nameSpan,
    message: `unknown field "${field.name}"`,
    found: field.name,
    hint,
  });
}

const KINDS: Readonly<Record<FieldValue['kind'], string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  list: 'a list',
  invalid: 'nothing readable',
};

function reportField(field: FieldNode, span: Span, found: string, report: Report, hint?: string): void {
  const expected = FIELDS[field.name]!.expected;
  report({
    code: 'invalid_field',
    span,
    message: `${field.name} takes ${expected}, not ${found}`,
    expected,
    found,
    ...(hint ? { hint } : {}),
  });
}

function readString(field: FieldNode | undefined, report: Report): StringValue | undefined {
  if (!field || field.value.kind === 'invalid') return undefined;
  if (field.value.kind === 'string') return field.value;
  reportField(field, field.value.span, KINDS[field.value.kind], report);
  return undefined;
}

function readText(field: FieldNode | undefined, lengthMax: number, report: Report): string | undefined {
  const text = readString(field, report);
  if (!field || !text) return undefined;
  if (text.value.length <= lengthMax) return text.value;
  report({
    code: 'too_long',
    span: text.span,
    message: `${field.name} is ${text.value.length} characters long; at most ${lengthMax} are allowed`,
  });
  return undefined;
}

/** A list of strings; a single string stands for a list of one. */
function readStrings(field: FieldNode | undefined, report: Report): readonly StringValue[] {
  if (!field || field.value.kind === 'invalid') return [];
  const items = field.value.kind === 'list' ? field.value.items : [field.value];
  return items.filter((item): item is StringValue => {
    if (item.kind !== 'string' && item.kind !== 'invalid')
      reportField(field, item.span, KINDS[item.kind], report);
    return item.kind === 'string';
  });
}

function readDimensions(field: FieldNode | undefined, report: Report): readonly PathNode[] {
  const texts = readStrings(field, report);
  if (field && texts.length > LIMITS.dimensions) {
    report({
      code: 'too_many_dimensions',
      span: field.value.span,
      message: `${texts.length} dimensions; at most ${LIMITS.dimensions} are allowed`,
      hint: 'each dimension multiplies the groups; ask for a few at a time',
    });
    return [];
  }
  const cursor = createCursor('', report);
  return texts
    .map((text) => parsePathText(cursor, text.value, text.span))
    .filter((path) => path !== undefined);
}

function readDuration(field: FieldNode | undefined, report: Report): number | undefined {
  const text = readString(field, report);
  if (!field || !text) return undefined;
  const ms = parseDuration(text.value);
  if (ms === undefined) {
    report({
      code: 'invalid_duration',
      span: text.span,
      message: `"${text.value}" is not a duration`,
      expected: EXPECTED_DURATION,
      found: text.value,
      hint: `write ${EXPECTED_DURATION}`,
    });
  }
  return ms;
}

const CURRENCY = /^[A-Z]{3}$/;
/** What people write for the units they mean. */
const OTHER_UNITS: Readonly<Record<string, string>> = {
  euro: 'EUR',
  euros: 'EUR',
  '€': 'EUR',
  dollar: 'USD',
  dollars: 'USD',
  $: 'USD',
  '£': 'GBP',
  '%': 'percent',
  s: 'seconds',
  second: 'seconds',
  number: 'count',
  byte: 'bytes',
};

function readUnit(field: FieldNode | undefined, report: Report): StringValue | undefined {
  const text = readString(field, report);
  if (!field || !text || UNITS.includes(text.value) || CURRENCY.test(text.value)) return text;
  const upper = text.value.toUpperCase();
  const nearest =
    OTHER_UNITS[text.value.toLowerCase()] ??
    (CURRENCY.test(upper) ? upper : findSuggestion(text.value, UNITS));
  reportField(field, text.span, `"${text.value}"`, report, nearest && `did you mean "${nearest}"?`);
  return undefined;
}

function readTimezone(field: FieldNode | undefined, report: Report): string | undefined {
  const text = readString(field, report);
  if (!field || !text || isTimezone(text.value)) return text?.value;
  const nearest = findSuggestion(text.value, Intl.supportedValuesOf('timeZone'));
  reportField(field, text.span, `"${text.value}"`, report, nearest && `did you mean "${nearest}"?`);
  return undefined;
}

// Offsets such as "+02:00" are a time zone to Intl, but not to the engine.
const TIMEZONE_NAME = /^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/;

/** Whether the name is a time zone of the tz database. */
function isTimezone(name: string): boolean {
  if (!TIMEZONE_NAME.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function readRollup(field: FieldNode | undefined, report: Report): 'auto' | 'off' {
  const text = readString(field, report);
  if (!field || !text || text.value === 'auto' || text.value === 'off')
    return text?.value === 'off' ? 'off' : 'auto';
  reportField(field, text.span, `"${text.value}"`, report);
  return 'auto';
}

function readTags(field: FieldNode | undefined, report: Report): readonly string[] {
  const texts = readStrings(field, report);
  const long = texts.find((text) => text.value.length > LIMITS.tagLength);
  if (field && (texts.length > LIMITS.tags || long)) {
    const message = long
      ? `a tag of more than ${LIMITS.tagLength} characters`
      : `${texts.length} tags; at most ${LIMITS.tags} are allowed`;
    report({ code: long ? 'too_long' : 'too_many_items', span: (long ?? field.value).span, message });
  }
  return texts.map((text) => text.value);
}

function readSettings(fields: ReadonlyMap<string, FieldNode>, report: Report): MetricSettings {
  const unit = readUnit(fields.get('unit'), report);
  return {
    timeWindowMs: readDuration(fields.get('time_window'), report),
    cacheTtlMs: readDuration(fields.get('cache_ttl'), report),
    unit: unit?.value,
    unitSpan: unit?.span,
    description: readText(fields.get('description'), LIMITS.descriptionLength, report),
    owner: readText(fields.get('owner'), LIMITS.ownerLength, report),
    tags: readTags(fields.get('tags'), report),
    format: readText(fields.get('format'), LIMITS.formatLength, report),
    timezone: readTimezone(fields.get('timezone'), report),
    rollup: readRollup(fields.get('rollup'), report),
  };
}
