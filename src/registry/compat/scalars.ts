/** Numbers and strings: what the new version demands of them must follow from what the old one did. */
import type { JsonValue } from '../../event/json.js';
import type { Comparison, Pair } from './comparison.js';
import { type Demand, numbersOf } from './conjunction.js';

/** An end of a range. `open`: the end itself is not in it. */
interface End {
  at: number;
  open: boolean;
}

/** The strictest end of the old version, on the side where `sign` is 1 (upper) or -1 (lower). */
function strictestEnd(old: readonly Demand[], sign: 1 | -1): End | undefined {
  const [closed, open] = sign === 1 ? ['maximum', 'exclusiveMaximum'] : ['minimum', 'exclusiveMinimum'];
  const ends: End[] = [
    ...numbersOf(old, closed!).map((at) => ({ at, open: false })),
    ...numbersOf(old, open!).map((at) => ({ at, open: true })),
  ];
  ends.sort((a, b) => sign * (a.at - b.at) || Number(b.open) - Number(a.open));
  return ends[0];
}

const isInside = (old: End | undefined, fresh: End, sign: 1 | -1): boolean =>
  old !== undefined && (sign * (fresh.at - old.at) > 0 || (fresh.at === old.at && (old.open || !fresh.open)));

export function checkNumbers(comparison: Comparison, { old, types, node, path }: Pair): void {
  if (!types.has('integer') && !types.has('fraction')) return;
  for (const [keyword, sign, open] of RANGE_KEYWORDS) {
    const at = node[keyword];
    if (typeof at !== 'number' || isInside(strictestEnd(old, sign), { at, open }, sign)) continue;
    const message = `${path} is now limited by "${keyword}": ${at}`;
    comparison.report(path, 'range_narrowed', message);
  }
  const step = node.multipleOf;
  if (typeof step !== 'number' || numbersOf(old, 'multipleOf').includes(step)) return;
  if (step === 1 && !types.has('fraction')) return;
  comparison.report(path, 'range_narrowed', `${path} must now be a multiple of ${step}`);
}

const RANGE_KEYWORDS = [
  ['minimum', -1, false],
  ['exclusiveMinimum', -1, true],
  ['maximum', 1, false],
  ['exclusiveMaximum', 1, true],
] as const;

export function checkStrings(comparison: Comparison, { old, types, node, path }: Pair): void {
  if (!types.has('string')) return;
  if (isTighter(node.minLength, numbersOf(old, 'minLength'), -1)) {
    comparison.report(path, 'length_narrowed', `${path} must now have at least ${node.minLength} characters`);
  }
  if (isTighter(node.maxLength, numbersOf(old, 'maxLength'), 1)) {
    comparison.report(path, 'length_narrowed', `${path} may now have at most ${node.maxLength} characters`);
  }
  if (typeof node.pattern === 'string' && !old.some((demand) => demand.node.pattern === node.pattern)) {
    const message = `${path} must now match another pattern, /${node.pattern}/: cannot be shown to take all that was taken`;
    comparison.report(path, 'pattern_changed', message);
  }
  if (typeof node.format === 'string' && !old.some((demand) => demand.node.format === node.format)) {
    comparison.report(path, 'format_changed', `${path} must now be a ${node.format}`);
  }
}

/** Whether a count's new limit is tighter than the tightest of the old ones; `sign` 1 for upper limits. */
export function isTighter(fresh: JsonValue | undefined, old: readonly number[], sign: 1 | -1): boolean {
  if (typeof fresh !== 'number' || (sign === -1 && fresh <= 0)) return false;
  return !old.some((limit) => sign * (fresh - limit) >= 0);
}
