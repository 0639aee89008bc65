/**
 * "Did you mean …?": the known name nearest to what was typed.
 *
 * Distance is Damerau–Levenshtein on lower-cased names with separators removed, so `CheckoutCompleted` finds
 * `checkout_completed` at once; a name counts as near within a third of its length, at most four edits. A name of one or two
 * letters is near another only by case and separators, and no name by edits to one so short: half of such a name would have to
 * be another, and every one is an edit or two from every other.
 */

const EDITS_MAX = 4;
/** Shorter names are near nothing by edits. */
const EDITED_LENGTH_MIN = 3;
/** Longer names are not compared letter by letter: nobody mistypes them, and the cost is quadratic. */
const LENGTH_MAX = 80;

const normalise = (name: string): string => name.toLowerCase().replace(/[\s_.\-$:]/g, '');

/** The fewest insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
function countEdits(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let edits = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        edits = Math.min(edits, beforeLast[j - 2]! + 1);
      row.push(edits);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

/** The candidate nearest to `name`, or undefined when none is near. Among equals the first. */
export function findNearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = normalise(name);
  if (wanted === '' || wanted.length > LENGTH_MAX) return undefined;
  const allowed = Math.min(EDITS_MAX, Math.floor(wanted.length / EDITED_LENGTH_MIN));
  let best: string | undefined;
  let fewest = allowed + 1;
  for (const candidate of candidates) {
    const known = normalise(candidate);
    if (Math.abs(known.length - wanted.length) >= fewest || known.length > LENGTH_MAX) continue;
    if (known.length < EDITED_LENGTH_MIN && known !== wanted) continue;
    const edits = countEdits(wanted, known);
    if (edits < fewest) [best, fewest] = [candidate, edits];
  }
  return best;
}

/** As `findNearest`, or else a candidate that begins with what was typed: "conv" finds "conversion". */
export function findSuggestion(name: string, candidates: readonly string[]): string | undefined {
  const wanted = normalise(name);
  const begun =
    wanted.length < 3 ? undefined : candidates.find((candidate) => normalise(candidate).startsWith(wanted));
  return findNearest(name, candidates) ?? begun;
}
