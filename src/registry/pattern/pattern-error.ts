export type PatternProblemCode =
  | 'invalid_pattern'
  | 'unsupported_pattern'
  | 'pattern_too_large'
  | 'catastrophic_pattern';

/** Why a pattern is refused. */
export class PatternError extends Error {
  constructor(
    readonly code: PatternProblemCode,
    message: string,
  ) {
    super(message);
    this.name = 'PatternError';
  }
}
