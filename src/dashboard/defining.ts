/** What makes people belong to a cohort: the server tells it with what sets them apart, the page before anything is asked. */

/** Event types that criteria name; what cohorts they refer to name is not looked up. */
export function listDefining(criteria: unknown): string[] {
  if (Array.isArray(criteria)) return [...new Set(criteria.flatMap(listDefining))];
  if (typeof criteria !== 'object' || criteria === null) return [];
  const { event, any_of: anyOf, ...rest } = criteria as Record<string, unknown>;
  const own = [event, anyOf].flat().filter((name) => typeof name === 'string');
  return [...new Set([...own, ...Object.values(rest).flatMap(listDefining)])];
}
