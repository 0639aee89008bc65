/**
 * What goes wrong with a statement, in ClickHouse's words: a number, a name, a sentence, and the HTTP status a ClickHouse
 * server gives that number.
 */

const NAMES: Readonly<Record<number, string>> = {
  36: 'BAD_ARGUMENTS',
  48: 'NOT_IMPLEMENTED',
  62: 'SYNTAX_ERROR',
  78: 'UNKNOWN_TYPE_OF_QUERY',
  89: 'UNKNOWN_COMPRESSION_METHOD',
  115: 'UNKNOWN_SETTING',
  202: 'TOO_MANY_SIMULTANEOUS_QUERIES',
  209: 'SOCKET_TIMEOUT',
  210: 'NETWORK_ERROR',
  216: 'QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING',
  229: 'QUERY_IS_TOO_LARGE',
  236: 'ABORTED',
  243: 'NOT_ENOUGH_SPACE',
  271: 'CANNOT_DECOMPRESS',
  358: 'INTO_OUTFILE_NOT_ALLOWED',
  394: 'QUERY_WAS_CANCELLED',
  511: 'UNKNOWN_ROLE',
  516: 'AUTHENTICATION_FAILED',
  1002: 'UNKNOWN_EXCEPTION',
};

const STATUS_OF_CODE: ReadonlyMap<number, number> = new Map([
  [194, 401],
  ...[192, 193, 497, 512, 516].map((code) => [code, 403] as const),
  ...[6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123].map((code) => [code, 400] as const),
  ...[167, 168, 223, 321, 376, 427, 441, 675, 676].map((code) => [code, 400] as const),
  ...[46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511].map((code) => [code, 404] as const),
  [229, 413],
  [48, 501],
  ...[76, 202, 209, 439].map((code) => [code, 503] as const),
  [159, 408],
  [779, 415],
]);

/** A refused or failed statement. `message` is the whole text a ClickHouse server would answer, without its version. */
export class Failure extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
    this.name = 'Failure';
  }

  get status(): number {
    return STATUS_OF_CODE.get(this.code) ?? 500;
  }
}

/** A failure found by this server rather than by the engine behind it. `sentence` is ClickHouse's where it has one. */
export const createFailure = (code: number, sentence: string): Failure =>
  new Failure(code, `Code: ${code}. DB::Exception: ${sentence} (${NAMES[code] ?? 'UNKNOWN_EXCEPTION'})`);

const LEADING_CODE = /^Code: (\d+)\. DB::Exception: /;
/** The mark a running statement carries (session.ts). */
const MARK = / \/\*weir:\d+\*\//g;
const REPEATED_NAME = /( \([A-Z][A-Z0-9_]+\))(?:\.?\s*\1)+$/;
const VERSION = / \(version [^()]*(?:\([^()]*\))?\)/g;

/**
 * The failure behind an error of the engine library. Errors that passed through several parts of the engine carry
 * their prefix and name several times; one of each is kept. `internal` are texts of our own making that the client never wrote.
 */
export function readFailure(error: unknown, internal: readonly string[] = []): Failure {
  if (error instanceof Failure) return error;
  let text = error instanceof Error ? error.message : String(error);
  for (const own of internal) text = text.replaceAll(own, '');
  text = text
    .replace(MARK, '')
    .replace(VERSION, '')
    .replace(': data for INSERT was parsed from file', '')
    .trimEnd();
  const prefix = LEADING_CODE.exec(text);
  if (!prefix) return createFailure(1002, text);
  let start = 0;
  while (text.startsWith(prefix[0], start + prefix[0].length)) start += prefix[0].length;
  return new Failure(Number(prefix[1]), text.slice(start).replace(REPEATED_NAME, '$1'));
}
