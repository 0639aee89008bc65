/** Processor time, which says what something costs also on a machine that does other things. */
import { readFileSync } from 'node:fs';

/** Milliseconds of processor time a process has used, by /proc: fields 14 and 15 after the command, in hundredths of a second. */
export function readProcessorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
