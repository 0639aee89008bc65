/**
 * A regular expression as a position automaton (Glushkov's construction): one state for each character class or
 * assertion written in the pattern, and an edge wherever one may follow another. No empty moves, so it can be simulated
 * in one pass, and the number of ways through an edge says whether a backtracking matcher would run in circles.
 *
 * Two builds of the same pattern:
 * - for matching: `x{2,5}` is written out, assertions are positions of their own, which take no character;
 * - for the search for ambiguity: long repeats are loops (their ways multiply all the same), assertions are left out
 *   (more ways than there are: it errs towards refusing).
 *
 * Read: characters, classes, `\d \w \s \p{…} .`, groups, `|`, `* + ? {n,m}` (lazy ones match the same texts), `^ $ \b \B`.
 * Refused: back references and look-around, which need backtracking.
 */
import { type AST, RegExpParser, RegExpSyntaxError } from '@eslint-community/regexpp';
import {
  ANY,
  type CharSet,
  complementSet,
  DIGIT,
  NOT_LINE_END,
  readPropertySet,
  SPACE,
  uniteSets,
  WORD,
} from './char-set.js';
import { PatternError } from './pattern-error.js';

/** Characters of a pattern. Reading one costs time and memory in proportion. */
export const PATTERN_CHARS_MAX = 2_000;
/** Positions after repeats are written out: `[a-z]{1,255}` is 255. Each may be looked at for each character of a value. */
const POSITIONS_MAX = 2_000;
/** Edges between them, 8 to 50 bytes each. */
const EDGES_MAX = 100_000;
/** In the search for ambiguity a repeat of more than this is a loop. */
const WRITTEN_OUT_MAX = 4;

export type AssertionKind = 'start' | 'end' | 'boundary' | 'not_boundary';

/** A state: it takes one character of `set`, or none where `assertion` holds. `at` is its place in the pattern. */
export interface Position {
  set: CharSet;
  assertion: AssertionKind | undefined;
  at: number;
}

/** Ways to get somewhere, counted as 1 or "2 or more". */
type Ways = 1 | 2;

export interface Automaton {
  positions: readonly Position[];
  /** The positions that may follow each position, and by how many ways. */
  follow: readonly ReadonlyMap<number, Ways>[];
  first: readonly number[];
  last: ReadonlySet<number>;
  /** Whether the pattern matches nothing at all. */
  nullable: boolean;
}

/** Part of a pattern under construction: how it begins, how it ends, how many ways it has to be empty. */
interface Fragment {
  first: ReadonlyMap<number, Ways>;
  last: ReadonlyMap<number, Ways>;
  empty: 0 | Ways;
}

const EMPTY: Fragment = { first: new Map(), last: new Map(), empty: 1 };
const NEVER: Fragment = { first: new Map(), last: new Map(), empty: 0 };

/** Reads a pattern as JSON Schema does, in Unicode mode. Throws PatternError. */
export function parsePattern(source: string): AST.Pattern {
  if (source.length > PATTERN_CHARS_MAX) {
    throw new PatternError(
      'pattern_too_large',
      `the pattern has ${source.length} characters, ${PATTERN_CHARS_MAX} are allowed`,
    );
  }
  try {
    return new RegExpParser({ ecmaVersion: 2024 }).parsePattern(source, 0, source.length, { unicode: true });
  } catch (error) {
    if (!(error instanceof RegExpSyntaxError)) throw error;
    const reason = error.message.slice(error.message.lastIndexOf(': ') + 2);
    throw new PatternError(
      'invalid_pattern',
      `not a regular expression in Unicode mode: ${reason}, at character ${error.index + 1}`,
    );
  }
}

/** Builds the automaton of a parsed pattern. Throws PatternError for what it does not read and for what is too large. */
export function buildAutomaton(pattern: AST.Pattern, purpose: 'match' | 'ambiguity'): Automaton {
  const builder = new Builder(purpose);
  const whole = builder.readAlternatives(pattern.alternatives);
  return {
    positions: builder.positions,
    follow: builder.follow,
    first: [...whole.first.keys()],
    last: new Set(whole.last.keys()),
    nullable: whole.empty > 0,
  };
}

class Builder {
  readonly positions: Position[] = [];
  readonly follow: Map<number, Ways>[] = [];
  private edges = 0;

  constructor(private readonly purpose: 'match' | 'ambiguity') {}

  readAlternatives(alternatives: readonly AST.Alternative[]): Fragment {
    let result = NEVER;
    for (const alternative of alternatives) {
      let sequence = EMPTY;
      for (const element of alternative.elements) sequence = this.join(sequence, this.readElement(element));
      result = {
        first: merge(result.first, sequence.first),
        last: merge(result.last, sequence.last),
        empty: addWays(result.empty, sequence.empty),
      };
    }
    return result;
  }

  private readElement(element: AST.Element): Fragment {
    switch (element.type) {
      case 'Character':
        return this.addPosition([element.value, element.value], undefined, element);
      case 'CharacterSet':
      case 'CharacterClass':
        return this.addPosition(readSet(element), undefined, element);
      case 'CapturingGroup':
        return this.readAlternatives(element.alternatives);
      case 'Group':
        if (element.modifiers !== null) throw refuse('flags inside the pattern', element);
        return this.readAlternatives(element.alternatives);
      case 'Quantifier':
        return this.readQuantifier(element);
      case 'Assertion':
        return this.readAssertion(element);
      case 'Backreference':
        throw refuse('a back reference', element);
      case 'ExpressionCharacterClass':
        throw refuse('set arithmetic in a class', element);
    }
  }

  private readAssertion(element: AST.Assertion): Fragment {
    if (element.kind === 'lookahead' || element.kind === 'lookbehind') {
      throw refuse(
        'look-around',
        element,
        'split it into several patterns under "allOf", or use "not" for what must not match',
      );
    }
    if (this.purpose === 'ambiguity') return EMPTY;
    if (element.kind !== 'word') return this.addPosition([], element.kind, element);
    return this.addPosition([], element.negate ? 'not_boundary' : 'boundary', element);
  }

  private readQuantifier({ min, max, element }: AST.Quantifier): Fragment {
    const loops = max === Number.POSITIVE_INFINITY || (this.purpose === 'ambiguity' && max > WRITTEN_OUT_MAX);
    const written = this.purpose === 'ambiguity' ? Math.min(min, 1) : min;
    if (loops) {
      let result = EMPTY;
      for (let i = 1; i < written; i++) result = this.join(result, this.readElement(element));
      const body = this.repeat(this.readElement(element));
      return this.join(result, min === 0 ? makeOptional(body) : body);
    }
    let whole = this.readOptionalRow(max - min, element);
    for (let i = 0; i < min; i++) whole = this.join(this.readElement(element), whole);
    return whole;
  }

  /** x{0,3} is (x (x (x)?)?)?: the row may end after each x, and edges grow with the count, not with its square. */
  private readOptionalRow(count: number, element: AST.QuantifiableElement): Fragment {
    let row = EMPTY;
    const last = new Map<number, Ways>();
    let before: Fragment | undefined;
    for (let i = 0; i < count; i++) {
      const one = this.readElement(element);
      if (one.empty > 0) row = makeOptional(this.join(row, one));
      else {
        if (before === undefined) row = { first: one.first, last, empty: 1 };
        else this.link(before.last, one.first);
        for (const [position, ways] of one.last) last.set(position, ways);
        before = one;
      }
    }
    return row;
  }

  private repeat(body: Fragment): Fragment {
    this.link(body.last, body.first);
    return body;
  }

  private join(left: Fragment, right: Fragment): Fragment {
    this.link(left.last, right.first);
    return {
      first: left.empty === 0 ? left.first : merge(left.first, scale(right.first, left.empty)),
      last: right.empty === 0 ? right.last : merge(right.last, scale(left.last, right.empty)),
      empty: left.empty === 0 || right.empty === 0 ? 0 : multiplyWays(left.empty, right.empty),
    };
  }

  private link(from: ReadonlyMap<number, Ways>, to: ReadonlyMap<number, Ways>): void {
    this.edges += from.size * to.size;
    if (this.edges > EDGES_MAX) throw tooLarge();
    for (const [position, leaving] of from) {
      const follow = this.follow[position]!;
      for (const [next, entering] of to) {
        follow.set(next, follow.has(next) ? 2 : multiplyWays(leaving, entering));
      }
    }
  }

  private addPosition(set: CharSet, assertion: AssertionKind | undefined, node: AST.Node): Fragment {
    const index = this.positions.length;
    if (index >= POSITIONS_MAX) throw tooLarge();
    this.positions.push({ set, assertion, at: node.start });
    this.follow.push(new Map());
    const only = new Map<number, Ways>([[index, 1]]);
    return { first: only, last: only, empty: 0 };
  }
}

/** An iteration that matches nothing ends a loop in JavaScript, so "not at all" is one way, however many the body has. */
const makeOptional = (body: Fragment): Fragment => ({ ...body, empty: 1 });

const multiplyWays = (a: Ways, b: Ways): Ways => (a === 2 || b === 2 ? 2 : 1);
const addWays = (a: 0 | Ways, b: 0 | Ways): 0 | Ways => Math.min(2, a + b) as 0 | Ways;

function merge(a: ReadonlyMap<number, Ways>, b: ReadonlyMap<number, Ways>): ReadonlyMap<number, Ways> {
  if (a.size === 0) return b;
  if (b.size === 0) return a;
  const both = new Map(a);
  for (const [position, ways] of b) both.set(position, both.has(position) ? 2 : ways);
  return both;
}

function scale(map: ReadonlyMap<number, Ways>, by: Ways): ReadonlyMap<number, Ways> {
  return by === 1 ? map : new Map([...map.keys()].map((position) => [position, 2]));
}

function readSet(node: AST.CharacterSet | AST.CharacterClass | AST.CharacterClassElement): CharSet {
  switch (node.type) {
    case 'Character':
      return [node.value, node.value];
    case 'CharacterClassRange':
      return [node.min.value, node.max.value];
    case 'CharacterClass': {
      const set = uniteSets(node.elements.map(readSet));
      return node.negate ? complementSet(set) : set;
    }
    case 'CharacterSet': {
      if (node.kind === 'any') return NOT_LINE_END;
      const set = readNamedSet(node);
      return node.negate ? complementSet(set) : set;
    }
    default:
      throw refuse('set arithmetic in a class', node);
  }
}

function readNamedSet(node: AST.EscapeCharacterSet | AST.UnicodePropertyCharacterSet): CharSet {
  if (node.kind === 'digit') return DIGIT;
  if (node.kind === 'word') return WORD;
  if (node.kind === 'space') return SPACE;
  if (node.kind !== 'property' || node.strings) throw refuse('a property of strings', node);
  if (node.key === 'Any') return ANY;
  return readPropertySet(node.value === null ? node.key : `${node.key}=${node.value}`);
}

function refuse(
  what: string,
  node: AST.Node,
  hint = 'patterns must be readable without backtracking',
): PatternError {
  return new PatternError(
    'unsupported_pattern',
    `${what} (\`${node.raw}\`, at character ${node.start + 1}) is not supported: ${hint}`,
  );
}

const tooLarge = (): PatternError =>
  new PatternError(
    'pattern_too_large',
    `the pattern comes to more than ${POSITIONS_MAX} characters when its repeats are written out, or has too many alternatives`,
  );
