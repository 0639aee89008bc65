/**
 * What a client's SQL may be: one select over `events`, with functions that compute and nothing else.
 *
 * Three walls, each of which would do alone for most attacks:
 *   scope     the statement runs as a subquery of `with events as (… where project = …)`, in a database that is empty
 *   guard     this file: no name of any database may be qualified with, every name that is called must be a function known to
 *             compute only, no table function, no parameter that names something
 *   readonly  ClickHouse itself allows no writes, no settings, no table function that reaches outside
 *
 * Allow-lists, not deny-lists: an engine that learns a new function does not open a door here.
 */
import type { SqlProblem, Token } from './lexer.js';
import { readTokens } from './lexer.js';

/** What the engine has, all names in lower case. */
export interface Catalogue {
  /** Functions that only compute. */
  functions: ReadonlySet<string>;
  aggregates: ReadonlySet<string>;
  /** Every table function there is. */
  tableFunctions: ReadonlySet<string>;
  /** Every database there is. */
  databases: ReadonlySet<string>;
}

/** Characters of a statement: what a person writes, and machines that write for one. */
export const SQL_LENGTH_MAX = 100_000;
/** Brackets inside each other. */
const DEPTH_MAX = 100;

/** Table functions that make rows out of nothing. */
const SAFE_TABLE_FUNCTIONS = new Set([
  'numbers',
  'numbers_mt',
  'zeros',
  'zeros_mt',
  'generate_series',
  'generateseries',
  'values',
  'null',
]);

/** Words after which a bracket is no call. */
const WORDS_BEFORE_BRACKET = new Set([
  'select',
  'distinct',
  'from',
  'join',
  'on',
  'using',
  'where',
  'prewhere',
  'having',
  'qualify',
  'by',
  'in',
  'not',
  'and',
  'or',
  'xor',
  'as',
  'over',
  'filter',
  'window',
  'union',
  'all',
  'any',
  'except',
  'intersect',
  'when',
  'then',
  'else',
  'case',
  'between',
  'like',
  'ilike',
  'is',
  'exists',
  'with',
  'limit',
  'offset',
  'sets',
  'rollup',
  'cube',
  'totals',
  'interval',
  'ties',
  'fill',
  'to',
  'step',
  'global',
  'sample',
  'replace',
  'columns',
  'array',
  'values',
  'cast',
  'extract',
  'substring',
  'position',
  'trim',
  'div',
  'mod',
  'date',
  'timestamp',
  'recursive',
  'asof',
  'anti',
  'semi',
  'left',
  'right',
  'inner',
  'outer',
  'cross',
  'full',
]);

/** Types that take arguments, in casts. Aggregate states are not among them: they are parsed from bytes the client would choose. */
const TYPES = new Set([
  'array',
  'tuple',
  'map',
  'nullable',
  'lowcardinality',
  'decimal',
  'decimal32',
  'decimal64',
  'decimal128',
  'decimal256',
  'datetime',
  'datetime64',
  'time64',
  'fixedstring',
  'enum',
  'enum8',
  'enum16',
  'variant',
  'dynamic',
  'json',
  'nested',
  'varchar',
  'char',
  'numeric',
  'dec',
]);

/** Suffixes that make an aggregate of an aggregate, longest first; those that carry states are not among them. */
const COMBINATORS = [
  'ordefault',
  'distinct',
  'resample',
  'foreach',
  'argmax',
  'argmin',
  'ornull',
  'array',
  'tuple',
  'map',
  'if',
];

/** Words that have no business in a question, wherever they stand outside of quotes. `apply` calls a function by its bare name. */
const FORBIDDEN_WORDS = new Set(['outfile', 'infile', 'format', 'settings', 'apply']);

/** Names of parameters that are ours. */
const OWN_PARAMETER = /^weir_/i;

const problem = (token: Token | undefined, code: string, message: string): SqlProblem => ({
  code,
  message,
  offset: token?.offset ?? 0,
});

function isAggregate(name: string, { aggregates }: Catalogue): boolean {
  if (aggregates.has(name)) return true;
  const suffix = COMBINATORS.find(
    (combinator) => name.endsWith(combinator) && name.length > combinator.length,
  );
  return suffix !== undefined && isAggregate(name.slice(0, -suffix.length), { aggregates } as Catalogue);
}

function checkCall(token: Token, catalogue: Catalogue): SqlProblem | undefined {
  const { name, kind } = token;
  if (catalogue.tableFunctions.has(name) && !SAFE_TABLE_FUNCTIONS.has(name)) {
    return problem(
      token,
      'forbidden_function',
      `${token.text} reaches outside of the project's events and may not be called`,
    );
  }
  const known =
    catalogue.functions.has(name) ||
    SAFE_TABLE_FUNCTIONS.has(name) ||
    TYPES.has(name) ||
    isAggregate(name, catalogue) ||
    (kind === 'word' && WORDS_BEFORE_BRACKET.has(name));
  return known
    ? undefined
    : problem(token, 'forbidden_function', `${token.text} is not a function that may be called here`);
}

function checkParameter(token: Token): SqlProblem | undefined {
  if (OWN_PARAMETER.test(token.name))
    return problem(token, 'forbidden_parameter', `parameters may not be called ${token.name}`);
  const words = token.type.toLowerCase().match(/[a-z_][a-z0-9_]*/g) ?? [];
  if (words.some((word) => word === 'identifier' || word.includes('aggregatefunction'))) {
    return problem(
      token,
      'forbidden_parameter',
      `a parameter may not be of type ${token.type}: it stands for a value, not for a name`,
    );
  }
  return undefined;
}

/** Brackets must close in order, so that the statement cannot leave the brackets it is put into. */
function checkBrackets(tokens: readonly Token[]): SqlProblem | undefined {
  const open: Token[] = [];
  for (const token of tokens) {
    if (token.kind !== 'mark') continue;
    if (token.text === '(' || token.text === '[') open.push(token);
    if (open.length > DEPTH_MAX)
      return problem(token, 'too_deep', `brackets lie more than ${DEPTH_MAX} deep inside each other`);
    if (token.text === ')' || token.text === ']') {
      const partner = open.pop();
      if (partner?.text !== (token.text === ')' ? '(' : '['))
        return problem(token, 'unreadable_sql', `${token.text} closes nothing`);
    }
  }
  return open.length > 0
    ? problem(open.at(-1), 'unreadable_sql', 'a bracket that opens here is never closed')
    : undefined;
}

function checkToken(
  token: Token,
  next: Token | undefined,
  before: Token | undefined,
  catalogue: Catalogue,
): SqlProblem | undefined {
  if (token.kind === 'parameter') return checkParameter(token);
  if (token.kind === 'text' && /aggregatefunction/i.test(token.text)) {
    return problem(token, 'forbidden_function', 'states of aggregate functions may not be read from text');
  }
  if (token.kind !== 'word' && token.kind !== 'quoted_name') {
    return token.text === ';' ? problem(token, 'several_statements', 'one statement at a time') : undefined;
  }
  const isMember = before?.text === '.';
  const qualifier = next?.text === '.' ? token.name : token.name.split('.', 1)[0]!;
  if ((next?.text === '.' || qualifier !== token.name) && catalogue.databases.has(qualifier)) {
    return problem(
      token,
      'forbidden_table',
      `${token.text} is a database: events is the only table here, without a database`,
    );
  }
  if (token.kind === 'word' && !isMember && next?.text !== '(' && FORBIDDEN_WORDS.has(token.name)) {
    return problem(
      token,
      'forbidden_word',
      `${token.text} may not be used here; a column of that name goes into double quotes`,
    );
  }
  return next?.text === '(' ? checkCall(token, catalogue) : undefined;
}

/** The statement as it may run: its words in order, without comments and without a final semicolon. Or what is wrong with it. */
export function guardSql(sql: string, catalogue: Catalogue): { text: string } | SqlProblem {
  if (sql.length > SQL_LENGTH_MAX)
    return problem(undefined, 'sql_too_long', `the statement has more than ${SQL_LENGTH_MAX} characters`);
  const read = readTokens(sql);
  if (!Array.isArray(read)) return read;
  const tokens = read.at(-1)?.text === ';' ? read.slice(0, -1) : read;
  const first = tokens.find(({ text }) => text !== '(');
  if (first?.kind !== 'word' || (first.name !== 'select' && first.name !== 'with')) {
    return problem(first, 'not_a_select', 'a question begins with select or with');
  }
  const unbalanced = checkBrackets(tokens);
  if (unbalanced) return unbalanced;
  for (const [i, token] of tokens.entries()) {
    const found = checkToken(token, tokens[i + 1], tokens[i - 1], catalogue);
    if (found) return found;
  }
  return { text: joinTokens(sql, tokens) };
}

/** Tokens with a blank where something stood between them: "a.b" stays one name, "<=" one sign. */
function joinTokens(sql: string, tokens: readonly Token[]): string {
  let text = '';
  let end = 0;
  for (const token of tokens) {
    text += token.offset > end && text !== '' ? ` ${token.text}` : token.text;
    end = token.offset + token.text.length;
  }
  return text === '' ? sql : text;
}
