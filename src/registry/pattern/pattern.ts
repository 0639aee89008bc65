/** Users' regular expressions: read, refused when catastrophic, matched in linear time. */
import { findAmbiguity } from './ambiguity.js';
import { buildAutomaton, parsePattern } from './automaton.js';
import { createMatcher, type Matcher } from './matcher.js';
import { PatternError, type PatternProblemCode } from './pattern-error.js';

export { PATTERN_CHARS_MAX } from './automaton.js';
export type { PatternProblemCode } from './pattern-error.js';

export interface PatternProblem {
  code: PatternProblemCode;
  message: string;
}

/** Compiles a pattern as JSON Schema reads it: ECMAScript, Unicode mode, unanchored. */
export function compilePattern(source: string): { matcher: Matcher } | { problem: PatternProblem } {
  try {
    const pattern = parsePattern(source);
    const ambiguity = findAmbiguity(buildAutomaton(pattern, 'ambiguity'));
    if (ambiguity.kind === 'exponential') throw catastrophic(source, ambiguity.at);
    if (ambiguity.kind === 'unknown') {
      throw new PatternError('pattern_too_large', 'the pattern is too large to be shown harmless');
    }
    return { matcher: createMatcher(buildAutomaton(pattern, 'match')) };
  } catch (error) {
    if (error instanceof PatternError) return { problem: { code: error.code, message: error.message } };
    throw error;
  }
}

function catastrophic(source: string, at: number): PatternError {
  const near = source.slice(at, at + 20);
  return new PatternError(
    'catastrophic_pattern',
    `the repeat at character ${at + 1} (\`${near}\`) can match the same text in several ways, which takes exponential time to try out: say it with one repeat`,
  );
}
