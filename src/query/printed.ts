/**
 * The only place where text becomes SQL. A `Printed` is SQL text that a printer of this project wrote: constant text joined
 * with other printed text, bound parameters and escaped property paths. A plain string does not fit where a `Printed` is
 * asked for, so a value from a request cannot get into a statement other than through `bind` or `printPath`.
 */

import { loadSql } from '../clickhouse/sql-file.js';
import { RequestError } from '../errors.js';

declare const brand: unique symbol;
export type Printed = string & { readonly [brand]: true };

export type Bindable = string | number | boolean | readonly string[] | readonly number[];

/** Parameters of one statement: `bind` keeps the value and returns its placeholder. */
export interface Params {
  bind(type: string, value: Bindable): Printed;
  readonly values: Readonly<Record<string, Bindable>>;
}

/** Types that may be bound. A closed list, because the type is part of the statement's text. */
const BINDABLE_TYPES = [
  'String',
  'Float64',
  'Int64',
  'UInt64',
  'UInt32',
  'UInt16',
  'UInt8',
  'Bool',
  'Array(String)',
  'Array(Float64)',
  'Array(Int64)',
  'Array(UInt16)',
];

/**
 * Characters of all values of a statement: they travel in a URL, three bytes a character at worst, and servers take
 * URLs of up to 1 MB.
 */
const VALUES_MAX_LENGTH = 250_000;

const lengthOf = (value: Bindable): number =>
  typeof value === 'object'
    ? value.reduce<number>((sum, one) => sum + String(one).length + 4, 0)
    : String(value).length;

/** Names begin with `prefix`, which tells statements apart that become one. */
export function createParams(prefix = 'p'): Params {
  const values: Record<string, Bindable> = {};
  let count = 0;
  let length = 0;
  return {
    values,
    bind(type, value) {
      if (!BINDABLE_TYPES.includes(type)) throw new Error(`no parameter has the type ${type}`);
      length += lengthOf(value);
      if (length > VALUES_MAX_LENGTH)
        throw new RequestError(
          422,
          'too_many_values',
          `The values of this question have more than ${VALUES_MAX_LENGTH} characters together; shorten its lists.`,
        );
      const name = `${prefix}${count++}`;
      values[name] = value;
      return `{${name}:${type}}` as Printed;
    },
  };
}

/** Joins constant text and printed parts: print`${column} = ${params.bind('String', value)}`. */
export function print(text: TemplateStringsArray, ...parts: readonly (Printed | number)[]): Printed {
  let out = text[0]!;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (typeof part === 'number' && !Number.isSafeInteger(part))
      throw new Error(`${part} is not a whole number: bind it`);
    out += String(part) + text[i + 1]!;
  }
  return out as Printed;
}

export const joinPrinted = (
  parts: readonly Printed[],
  separator: ', ' | ' and ' | ' or ' | ' + ' | '',
): Printed => parts.join(separator) as Printed;

const escapeSegment = (segment: string): string =>
  `\`${segment.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;

/** A path below a JSON column, each segment quoted: properties.`a`.`b c`. Segments are checked by parseProperty. */
export const printPath = (column: 'properties' | 'context', segments: readonly string[]): Printed =>
  [column, ...segments.map(escapeSegment)].join('.') as Printed;

/** The same path as the sub-object below it, `properties`.^`a`.`b`, or undefined columns when it holds no object. */
export const printObjectPath = (column: 'properties' | 'context', segments: readonly string[]): Printed =>
  `${column}.^${segments.map(escapeSegment).join('.')}` as Printed;

/** A text of ours or of a request's name as a literal, for where no parameter can stand. */
export const printQuoted = (text: string): Printed =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` as Printed;

/** What a statement's slots are filled with; a function is shown the text of all that are none. */
export type SqlSlots = Readonly<Record<string, Printed | ((others: string) => Printed)>>;

const SLOT = /\{\{(\w+)\}\}/g;

/**
 * Reads a statement from sql/ and fills its {{slots}}; a function prints its slot when all others are printed, and is shown them.
 * A slot without text, or text without a slot, is our mistake.
 */
export function fillSql(file: string, slots: SqlSlots): Printed {
  const used = new Set<string>();
  const others = Object.values(slots)
    .filter((slot) => typeof slot === 'string')
    .join('\n');
  const text = loadSql(file).replace(SLOT, (_, name: string) => {
    const printed = slots[name];
    if (printed === undefined) throw new Error(`sql/${file} has a slot ${name} that nothing fills`);
    used.add(name);
    return typeof printed === 'function' ? printed(others) : printed;
  });
  const unused = Object.keys(slots).filter((name) => !used.has(name));
  if (unused.length > 0) throw new Error(`sql/${file} has no slot ${unused.join(', ')}`);
  return text as Printed;
}
