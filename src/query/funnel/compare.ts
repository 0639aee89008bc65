/** Puts the period before beside an answer. */
import type { GroupAnswer, PartAnswer } from './answer.js';

const addTo = <T extends PartAnswer>(part: T, previous: PartAnswer | undefined): T => ({
  ...part,
  steps: part.steps.map((step, index) => ({
    ...step,
    previous_count: previous?.steps[index]?.count ?? 0,
  })),
  previous_conversion_rate: previous?.conversion_rate ?? null,
});

/** @param groups the earlier period's, by the values of this one */
export function addPrevious<T extends PartAnswer & { readonly breakdown?: readonly GroupAnswer[] }>(
  answer: T,
  previous: PartAnswer,
  groups: readonly GroupAnswer[],
): T {
  const byValues = new Map(groups.map((group) => [JSON.stringify(group.values), group]));
  return {
    ...addTo(answer, previous),
    ...(answer.breakdown && {
      breakdown: answer.breakdown.map((group) => addTo(group, byValues.get(JSON.stringify(group.values)))),
    }),
  };
}
