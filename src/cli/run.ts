/** Runs one command of the command line. */
export async function runCommandLine(_argv: readonly string[]): Promise<void> {
  throw new Error('not there yet');
}
