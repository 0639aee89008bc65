/** Counts outcomes in the order of the source, keeps rejected events in a file, and saves how far the import is. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../../paths.js';
import type { Chunk } from './chunk.js';
import type { Input } from './input.js';
import type { Outcome, Reject } from './sender.js';
import type { ImportMemory } from './state.js';

/** Rejected events listed at the end, the first ones; all are in the file, and kept by the server. */
const REJECTS_LISTED = 20;
/** How often progress is saved; what an interrupt makes an import ask for again. */
const SAVE_INTERVAL_MS = 1_000;

/** A line of the file of rejects. */
export interface KeptReject {
  line: number;
  place: string;
  code: string;
  message: string;
  event?: string;
}

/** The rejected events kept in a file; those behind `doneLine` are of requests that will be made again. */
export function readRejects(path: string, doneLine = Number.POSITIVE_INFINITY): KeptReject[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text) => {
      try {
        return text === '' ? [] : [JSON.parse(text) as KeptReject];
      } catch {
        // The end of a line that a kill cut off.
        return [];
      }
    })
    .filter(({ line }) => line <= doneLine);
}

const printLine = (reject: KeptReject): string => `${JSON.stringify(reject)}\n`;

export interface Ledger {
  /** The first rejected events of this run. */
  rejects: Reject[];
  /** The oldest request without an outcome. */
  next(): number;
  settle(index: number, chunk: Chunk, outcome: Outcome): void;
}

export function createLedger(memory: ImportMemory, input: Input, rejectsPath: string): Ledger {
  const waiting = new Map<number, { chunk: Omit<Chunk, 'records'>; outcome: Outcome }>();
  const rejects: Reject[] = [];
  const { state } = memory;
  let next = 0;
  let savedAt = Date.now();
  makeFolder(dirname(rejectsPath));
  const kept = state.doneLine === 0 ? [] : readRejects(rejectsPath, state.doneLine);
  writeFileSync(rejectsPath, kept.map(printLine).join(''), { mode: 0o600 });

  function keep(all: readonly Reject[]): void {
    for (const { code } of all) state.codes[code] = (state.codes[code] ?? 0) + 1;
    const lines = all.map(({ line, code, message, json }) =>
      printLine({
        line,
        place: input.describeLine(line),
        code,
        message,
        ...(json === undefined ? {} : { event: json }),
      }),
    );
    if (lines.length > 0) appendFileSync(rejectsPath, lines.join(''));
  }

  function count({ chunk, outcome }: { chunk: Omit<Chunk, 'records'>; outcome: Outcome }): void {
    const all = [...chunk.problems.map(({ line, problem }) => ({ line, ...problem })), ...outcome.rejects];
    keep(all);
    const unnamed = outcome.rejected - outcome.rejects.length;
    if (unnamed > 0) state.codes[''] = (state.codes[''] ?? 0) + unnamed;
    state.totals.stored += outcome.stored;
    state.totals.duplicates += outcome.duplicates;
    state.totals.rejected += chunk.problems.length + outcome.rejected;
    state.filtered += chunk.filtered;
    state.doneLine = chunk.lastLine;
    if (chunk.lastKey !== undefined) state.doneKey = chunk.lastKey;
    rejects.push(...all.slice(0, REJECTS_LISTED - rejects.length));
  }

  return {
    rejects,
    next: () => next,
    settle(index, { records: _, ...chunk }, outcome) {
      waiting.set(index, { chunk, outcome });
      for (let ready = waiting.get(next); ready; ready = waiting.get(next)) {
        waiting.delete(next++);
        count(ready);
      }
      if (Date.now() - savedAt < SAVE_INTERVAL_MS) return;
      savedAt = Date.now();
      memory.save();
    },
  };
}
