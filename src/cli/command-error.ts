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
