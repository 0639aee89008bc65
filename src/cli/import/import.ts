/**
 * `weir import`: inputs to requests to outcomes.
 *
 * Requests are made in the order of the input, a few of them in flight at a time. A request's outcome is counted once
 * everything before it has one too: what is saved is always a whole beginning of the input, whatever order the answers
 * came in.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../client.js';
import { CommandError } from '../command-error.js';
import { type Chunk, cutChunks } from './chunk.js';
import type { Input, Position } from './input.js';
import { createLedger, type Ledger } from './ledger.js';
import { formatDuration, type ProgressStream, startProgress } from './progress.js';
import { Interrupted, type Reject, sendRecords } from './sender.js';
import { type ImportMemory, openMemory, type Totals } from './state.js';

/** Requests on their way at once. Each holds up to 1 MB here and a little of the server's batch. */
const REQUESTS_IN_FLIGHT = 16;
/** How far requests may run ahead of the oldest one without an outcome: what one that is sent again and again holds up. */
const REQUESTS_AHEAD_MAX = 256;

export interface ImportOptions {
  target: Target;
  dataFolder: string;
  /** What the person said of formats and columns: imports that differ in it share no memory. */
  settings: unknown;
  gzip: boolean;
  /** Forget where an earlier import stopped, and that it finished. */
  again: boolean;
  /** Says of an event's JSON whether it is to be sent. */
  isWanted(json: string): boolean;
  /** At most so many events a second; undefined: as fast as Weir takes them. */
  rate: number | undefined;
  /** Where rejected events are kept; undefined: beside the import's memory. */
  rejectsPath: string | undefined;
  /** An id seen longer ago than this is not recognised any more. */
  dedupWindowMs: number;
  signal: AbortSignal;
  progress: ProgressStream;
}

export interface ImportResult {
  name: string;
  totals: Totals;
  /** Rows read, with those that were left out. */
  rows: number;
  filtered: number;
  /** Rejected events by code; `''` counts those the server did not name. */
  codes: Record<string, number>;
  rejects: Reject[];
  rejectsPath: string;
  elapsedMs: number;
  /** False when it was interrupted. */
  finished: boolean;
}

function openState(input: Input, options: ImportOptions, tell: (line: string) => void): ImportMemory {
  const identity = {
    source: input.name,
    identity: input.identity,
    target: options.target.url,
    options: options.settings,
  };
  const memory = openMemory(options.dataFolder, identity, options.again);
  const { doneLine } = memory.state;
  if (doneLine > 0)
    tell(`${input.name}: going on after ${input.describeLine(doneLine)}, where an earlier import stopped`);
  if (memory.finishedBefore === undefined) return memory;
  const ageMs = Date.now() - Date.parse(memory.finishedBefore);
  if (ageMs > options.dedupWindowMs) {
    throw new CommandError(
      `${input.name} was imported at ${memory.finishedBefore}, longer ago than repeated events are recognised (WEIR_DEDUP_WINDOW): they would be stored again. --again does it anyway.`,
    );
  }
  tell(
    `${input.name} was imported at ${memory.finishedBefore}; events that are stored already count as duplicates`,
  );
  return memory;
}

interface Run {
  input: Input;
  memory: ImportMemory;
  ledger: Ledger;
  options: ImportOptions;
  tell(line: string): void;
  onSent(events: number): void;
}

/** Waits until `sent` events are no more than `rate` allows since the start. */
async function keepRate(
  rate: number | undefined,
  startedAt: number,
  sent: number,
  signal: AbortSignal,
): Promise<void> {
  if (rate === undefined) return;
  const early = startedAt + (sent / rate) * 1_000 - Date.now();
  if (early > 0) await sleep(early, undefined, { signal }).catch(() => {});
}

/** Sends all that is left of an input; the first failure, if any, after everything in flight has come to an end. */
async function sendInput({ input, memory, ledger, options, tell, onSent }: Run): Promise<unknown> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  let quietUntil = 0;
  const sender = {
    target: options.target,
    run: memory.state.run,
    dialect: input.dialect,
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
  const { state } = memory;
  const after: Position = { line: state.doneLine, key: state.doneKey, files: state.files };
  const startedAt = Date.now();
  let started = 0;
  for await (const chunk of cutChunks(input.read(after), options.isWanted)) {
    start(chunk, index++);
    started += chunk.records.length;
    while (isCrowded() && !signal.aborted) await Promise.race(inFlight);
    await keepRate(options.rate, startedAt, started, signal);
    if (signal.aborted) break;
  }
  await Promise.all(inFlight);
  return failure;
}

/** Imports one input. Throws CommandError; an interrupt is a result with `finished: false`. */
export async function importInput(input: Input, options: ImportOptions): Promise<ImportResult> {
  const startedAt = Date.now();
  let sent = 0;
  const progress = startProgress(options.progress, () => ({
    name: input.name,
    events: sent,
    ...input.progress(),
  }));
  try {
    const memory = openState(input, options, progress.tell);
    const rejectsPath = options.rejectsPath ?? memory.rejectsPath;
    const ledger = createLedger(memory, input, rejectsPath);
    const onSent = (events: number): void => {
      sent += events;
    };
    const failure = await sendInput({ input, memory, ledger, options, tell: progress.tell, onSent });
    const finished = failure === undefined && !options.signal.aborted;
    if (finished) memory.state.finishedAt = new Date().toISOString();
    memory.save();
    if (failure !== undefined && !(failure instanceof Interrupted)) throw failure;
    const { totals, codes, filtered } = memory.state;
    const rows = totals.stored + totals.duplicates + totals.rejected + filtered;
    const elapsedMs = Date.now() - startedAt;
    return {
      name: input.name,
      totals,
      codes,
      filtered,
      rows,
      rejects: ledger.rejects,
      rejectsPath,
      elapsedMs,
      finished,
    };
  } finally {
    progress.stop();
  }
}
