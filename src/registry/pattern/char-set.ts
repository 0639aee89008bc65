/**
 * Sets of code points as sorted, disjoint, inclusive intervals in one flat array: [from, to, from, to, …].
 * What `\s`, `.` and the like contain is ECMAScript's definition in Unicode mode, which is how JSON Schema reads patterns.
 */
export type CharSet = readonly number[];

export const CODE_POINT_MAX = 0x10ffff;

export const ANY: CharSet = [0, CODE_POINT_MAX];
export const DIGIT: CharSet = [0x30, 0x39];
export const WORD: CharSet = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
export const SPACE: CharSet = [
  0x09, 0x0d, 0x20, 0x20, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f, 0x205f,
  0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff,
];
const LINE_ENDS: CharSet = [0x0a, 0x0a, 0x0d, 0x0d, 0x2028, 0x2029];

/** Everything that `set` does not contain. */
export function complementSet(set: CharSet): CharSet {
  const out: number[] = [];
  let next = 0;
  for (let i = 0; i < set.length; i += 2) {
    if (set[i]! > next) out.push(next, set[i]! - 1);
    next = set[i + 1]! + 1;
  }
  if (next <= CODE_POINT_MAX) out.push(next, CODE_POINT_MAX);
  return out;
}

/** What `.` matches. */
export const NOT_LINE_END: CharSet = complementSet(LINE_ENDS);

/** Everything that any of the sets contains. */
export function uniteSets(sets: readonly CharSet[]): CharSet {
  const pairs: [number, number][] = [];
  for (const set of sets) {
    for (let i = 0; i < set.length; i += 2) pairs.push([set[i]!, set[i + 1]!]);
  }
  pairs.sort((a, b) => a[0] - b[0]);
  const out: number[] = [];
  for (const [from, to] of pairs) {
    if (out.length > 0 && from <= out[out.length - 1]! + 1) {
      out[out.length - 1] = Math.max(out[out.length - 1]!, to);
    } else {
      out.push(from, to);
    }
  }
  return out;
}

/** Whether the set contains the code point. */
export function contains(set: CharSet, codePoint: number): boolean {
  let low = 0;
  let high = set.length / 2 - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (codePoint < set[2 * middle]!) high = middle - 1;
    else if (codePoint > set[2 * middle + 1]!) low = middle + 1;
    else return true;
  }
  return false;
}

/** Unicode properties read so far. There are some 400 names, 2 kB each on average: it cannot grow beyond them. */
const properties = new Map<string, CharSet>();

/** What `\p{name}` contains, read off the JavaScript engine's own tables once for each name (about 20 ms). */
export function readPropertySet(name: string): CharSet {
  let set = properties.get(name);
  if (set === undefined) {
    set = computePropertySet(name);
    properties.set(name, set);
  }
  return set;
}

const SURROGATES: CharSet = [0xd800, 0xdfff];
const PLANE = 0x10000;
/** Planes with characters of their own; all others are unassigned or private throughout. */
const VARIED_PLANES = [0, 1, 2, 3, 14];

function computePropertySet(name: string): CharSet {
  const one = new RegExp(`\\p{${name}}`, 'u');
  const sets: CharSet[] = [];
  for (let from = 0; from <= CODE_POINT_MAX; from += PLANE) {
    if (VARIED_PLANES.includes(from / PLANE)) sets.push(findRuns(name, from));
    // The last two of a plane are never characters.
    else if (one.test(String.fromCodePoint(from))) sets.push([from, from + PLANE - 3]);
    const end = from + PLANE - 2;
    if (one.test(String.fromCodePoint(end))) sets.push([end, end + 1]);
  }
  // Surrogates are alike in every property, and a pair of them would read as something else: one stands for all.
  if (one.test('\ud800')) sets.push(SURROGATES);
  return uniteSets(sets);
}

function findRuns(name: string, from: number): CharSet {
  const found: number[] = [];
  for (const [run] of readPlane(from).matchAll(new RegExp(`\\p{${name}}+`, 'gu'))) {
    for (const character of run) {
      const point = character.codePointAt(0)!;
      if (found.length > 0 && found[found.length - 1] === point - 1) found[found.length - 1] = point;
      else found.push(point, point);
    }
  }
  return found;
}

/** The text of a plane's code points, surrogates left out. */
function readPlane(from: number): string {
  let text = '';
  for (let point = from; point < from + PLANE; point++) {
    if (point < SURROGATES[0]! || point > SURROGATES[1]!) text += String.fromCodePoint(point);
  }
  return text;
}
