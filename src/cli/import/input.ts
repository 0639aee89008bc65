/** What an import reads, whatever it is: records in an order that is the same in every run. */
import type { Dialect } from './dialect.js';
import type { ImportRecord } from './record.js';

/** How far an import has come. */
export interface Position {
  /** Every row up to here has its outcome. */
  line: number;
  /** The key of that row, where rows have keys. */
  key: string | undefined;
  /** Files that were read to their end, in the order they were read, and how many lines each has. */
  files: [name: string, lines: number][];
}

export const START: Readonly<Position> = { line: 0, key: undefined, files: [] };

export interface InputProgress {
  /** In bytes on disk, or in rows. */
  done: number;
  total: number | undefined;
}

export interface Input {
  /** As the person named it. */
  name: string;
  /** The same for the same content: by it an import knows its memory. */
  identity: string;
  dialect: Dialect;
  /** False for standard input, which cannot be read a second time to compare. */
  isRepeatable: boolean;
  /** Records behind `after`. May be called again; notes in `after.files` which files it has finished. */
  read(after: Position): AsyncIterable<readonly ImportRecord[]>;
  /** "line 5", or "2024/05/a.gz line 5". */
  describeLine(line: number): string;
  progress(): InputProgress;
  close(): Promise<void>;
}
