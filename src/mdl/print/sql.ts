/**
 * The one place where text becomes SQL. A `Sql` can only be made here: from constant text with other `Sql` and whole
 * numbers in between (`sql`), from a bound value (`bind`), or from a name in quotes (`quoteName`). There is no way from
 * a string to a `Sql` that does not bind or quote it, so nothing an author or a request wrote can become syntax.
 */
const made: unique symbol = Symbol('sql');

export interface Sql {
  readonly text: string;
  readonly [made]: true;
}

export type Bindable = string | number | boolean | readonly string[] | readonly number[];
export type BindType =
  | 'String'
  | 'Float64'
  | 'Int64'
  | 'Bool'
  | 'Array(String)'
  | 'Array(Float64)'
  | 'Array(Int64)';

const make = (text: string): Sql => Object.freeze({ text, [made]: true as const });

/** Text of several lines, its further lines moved in as far as the line it is put into. */
function indentLike(before: string, text: string): string {
  if (!text.includes('\n')) return text;
  const line = before.slice(before.lastIndexOf('\n') + 1);
  return text.replaceAll('\n', `\n${/^ */.exec(line)![0]}`);
}

/** Constant text joined with printed parts and whole numbers. */
export function sql(text: TemplateStringsArray, ...parts: readonly (Sql | number)[]): Sql {
  let out = text[0]!;
  for (const [i, part] of parts.entries()) {
    if (typeof part === 'number' && !Number.isSafeInteger(part))
      throw new Error(`${part} is not a whole number: bind it`);
    out += (typeof part === 'number' ? String(part) : indentLike(out, part.text)) + text[i + 1]!;
  }
  return make(out);
}

export const EMPTY: Sql = make('');

type Separator = ', ' | ',\n' | ' and ' | ' or ' | '\n' | '\n  and ';

export const joinSql = (parts: readonly Sql[], separator: Separator): Sql =>
  make(parts.map((part) => part.text).join(separator));

/** Words of the engine that a table of the printer chooses among: functions and aliases. Never a name from outside. */
export function word(text: string): Sql {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(text)) throw new Error(`${JSON.stringify(text)} is not a word`);
  return make(text);
}

/** A name in backticks. The engine reads \\ and \` inside of them as themselves. */
export const quoteName = (name: string): Sql =>
  make(`\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``);

/** A text as a literal, for where no parameter can stand: the key of a map, part of a JSON path. */
export const text = (value: string): Sql =>
  make(`'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`);

/** A statement ready to run. */
export interface PrintedQuery {
  readonly sql: string;
  readonly params: Readonly<Record<string, Bindable>>;
}

/** Parameters of one statement, and the way a value gets into it. */
export interface Binder {
  bind(type: BindType, value: Bindable): Sql;
  readonly params: Readonly<Record<string, Bindable>>;
}

/** Values of one type and content share a parameter. Names are p0, p1, … */
export function createBinder(): Binder {
  const params: Record<string, Bindable> = {};
  const known = new Map<string, Sql>();
  return {
    params,
    bind(type, value) {
      const key = `${type} ${JSON.stringify(value)}`;
      const earlier = known.get(key);
      if (earlier) return earlier;
      const name = `p${known.size}`;
      params[name] = value;
      const placeholder = make(`{${name}:${type}}`);
      known.set(key, placeholder);
      return placeholder;
    },
  };
}
