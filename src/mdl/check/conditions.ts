/** Conditions over events: names known, each comparison between things that can be equal or ordered, patterns sound. */
import type { PropertyType } from '../catalogue.js';
import { formatPathInCondition } from '../format/formula.js';
import { findSuggestion } from '../suggest.js';
import type { EventCondition, EventOperand, LiteralNode, PathNode, SelectionNode } from '../tree.js';
import { checkProperty, describeTypes, isTimeColumn } from './names.js';
import type { Scope } from './scope.js';

/** Checks a condition on events of the given selections. */
export function checkCondition(
  scope: Scope,
  condition: EventCondition,
  selections: readonly SelectionNode[],
): void {
  switch (condition.kind) {
    case 'and':
    case 'or':
      for (const item of condition.items) checkCondition(scope, item, selections);
      return;
    case 'brackets':
    case 'not':
      checkCondition(scope, condition.inner, selections);
      return;
    case 'compare':
      checkComparison(scope, condition, selections);
      return;
    case 'is_null':
      if (condition.operand.kind === 'path') checkProperty(scope, condition.operand, selections);
      else if (condition.operand.kind === 'literal') reportConstant(scope, condition.operand);
      return;
    case 'in':
      for (const value of condition.values)
        checkPair(scope, condition.operand, value, selections, false, value === condition.values[0]);
      return;
    case 'text':
      checkText(scope, condition, selections);
      return;
    case 'cohort':
      checkCohort(scope, condition);
      return;
    case 'invalid':
      return;
  }
}

function reportConstant(scope: Scope, operand: LiteralNode): void {
  scope.error(
    'always_false',
    operand.span,
    'a test of a value, not of a property: it is the same for every event',
    {
      expected: 'a property',
      found: String(operand.value),
      hint:
        typeof operand.value === 'string'
          ? `a property is written without quotes, or as properties."${operand.value}"`
          : 'compare it with a property',
    },
  );
}

const ORDER = ['<', '<=', '>', '>='];

function checkComparison(
  scope: Scope,
  test: EventCondition & { kind: 'compare' },
  selections: readonly SelectionNode[],
): void {
  const ordered = ORDER.includes(test.operator);
  if (test.left.kind === 'literal' && test.right.kind === 'literal') reportConstant(scope, test.left);
  else if (test.right.kind === 'literal') checkPair(scope, test.left, test.right, selections, ordered, true);
  else if (test.left.kind === 'literal') checkPair(scope, test.right, test.left, selections, ordered, true);
  else if (test.left.kind === 'path' && test.right.kind === 'path')
    checkPaths(scope, test.left, test.right, selections);
}

const typeOf = (literal: LiteralNode): PropertyType =>
  typeof literal.value === 'number' ? 'number' : typeof literal.value === 'boolean' ? 'boolean' : 'text';

const showLiteral = (literal: LiteralNode): string =>
  typeof literal.value === 'string' ? `"${literal.value}"` : String(literal.value);

/** A path against a value. Its name is reported with the first value only. */
function checkPair(
  scope: Scope,
  operand: EventOperand,
  literal: LiteralNode,
  selections: readonly SelectionNode[],
  ordered: boolean,
  first: boolean,
): void {
  if (operand.kind === 'literal' && first) reportConstant(scope, operand);
  if (operand.kind !== 'path') return;
  if (isTimeColumn(operand)) {
    checkTime(scope, literal);
    return;
  }
  const entry = first ? checkProperty(scope, operand, selections) : undefined;
  const type = typeOf(literal);
  if (ordered && type === 'boolean') {
    scope.error('wrong_type', literal.span, 'true and false have no order', {
      expected: 'a number or a text',
      found: showLiteral(literal),
      hint: 'compare them with = or !=',
    });
    return;
  }
  if (!entry || entry.types.length === 0 || entry.types.includes(type)) return;
  scope.error(
    'wrong_type',
    literal.span,
    `"${formatPathInCondition(operand)}" is ${describeTypes(entry.types)}, ${showLiteral(literal)} is ${describeTypes([type])}`,
    {
      expected: describeTypes(entry.types),
      found: describeTypes([type]),
      ...hintLiteral(literal, entry.types),
    },
  );
}

function hintLiteral(literal: LiteralNode, types: readonly PropertyType[]): { hint?: string } {
  const text = String(literal.value);
  if (types.includes('number') && typeof literal.value === 'string' && /^-?\d+(\.\d+)?$/.test(text))
    return { hint: `write ${text} without quotes` };
  if (types.includes('text') && typeof literal.value !== 'string')
    return { hint: `write it in quotes: "${text}"` };
  if (types.includes('boolean') && ['true', 'false'].includes(text))
    return { hint: `write ${text} without quotes` };
  if (types.includes('list')) return { hint: 'test a list with contains' };
  return {};
}

const ISO_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** Epoch milliseconds of a time literal: an ISO date, an ISO time with its offset, or a number of milliseconds. */
export function readTime(value: string | number | boolean): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  const ms = typeof value === 'string' && ISO_TIME.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

function checkTime(scope: Scope, literal: LiteralNode): void {
  if (readTime(literal.value) !== undefined) return;
  const expected = 'a time such as "2025-01-31" or "2025-01-31T12:00:00Z"';
  scope.error('wrong_type', literal.span, `${showLiteral(literal)} is not a time`, {
    expected,
    found: showLiteral(literal),
    hint: `write ${expected}`,
  });
}

function checkPaths(
  scope: Scope,
  left: PathNode,
  right: PathNode,
  selections: readonly SelectionNode[],
): void {
  const one = checkProperty(scope, left, selections);
  const unquoted = right.root === 'properties' && right.segments.length === 1 && one?.types.includes('text');
  const other = checkProperty(
    scope,
    right,
    selections,
    unquoted ? `for the text write it in quotes: "${right.segments[0]}"` : undefined,
  );
  if (isTimeColumn(left) !== isTimeColumn(right)) {
    scope.error('wrong_type', right.span, 'a time is compared with a time', {
      expected: 'a time',
      found: formatPathInCondition(right),
    });
    return;
  }
  if (!one?.types.length || !other?.types.length || one.types.some((type) => other.types.includes(type)))
    return;
  scope.error(
    'wrong_type',
    right.span,
    `"${formatPathInCondition(left)}" is ${describeTypes(one.types)}, "${formatPathInCondition(right)}" is ${describeTypes(other.types)}`,
    {
      expected: describeTypes(one.types),
      found: describeTypes(other.types),
    },
  );
}

// What the engine's regular expressions (RE2) leave out: looking around, and referring back.
const NOT_RE2 = /\(\?(?:=|!|<=|<!)|\\[1-9]/;
const PATTERN_LENGTH_MAX = 500;

function checkText(
  scope: Scope,
  test: EventCondition & { kind: 'text' },
  selections: readonly SelectionNode[],
): void {
  if (test.operator === 'matches') checkPattern(scope, test);
  if (test.operand.kind === 'literal') reportConstant(scope, test.operand);
  if (test.operand.kind !== 'path') return;
  const entry = checkProperty(scope, test.operand, selections);
  const allowed: readonly PropertyType[] = test.operator === 'contains' ? ['text', 'list'] : ['text'];
  const time = isTimeColumn(test.operand);
  if (!time && (!entry || entry.types.length === 0 || entry.types.some((type) => allowed.includes(type))))
    return;
  const found = time ? 'a time' : describeTypes(entry!.types);
  scope.error(
    'wrong_type',
    test.operand.span,
    `${test.operator} tests a text, "${formatPathInCondition(test.operand)}" is ${found}`,
    { expected: describeTypes(allowed), found },
  );
}

function checkPattern(scope: Scope, test: EventCondition & { kind: 'text' }): void {
  const reason = findPatternProblem(test.pattern);
  if (reason !== undefined)
    scope.error('invalid_pattern', test.patternSpan, `a regular expression that ${reason}`, {
      expected: 'RE2 syntax',
      found: test.pattern,
    });
}

function findPatternProblem(pattern: string): string | undefined {
  if (pattern.length > PATTERN_LENGTH_MAX) return `is longer than ${PATTERN_LENGTH_MAX} characters`;
  if (NOT_RE2.test(pattern)) return 'looks around or refers back; these are not supported';
  try {
    new RegExp(pattern.replace(/\(\?(?:[imsU]+)\)/g, '').replaceAll('(?P<', '(?<'));
    return undefined;
  } catch {
    return 'cannot be read';
  }
}

function checkCohort(scope: Scope, test: EventCondition & { kind: 'cohort' }): void {
  if (scope.catalogue.cohorts.has(test.cohort)) return;
  const names = [...scope.catalogue.cohorts.keys()];
  const nearest = findSuggestion(test.cohort, names);
  const hint = nearest
    ? `did you mean "${nearest}"?`
    : names.length > 0
      ? `known are ${names.slice(0, 8).join(', ')}`
      : 'make the cohort first';
  scope.error('unknown_cohort', test.cohortSpan, `unknown cohort "${test.cohort}"`, {
    expected: "a cohort's name",
    found: test.cohort,
    hint,
  });
}

/** How many tests a condition has. */
export function countTests(condition: EventCondition | undefined): number {
  if (!condition) return 0;
  if (condition.kind === 'and' || condition.kind === 'or')
    return condition.items.reduce((sum, item) => sum + countTests(item), 0);
  if (condition.kind === 'not' || condition.kind === 'brackets') return countTests(condition.inner);
  return 1;
}
