/** A command that cannot do what was asked; the message is the sentence the person reads. No stack trace is shown. */
export class CommandError extends Error {
  constructor(
    message: string,
    /** 2: the command line or a setting is wrong. 1: it was understood and failed. */
    readonly exitCode: 1 | 2 = 1,
  ) {
    super(message);
    this.name = 'CommandError';
  }
}

const FILE_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
};

/** Why a file could not be read, to stand in a sentence. */
export function describeFileFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string'
    ? (FILE_FAILURES[error.code] ?? error.code)
    : error.message;
}
