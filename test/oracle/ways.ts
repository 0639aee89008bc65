/** The most common of the ways people went, as answers tell them: with how many went each, ties in the order of their names. */

/** Ways an answer has at most. */
const WAYS_MAX = 100;

const compareWays = (a: readonly string[], b: readonly string[]): number => {
  const at = a.findIndex((name, i) => name !== b[i]);
  if (at < 0) return a.length - b.length;
  return at < b.length && a[at]! < b[at]! ? -1 : 1;
};

export function rankWays(ways: readonly (readonly string[])[]): [string[], number][] {
  const counts = new Map<string, number>();
  for (const way of ways) counts.set(JSON.stringify(way), (counts.get(JSON.stringify(way)) ?? 0) + 1);
  return [...counts]
    .map(([way, count]): [string[], number] => [JSON.parse(way) as string[], count])
    .sort(([a, m], [b, n]) => n - m || compareWays(a, b))
    .slice(0, WAYS_MAX);
}
