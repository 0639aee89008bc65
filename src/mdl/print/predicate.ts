/** Predicates as SQL. Every printed test is true or false: the null of an absent value is made false in its place. */
import type { Comparison, Predicate, Property, Scalar, ScalarType } from '../plan/types.js';
import { type Binder, type BindType, joinSql, type Sql, sql } from './sql.js';
import { canBe, EVENT_READER, printInCohort, type Reader } from './storage.js';

const NEVER = sql`false`;

/** Prints a predicate over a row of `events`, or over what else `reader` finds properties in. */
export function printPredicate(predicate: Predicate, binder: Binder, reader: Reader = EVENT_READER): Sql {
  switch (predicate.kind) {
    case 'and':
    case 'or':
      return printJunction(predicate.kind, predicate.parts, binder, reader);
    case 'not':
      return sql`not ${printPredicate(predicate.part, binder, reader)}`;
    case 'compare': {
      const type = typeOf(predicate.value);
      if (!canBe(predicate.property, type)) return NEVER;
      return orFalse(
        compare(predicate.op, reader.typed(predicate.property, type), bindScalar(binder, predicate.value)),
      );
    }
    case 'compare_properties':
      return printPair(predicate.op, predicate.left, predicate.right, reader);
    case 'in':
      return printIn(predicate.property, predicate.values, binder, reader);
    case 'contains':
      return printContains(predicate.property, predicate.value, binder, reader);
    case 'text':
      return printText(predicate, binder, reader);
    case 'set':
      return reader.isSet(predicate.property);
    case 'cohort':
      return printInCohort(predicate.id);
  }
}

function printJunction(kind: 'and' | 'or', parts: readonly Predicate[], binder: Binder, reader: Reader): Sql {
  if (parts.length === 0) return kind === 'and' ? sql`true` : NEVER;
  const printed = parts.map((part) => printPredicate(part, binder, reader));
  return printed.length === 1 ? printed[0]! : sql`(${joinSql(printed, kind === 'and' ? ' and ' : ' or ')})`;
}

const typeOf = (value: Scalar): ScalarType =>
  typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'text';

const BIND_TYPES: Readonly<Record<ScalarType, BindType>> = {
  number: 'Float64',
  text: 'String',
  boolean: 'Bool',
};

const bindScalar = (binder: Binder, value: Scalar): Sql => binder.bind(BIND_TYPES[typeOf(value)], value);

const orFalse = (test: Sql): Sql => sql`ifNull(${test}, false)`;

function compare(op: Comparison, left: Sql, right: Sql): Sql {
  switch (op) {
    case 'eq':
      return sql`${left} = ${right}`;
    case 'gt':
      return sql`${left} > ${right}`;
    case 'gte':
      return sql`${left} >= ${right}`;
    case 'lt':
      return sql`${left} < ${right}`;
    case 'lte':
      return sql`${left} <= ${right}`;
  }
}

/** Two properties: equal or ordered when they have values of one type. */
function printPair(op: Comparison, left: Property, right: Property, reader: Reader): Sql {
  const types: readonly ScalarType[] = op === 'eq' ? ['text', 'number', 'boolean'] : ['text', 'number'];
  const common = types.filter((type) => canBe(left, type) && canBe(right, type));
  const tests = common.map((type) =>
    orFalse(compare(op, reader.typed(left, type), reader.typed(right, type))),
  );
  return tests.length === 0 ? NEVER : tests.length === 1 ? tests[0]! : sql`(${joinSql(tests, ' or ')})`;
}

function printIn(property: Property, values: readonly Scalar[], binder: Binder, reader: Reader): Sql {
  const texts = [...new Set(values.filter((value) => typeof value === 'string'))];
  const numbers = [...new Set(values.filter((value) => typeof value === 'number'))];
  const tests = [
    ...(texts.length > 0 && canBe(property, 'text')
      ? [orFalse(sql`${reader.typed(property, 'text')} in ${binder.bind('Array(String)', texts)}`)]
      : []),
    ...(numbers.length > 0 && canBe(property, 'number')
      ? [orFalse(sql`${reader.typed(property, 'number')} in ${binder.bind('Array(Float64)', numbers)}`)]
      : []),
    ...[true, false]
      .filter((value) => values.includes(value) && canBe(property, 'boolean'))
      .map((value) => orFalse(sql`${reader.typed(property, 'boolean')} = ${binder.bind('Bool', value)}`)),
  ];
  return tests.length === 0 ? NEVER : tests.length === 1 ? tests[0]! : sql`(${joinSql(tests, ' or ')})`;
}

function printContains(property: Property, value: Scalar, binder: Binder, reader: Reader): Sql {
  const type = typeOf(value);
  const bound = binder.bind(BIND_TYPES[type], value);
  const inText =
    type === 'text' && canBe(property, 'text')
      ? [orFalse(sql`position(${reader.typed(property, 'text')}, ${bound}) > 0`)]
      : [];
  const inList = property.kind === 'column' ? [] : [reader.listHas(property, bound, type)];
  const tests = [...inText, ...inList];
  return tests.length === 0 ? NEVER : tests.length === 1 ? tests[0]! : sql`(${joinSql(tests, ' or ')})`;
}

function printText(predicate: Predicate & { kind: 'text' }, binder: Binder, reader: Reader): Sql {
  if (!canBe(predicate.property, 'text')) return NEVER;
  const text = reader.typed(predicate.property, 'text');
  const value = binder.bind('String', predicate.value);
  switch (predicate.op) {
    case 'like':
      return orFalse(sql`${text} like ${value}`);
    case 'starts_with':
      return orFalse(sql`startsWith(${text}, ${value})`);
    case 'ends_with':
      return orFalse(sql`endsWith(${text}, ${value})`);
    case 'matches':
      return orFalse(sql`match(${text}, ${value})`);
  }
}

/** The properties a predicate reads. */
export function listProperties(predicate: Predicate | undefined): readonly Property[] {
  if (!predicate) return [];
  switch (predicate.kind) {
    case 'and':
    case 'or':
      return predicate.parts.flatMap(listProperties);
    case 'not':
      return listProperties(predicate.part);
    case 'compare_properties':
      return [predicate.left, predicate.right];
    case 'cohort':
      return [];
    default:
      return [predicate.property];
  }
}
