/**
 * Conditions on the person, taken out of the events they stand at. What is known of a person now, and her id, are the same at each of
 * her events, so a criterion about events of gold people is one about people who are gold, with the criterion without that condition
 * (Shannon's expansion, once for each such test):
 *
 *   did E where (gold and W)   =   (gold and did E where W)   or   (not gold and did E where false)
 *
 * Numbers of the ids that events carry tell what is left at the events (numbers.ts); the rest is asked of people.
 */
import type { Condition, Test } from '../condition/condition.js';
import { type EventLeaf, type Formula, listEventLeaves } from './formula.js';

/** Different tests of the person in one criterion: each makes two criteria of one. */
const TESTS_MAX = 4;
/** Criteria about events that may come of it: each is a number kept for every person. */
const LEAVES_MAX = 200;

/** Characters of their JSON: each criterion that is split brings its values twice, and a statement takes so many (printed.ts). */
const LENGTH_MAX = 100_000;

const NOBODY: Formula = { kind: 'or', parts: [] };

/** Whether a test asks for what is the same at all events of a person. */
const isOfPerson = ({ property }: Test): boolean =>
  property.kind === 'user'
    ? property.moment === 'now'
    : property.kind === 'column' && property.name === 'person';

function listTests(condition: Condition): readonly Test[] {
  if ('parts' in condition) return condition.parts.flatMap(listTests);
  return condition.kind === 'not' ? listTests(condition.part) : [condition];
}

const listWheres = (leaf: EventLeaf): readonly (Condition | undefined)[] =>
  leaf.kind === 'sequence' ? leaf.steps.map(({ where }) => where) : [leaf.match.where];

/** The different tests of the person at the events of a criterion, each as the JSON that tells them apart. */
function listPersonTests(leaf: EventLeaf): ReadonlyMap<string, Test> {
  const tests = listWheres(leaf).flatMap((where) => (where ? listTests(where) : []));
  return new Map(tests.filter(isOfPerson).map((test) => [JSON.stringify(test), test]));
}

/** A condition of which one test is known; true and false when nothing else is left of it. */
function assume(condition: Condition, test: string, value: boolean): Condition | boolean {
  if (condition.kind === 'not') {
    const part = assume(condition.part, test, value);
    return typeof part === 'boolean' ? !part : { kind: 'not', part };
  }
  if (!('parts' in condition)) return JSON.stringify(condition) === test ? value : condition;
  const decides = condition.kind === 'or';
  const parts = condition.parts.map((part) => assume(part, test, value));
  if (parts.includes(decides)) return decides;
  const open = parts.filter((part) => typeof part !== 'boolean');
  return open.length === 0 ? !decides : { kind: condition.kind, parts: open };
}

/** A criterion of which one test is known. */
function assumeOf(leaf: EventLeaf, test: string, value: boolean): EventLeaf | boolean {
  const wheres = listWheres(leaf).map((where) => (where ? assume(where, test, value) : true));
  if (wheres.includes(false)) return leaf.kind === 'count' && leaf.least === 0;
  const left = wheres.map((where) => (typeof where === 'boolean' ? undefined : where));
  if (leaf.kind !== 'sequence') return { ...leaf, match: { ...leaf.match, where: left[0] } };
  return { ...leaf, steps: leaf.steps.map((step, index) => ({ ...step, where: left[index] })) };
}

function liftLeaf(leaf: EventLeaf): Formula {
  const [first] = listPersonTests(leaf);
  if (!first) return leaf;
  const [name, condition] = first;
  const holds: Formula = { kind: 'person', condition };
  const parts = [true, false].map((value): Formula => {
    const rest = assumeOf(leaf, name, value);
    if (rest === false) return NOBODY;
    const person: Formula = value ? holds : { kind: 'not', part: holds };
    return rest === true ? person : { kind: 'and', parts: [person, liftLeaf(rest)] };
  });
  return { kind: 'or', parts };
}

function lift(formula: Formula): Formula {
  switch (formula.kind) {
    case 'person':
    case 'list':
      return formula;
    case 'not':
      return { kind: 'not', part: lift(formula.part) };
    case 'and':
    case 'or':
      return { kind: formula.kind, parts: formula.parts.map(lift) };
    default:
      return listPersonTests(formula).size > TESTS_MAX ? formula : liftLeaf(formula);
  }
}

/** The same formula with no test of the person at an event, except where that makes too many criteria of them: there they stay. */
export function liftPersonTests(formula: Formula): Formula {
  const lifted = lift(formula);
  const isTooMuch = listEventLeaves(lifted).length > LEAVES_MAX || JSON.stringify(lifted).length > LENGTH_MAX;
  return isTooMuch ? formula : lifted;
}
