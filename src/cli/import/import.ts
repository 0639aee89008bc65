/**
 * `weir import`: sources to requests to outcomes.
 *
 * Requests are made in the order of the source, a few of them in flight at a time. A request's outcome is counted once
 * everything before it has one too: what is saved (`doneLine`, `totals`) is always a whole beginning of the source, whatever
 * order the answers came in.
 */

import type { Target } from '../client.js';
import { CommandError } from '../command-error.js';
import { type Chunk, cutChunks } from './chunk.js';
import { type CsvOptions, readCsv } from './csv.js';
import { readNdjson } from './ndjson.js';
import { formatDuration, type ProgressStream, startProgress } from './progress.js';
import type { ImportRecord } from './record.js';
import { Interrupted, type Outcome, type Reject, sendRecords } from './sender.js';
import { openSource, type Source, STANDARD_INPUT } from './source.js';
import { type ImportMemory, openMemory, type Totals } from './state.js';

/** Requests on their way at once. Each holds up to 1 MB here and a little of the server's batch. */
const REQUESTS_IN_FLIGHT = 16;
/** How far requests may run ahead of the oldest one without an outcome: what one that is sent again and again holds up. */
const REQUESTS_AHEAD_MAX = 256;
/** Rejected events listed at the end, the first ones; all are kept by the server. */
const REJECTS_LISTED = 20;
/** How often progress is saved; what an interrupt makes an import ask for again. */
const SAVE_INTERVAL_MS = 1_000;

export type Format = 'ndjson' | 'csv';

export interface ImportOptions {
  target: Target;
  dataFolder: string;
  format: Format | undefined;
  csv: CsvOptions;
  gzip: boolean;
  /** Forget where an earlier import stopped, and that it finished. */
  again: boolean;
  /** An id seen longer ago than this is not recognised any more. */
  dedupWindowMs: number;
  signal: AbortSignal;
  progress: ProgressStream;
}

export interface ImportResult {
  name: string;
  totals: Totals;
  rejects: Reject[];
  elapsedMs: number;
  /** False when it was interrupted. */
  finished: boolean;
}

/** What a source holds, by its name, else by how it begins. */
export function guessFormat(source: Pick<Source, 'name' | 'head'>): Format {
  if (/\.(?:csv|tsv)(?:\.gz)?$/i.test(source.name)) return 'csv';
  const first = source.head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()[0];
  if (first === '[') {
    throw new CommandError(
      `${source.name} is one JSON array, and events are read one a line: jq -c '.[]' ${source.name} | weir import -`,
      2,
    );
  }
  if (first === '{' || /\.(?:ndjson|jsonl|json)(?:\.gz)?$/i.test(source.name)) return 'ndjson';
  return 'csv';
}

function readRecords(
  source: Source,
  options: ImportOptions,
  skipLines: number,
): AsyncIterable<ImportRecord[]> {
  const format = options.format ?? guessFormat(source);
  if (format === 'ndjson') return readNdjson(source, skipLines);
  const delimiter =
    /\.tsv(?:\.gz)?$/i.test(source.name) && options.csv.delimiter === ',' ? '\t' : options.csv.delimiter;
  return readCsv(source, { ...options.csv, delimiter }, skipLines);
}

/** Counts outcomes in the order of the source. */
function createLedger(memory: ImportMemory) {
  const waiting = new Map<number, { chunk: Omit<Chunk, 'records'>; outcome: Outcome }>();
  const rejects: Reject[] = [];
  let next = 0;
  let savedAt = Date.now();
  return {
    rejects,
    /** The oldest request without an outcome. */
    next: () => next,
    settle(index: number, { records: _, ...chunk }: Chunk, outcome: Outcome): void {
      waiting.set(index, { chunk, outcome });
      for (let ready = waiting.get(next); ready; ready = waiting.get(next)) {
        waiting.delete(next++);
        const { state } = memory;
        const all = [
          ...ready.chunk.problems.map(({ line, problem }) => ({ line, ...problem })),
          ...ready.outcome.rejects,
        ];
        state.totals.stored += ready.outcome.stored;
        state.totals.duplicates += ready.outcome.duplicates;
        state.totals.rejected += ready.chunk.problems.length + ready.outcome.rejected;
        state.doneLine = ready.chunk.lastLine;
        rejects.push(...all.slice(0, REJECTS_LISTED - rejects.length));
      }
      if (Date.now() - savedAt < SAVE_INTERVAL_MS) return;
      savedAt = Date.now();
      memory.save();
    },
  };
}

function openState(source: Source, options: ImportOptions, tell: (line: string) => void): ImportMemory {
  const identity = {
    source: source.name,
    identity: source.identity,
    target: options.target.url,
    options: [options.format, options.csv],
  };
  const memory = openMemory(options.dataFolder, identity, options.again);
  const { doneLine } = memory.state;
  if (doneLine > 0) tell(`${source.name}: going on after line ${doneLine}, where an earlier import stopped`);
  if (memory.finishedBefore === undefined) return memory;
  const ageMs = Date.now() - Date.parse(memory.finishedBefore);
  if (ageMs > options.dedupWindowMs) {
    throw new CommandError(
      `${source.name} was imported at ${memory.finishedBefore}, longer ago than repeated events are recognised (WEIR_DEDUP_WINDOW): they would be stored again. --again does it anyway.`,
    );
  }
  tell(
    `${source.name} was imported at ${memory.finishedBefore}; events that are stored already count as duplicates`,
  );
  return memory;
}

interface Run {
  source: Source;
  memory: ImportMemory;
  ledger: ReturnType<typeof createLedger>;
  options: ImportOptions;
  tell(line: string): void;
  onSent(events: number): void;
}

/** Sends all that is left of a source; the first failure, if any, after everything in flight has come to an end. */
async function sendSource({ source, memory, ledger, options, tell, onSent }: Run): Promise<unknown> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  let quietUntil = 0;
  const sender = {
    target: options.target,
    run: memory.state.run,
    gzip: options.gzip,
    signal,
    // All requests in flight meet the same trouble: it is told once a pause, not once a request.
    onPause(reason: string, ms: number) {
      if (Date.now() < quietUntil) return;
      quietUntil = Date.now() + ms;
      tell(`${reason}; trying again in ${formatDuration(ms)}`);
    },
  };
  const inFlight = new Set<Promise<void>>();
  let failure: unknown;
  let index = 0;
  const start = (chunk: Chunk, place: number): void => {
    const work = sendRecords(chunk.records, sender)
      .then((outcome) => {
        onSent(chunk.records.length);
        ledger.settle(place, chunk, outcome);
      })
      .catch((error: unknown) => {
        if (failure === undefined || failure instanceof Interrupted) failure = error;
        stop.abort();
      })
      .finally(() => inFlight.delete(work));
    inFlight.add(work);
  };
  const isCrowded = (): boolean =>
    inFlight.size >= REQUESTS_IN_FLIGHT || index - ledger.next() >= REQUESTS_AHEAD_MAX;
  for await (const chunk of cutChunks(readRecords(source, options, memory.state.doneLine))) {
    start(chunk, index++);
    while (isCrowded() && !signal.aborted) await Promise.race(inFlight);
    if (signal.aborted) break;
  }
  await Promise.all(inFlight);
  return failure;
}

/** Imports one file, or STANDARD_INPUT. Throws CommandError; an interrupt is a result with `finished: false`. */
export async function importSource(name: string, options: ImportOptions): Promise<ImportResult> {
  const startedAt = Date.now();
  const source = await openSource(name);
  let sent = 0;
  const progress = startProgress(options.progress, () => ({
    name: name === STANDARD_INPUT ? 'standard input' : name,
    events: sent,
    bytesRead: source.bytesRead(),
    bytesTotal: source.bytesTotal,
  }));
  try {
    const memory = openState(source, options, progress.tell);
    const ledger = createLedger(memory);
    const onSent = (events: number): void => {
      sent += events;
    };
    const failure = await sendSource({ source, memory, ledger, options, tell: progress.tell, onSent });
    const finished = failure === undefined && !options.signal.aborted;
    if (finished) memory.state.finishedAt = new Date().toISOString();
    memory.save();
    if (failure !== undefined && !(failure instanceof Interrupted)) throw failure;
    const { totals } = memory.state;
    return { name, totals, rejects: ledger.rejects, elapsedMs: Date.now() - startedAt, finished };
  } finally {
    progress.stop();
  }
}
