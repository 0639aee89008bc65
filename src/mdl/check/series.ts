/**
 * What each part of a formula is: a number or a text, and in which unit. Reports aggregates over what they cannot take,
 * arithmetic on texts, and sums of different units. Metrics a formula refers to are inferred too, silently: their own
 * check reports their mistakes.
 */
import { describeSelection } from '../format/formula.js';
import type { CallNode, Condition, SelectionNode, Series } from '../tree.js';
import { checkAggregate, checkSelection } from './aggregates.js';
import type { Scope } from './scope.js';
import {
  addUnits,
  declareUnit,
  formatUnit,
  LITERAL_UNIT,
  multiplyUnits,
  PLAIN_UNIT,
  UNKNOWN_UNIT,
  type Unit,
} from './units.js';

export interface SeriesType {
  readonly value: 'number' | 'text' | 'unknown';
  readonly unit: Unit;
}

const UNKNOWN: SeriesType = { value: 'unknown', unit: UNKNOWN_UNIT };
const number = (unit: Unit): SeriesType => ({ value: 'number', unit });

/** The type of a series, its mistakes reported to the scope. `resolve` gives the type of a metric referred to. */
export function inferSeries(scope: Scope, series: Series, resolve: (name: string) => SeriesType): SeriesType {
  const infer = (inner: Series): SeriesType => inferSeries(scope, inner, resolve);
  switch (series.kind) {
    case 'number':
      return number(LITERAL_UNIT);
    case 'null':
    case 'invalid':
      return UNKNOWN;
    case 'aggregate':
      return checkAggregate(scope, series);
    case 'conversion':
      for (const selection of [series.start, series.goal]) checkSelection(scope, selection);
      return number(PLAIN_UNIT);
    case 'call':
      return inferCall(scope, series, series.series.map(infer));
    case 'choice':
      inferCondition(scope, series.condition, infer);
      return inferSum(scope, series, [series.whenTrue, series.whenFalse], infer, 'the two values of if');
    case 'reference':
      return resolve(series.name);
    case 'arithmetic':
      return inferArithmetic(scope, series, infer);
    case 'negate':
      return requireNumber(scope, series.operand, infer(series.operand));
    case 'group':
      return infer(series.inner);
  }
}

function requireNumber(scope: Scope, series: Series, type: SeriesType): SeriesType {
  if (type.value !== 'text') return type;
  scope.error('wrong_type', series.span, 'a text, where a number is needed', {
    expected: 'a number',
    found: 'a text',
    hint: 'first and last of a text can only stand alone',
  });
  return UNKNOWN;
}

type Infer = (series: Series) => SeriesType;

/** Several series that must have one unit, which is the answer's: the parts of a sum, of least, of if. */
function inferSum(
  scope: Scope,
  whole: Series,
  parts: readonly Series[],
  infer: Infer,
  what: string,
): SeriesType {
  const types = parts.map((part) => requireNumber(scope, part, infer(part)));
  let unit = types[0]!.unit;
  for (const [i, type] of types.entries()) {
    const joined = addUnits(unit, type.unit);
    if (joined === undefined) {
      const [expected, found] = [formatUnit(unit), formatUnit(type.unit)];
      scope.error('wrong_unit', parts[i]!.span, `${what}: ${expected} and ${found} do not go together`, {
        expected,
        found,
        hint: 'divide one by the other, or bring both to one unit first',
      });
      return number(UNKNOWN_UNIT);
    }
    unit = joined;
  }
  return {
    value: types.some((type) => type.value === 'unknown') ? 'unknown' : 'number',
    unit: whole.kind === 'invalid' ? UNKNOWN_UNIT : unit,
  };
}

const SUMS: Readonly<Record<string, string>> = { '+': 'a sum', '-': 'a difference', '%': 'a remainder' };

function inferArithmetic(scope: Scope, series: Series & { kind: 'arithmetic' }, infer: Infer): SeriesType {
  const what = SUMS[series.operator];
  if (what !== undefined) return inferSum(scope, series, [series.left, series.right], infer, what);
  const left = requireNumber(scope, series.left, infer(series.left));
  const right = requireNumber(scope, series.right, infer(series.right));
  return number(multiplyUnits(left.unit, right.unit, series.operator === '*' ? 1 : -1));
}

function inferCondition(scope: Scope, condition: Condition<Series>, infer: Infer): void {
  switch (condition.kind) {
    case 'and':
    case 'or':
      for (const item of condition.items) inferCondition(scope, item, infer);
      return;
    case 'not':
    case 'brackets':
      inferCondition(scope, condition.inner, infer);
      return;
    case 'compare':
      inferSum(scope, condition.left, [condition.left, condition.right], infer, 'a comparison');
      return;
    case 'is_null':
      infer(condition.operand);
      return;
    default:
      return;
  }
}

const ROUND_DIGITS_MAX = 10;

function inferCall(scope: Scope, call: CallNode, types: readonly SeriesType[]): SeriesType {
  const first = types[0]!;
  const inferGiven: Infer = (series) => types[call.series.indexOf(series)]!;
  switch (call.name) {
    case 'previous':
    case 'rolling':
    case 'cumulative':
      return first;
    case 'fill':
    case 'least':
    case 'greatest':
      return inferSum(scope, call, call.series, inferGiven, call.name);
    case 'round': {
      const digits = call.series[1];
      const valid =
        digits === undefined ||
        (digits.kind === 'number' && Number.isInteger(digits.value) && digits.value <= ROUND_DIGITS_MAX);
      if (!valid)
        scope.error(
          'wrong_arguments',
          digits.span,
          `round takes a whole number of digits from 0 to ${ROUND_DIGITS_MAX}`,
          { expected: 'a whole number', hint: 'write round(x, 2)' },
        );
      return requireNumber(scope, call.series[0]!, first);
    }
    case 'rate':
      return number(
        multiplyUnits(requireNumber(scope, call.series[0]!, first).unit, declareUnit('seconds'), -1),
      );
    case 'per_user':
      checkPerUser(scope, call);
      return requireNumber(scope, call.series[0]!, first);
    default:
      return requireNumber(scope, call.series[0]!, first);
  }
}

/** per_user divides by the persons of one source, so its argument must have exactly one. */
function checkPerUser(scope: Scope, call: CallNode): void {
  const sources = listSources(call.series[0]!);
  if (sources.length === 1 && sources[0] !== undefined) return;
  const message = sources.includes(undefined)
    ? 'per_user takes aggregates of events, not metrics or conversions'
    : sources.length === 0
      ? 'per_user needs an aggregate'
      : 'per_user of different events: for each of whose persons?';
  scope.error('different_sources', call.series[0]!.span, message, {
    expected: 'aggregates of one event with one condition',
    hint: 'write per_user(count(event)), or divide by uniq(event) yourself',
  });
}

/** The different selections a series aggregates; undefined among them for what has no single one. */
export function listSources(series: Series): readonly (SelectionNode | undefined)[] {
  const found = new Map<string, SelectionNode | undefined>();
  const visit = (inner: Series): void => {
    if (inner.kind === 'aggregate') found.set(describeSelection(inner.selection), inner.selection);
    else if (inner.kind === 'reference' || inner.kind === 'conversion') found.set('', undefined);
    else for (const child of listChildren(inner)) visit(child);
  };
  visit(series);
  return [...found.values()];
}

/** The series directly inside a series, those of its condition included. */
export function listChildren(series: Series): readonly Series[] {
  switch (series.kind) {
    case 'call':
      return series.series;
    case 'choice':
      return [...listOperands(series.condition), series.whenTrue, series.whenFalse];
    case 'arithmetic':
      return [series.left, series.right];
    case 'negate':
      return [series.operand];
    case 'group':
      return [series.inner];
    default:
      return [];
  }
}

function listOperands(condition: Condition<Series>): readonly Series[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.items.flatMap(listOperands);
    case 'not':
    case 'brackets':
      return listOperands(condition.inner);
    case 'compare':
      return [condition.left, condition.right];
    case 'is_null':
      return [condition.operand];
    default:
      return [];
  }
}
