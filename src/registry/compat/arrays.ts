/** Arrays: their length, their elements. */
import { isSchemaNode } from '../schema/document.js';
import type { Comparison, Pair } from './comparison.js';
import {
  type Conjunction,
  countTuple,
  type Demand,
  flatten,
  numbersOf,
  schemaForItem,
  unite,
} from './conjunction.js';
import { isTighter } from './scalars.js';

export function checkArrays(comparison: Comparison, pair: Pair): void {
  const { old, types, node, path } = pair;
  if (!types.has('array')) return;
  const longest = Math.min(Number.POSITIVE_INFINITY, ...numbersOf(old, 'maxItems'));
  if (isTighter(node.minItems, numbersOf(old, 'minItems'), -1)) {
    comparison.report(path, 'count_narrowed', `${path} must now have at least ${node.minItems} elements`);
  }
  if (isTighter(node.maxItems, numbersOf(old, 'maxItems'), 1)) {
    comparison.report(path, 'count_narrowed', `${path} may now have at most ${node.maxItems} elements`);
  }
  if (node.uniqueItems === true && longest > 1 && !old.some((demand) => demand.node.uniqueItems === true)) {
    comparison.report(path, 'values_narrowed', `the elements of ${path} must now all differ`);
  }
  checkElements(comparison, pair, longest);
  checkContains(comparison, pair);
}

function checkElements(comparison: Comparison, { old, node, path }: Pair, longest: number): void {
  const tuple = Math.max(countTuple(node), ...old.map((demand) => countTuple(demand.node)));
  for (let index = 0; index < tuple && index < longest; index++) {
    const fresh = schemaForItem(node, index);
    comparison.compare(demandsForItem(comparison, old, index), fresh, `${path}[${index}]`);
  }
  if (longest > tuple) {
    comparison.compare(demandsForItem(comparison, old, -1), schemaForItem(node, -1), `${path}[]`);
  }
}

function demandsForItem(comparison: Comparison, old: readonly Demand[], index: number): Conjunction {
  return old.reduce<Conjunction>(
    (all, { node }) => unite(all, flatten(comparison.oldDocument, schemaForItem(node, index))),
    [],
  );
}

function checkContains(comparison: Comparison, { old, node, path }: Pair): void {
  if (!isSchemaNode(node.contains)) return;
  const least = typeof node.minContains === 'number' ? node.minContains : 1;
  const most = typeof node.maxContains === 'number' ? node.maxContains : Number.POSITIVE_INFINITY;
  if (least <= 0 && most === Number.POSITIVE_INFINITY) return;
  const held = old.some(({ node: before }) => {
    const leastBefore = typeof before.minContains === 'number' ? before.minContains : 1;
    const mostBefore = typeof before.maxContains === 'number' ? before.maxContains : Number.POSITIVE_INFINITY;
    return comparison.isSame(before.contains, node.contains) && leastBefore >= least && mostBefore <= most;
  });
  if (held) return;
  const message = `cannot be shown to be compatible: "contains" at ${path} asks for certain elements`;
  comparison.report(path, 'not_comparable', message);
}
