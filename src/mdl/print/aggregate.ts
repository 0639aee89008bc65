/**
 * Aggregates, as states or as values. States of cells (bucket and group) are merged into whatever frame is asked for, so a distinct
 * count over seven days stays a distinct count. The same states make rollups. Where nothing is merged afterwards the value is asked for
 * at once, which for distinct counts saves a copy of every set.
 *
 * Sums are compensated (Kahan), so that the order in which rows or states are added does not show in the digits people
 * read. An average is such a sum divided by the number of `numbers`, an aggregate that no formula can name.
 *
 * Conditions: aggregates that are 0 over nothing take theirs as -If. Those that are null over nothing read null where
 * the condition fails instead, because -If forgets that it saw no value at all.
 */
import { AGGREGATES } from '../vocabulary.js';
import { type Sql, sql, word } from './sql.js';

interface StateFunction {
  readonly name: string;
  /** Parameters of the function itself: levels, accuracy. */
  readonly parameters: Sql | undefined;
}

/** Relative error of quantile sketches. */
const SKETCH_ERROR = sql`0.01`;
/** 2^17 registers: a standard error of 0.4 %, at most 96 kB a state. */
const UNIQ_PRECISION = 17;

const LEVELS: Readonly<Record<string, Sql>> = {
  0.5: sql`0.5`,
  0.75: sql`0.75`,
  0.9: sql`0.9`,
  0.95: sql`0.95`,
  0.99: sql`0.99`,
};

const PLAIN: Readonly<Record<string, string>> = {
  count: 'count',
  uniq: 'uniqExact',
  sum: 'sumKahan',
  numbers: 'count',
  min: 'min',
  max: 'max',
  first: 'argMin',
  last: 'argMax',
};

function findState(aggregate: string): StateFunction {
  const plain = PLAIN[aggregate];
  if (plain !== undefined) return { name: plain, parameters: undefined };
  if (aggregate === 'uniq_approx') return { name: 'uniqCombined64', parameters: sql`${UNIQ_PRECISION}` };
  const level = LEVELS[String(AGGREGATES[aggregate]!.level)]!;
  if (aggregate.endsWith('_approx'))
    return { name: 'quantileDD', parameters: sql`${SKETCH_ERROR}, ${level}` };
  return { name: 'quantileExactInclusive', parameters: level };
}

function call(state: StateFunction, combinator: string, args: Sql): Sql {
  const name = word(state.name + combinator);
  return state.parameters ? sql`${name}(${state.parameters})(${args})` : sql`${name}(${args})`;
}

/** What an aggregate reads: the value or the person counted, under a condition (undefined: every row). */
export interface AggregateInput {
  readonly value: Sql | undefined;
  readonly condition: Sql | undefined;
}

/** What an aggregate is asked for: to be merged with others, or as it is. */
export type Form = 'state' | 'value';

const SUFFIXES: Readonly<Record<Form, string>> = { state: 'State', value: '' };

/** An aggregate over rows that have `moment`, the order of first and last. */
export function printAggregate(aggregate: string, { value, condition }: AggregateInput, form: Form): Sql {
  const state = findState(aggregate);
  const suffix = SUFFIXES[form];
  const when = condition ? 'If' : '';
  const tail = condition ? sql`, ${condition}` : sql``;
  switch (aggregate) {
    case 'count':
      return call(state, suffix + when, condition ?? sql``);
    case 'uniq':
    case 'uniq_approx':
      return call(state, suffix + when, sql`${value!}${tail}`);
    case 'numbers':
      return call(state, suffix + when, sql`${value!}${tail}`);
    case 'sum':
      return call(state, suffix + when, sql`ifNull(${value!}, 0)${tail}`);
    default: {
      const read = condition ? sql`if(${condition}, ${value!}, null)` : value!;
      return call(state, suffix, needsMoment(aggregate) ? sql`${read}, moment` : read);
    }
  }
}

/** Whether the aggregate depends on the order of events: by time, at one instant by event id. */
export const needsMoment = (aggregate: string): boolean => aggregate === 'first' || aggregate === 'last';

/** The states of a column merged, those where `condition` holds. */
export const printMerge = (aggregate: string, column: Sql, form: Form, condition?: Sql): Sql =>
  condition
    ? call(findState(aggregate), `Merge${SUFFIXES[form]}If`, sql`${column}, ${condition}`)
    : call(findState(aggregate), `Merge${SUFFIXES[form]}`, column);
