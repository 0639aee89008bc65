/**
 * One request from its body to its answer: read the body, wait for a slot, open a session, prepare it, run the statement,
 * send what comes. Whatever happens on the way, the slot is given back only after the engine is done with the statement,
 * and the spool file is gone.
 */
import { createReadStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { Answer, Summary } from './answer.js';
import { type InsertBody, readBody } from './body.js';
import { readFailure } from './failure.js';
import { quoteString } from './lexer.js';
import type { Slot } from './line.js';
import type { NameKeeper } from './name-keeper.js';
import { type EngineRequest, printPreparation } from './request.js';
import type { HeldSession, Outcome, SessionPool } from './session.js';
import { type OtherStatement, parseStatement, type RowsStatement } from './statement.js';
import type { SpoolFile, Storage } from './storage.js';

export interface Engine {
  pool: SessionPool;
  storage: Storage;
  names: NameKeeper;
  /** The database of a request that names none. */
  database: string;
  /** Tells the running request with this query id to end; false when there is none. */
  kill(queryId: string): boolean;
}

/** One request on its way to an answer. */
interface Task {
  engine: Engine;
  request: EngineRequest;
  answer: Answer;
  signal: AbortSignal;
}

interface Run extends Task {
  session: HeldSession;
}

interface SlotRun extends Run {
  slot: Slot;
}

const SYNTAX_ERROR = 62;

/** JSON formats end with what was read; others do not say, and then the result's own size stands in for it. */
const STATISTICS = /"rows_read": ?(\d+),\s*"bytes_read": ?(\d+)\s*\}\s*\}\s*$/;
const TAIL_BYTES = 300;

function createSummary(outcome: Outcome, tail: Uint8Array): Summary {
  const read = STATISTICS.exec(Buffer.from(tail.subarray(-TAIL_BYTES)).toString('latin1'));
  return {
    read_rows: read ? Number(read[1]) : outcome.rows,
    read_bytes: read ? Number(read[2]) : outcome.rowBytes,
    written_rows: 0,
    written_bytes: 0,
    result_rows: outcome.rows,
    result_bytes: outcome.rowBytes,
    elapsed_ns: Math.round(outcome.elapsedS * 1e9),
  };
}

const createInsertSummary = (outcome: Outcome): Summary => ({
  read_rows: outcome.rows,
  read_bytes: outcome.rowBytes,
  written_rows: outcome.rows,
  written_bytes: outcome.rowBytes,
  result_rows: outcome.rows,
  result_bytes: outcome.rowBytes,
  elapsed_ns: Math.round(outcome.elapsedS * 1e9),
});

async function runInsert({ engine, answer, session, signal }: Run, body: InsertBody): Promise<void> {
  const { statement, file, compression } = body;
  const sql = statement.readFrom(file.path, compression);
  try {
    const outcome = await engine.names.keepAfter(() => session.runUntil(signal, sql));
    await file.remove();
    answer.announce(createInsertSummary(outcome), 0);
    await answer.end();
  } catch (error) {
    const source = `from infile '${file.path}' compression '${compression}' `;
    throw readFailure(error, [source, `: (in file/uri ${file.path})`, file.path]);
  }
}

async function runOther(run: Run, statement: Pick<OtherStatement, 'text' | 'format'>): Promise<void> {
  const { engine, answer, session, signal, request } = run;
  const outcome = await engine.names.keepAfter(() =>
    session.runUntil(signal, statement.text, request.defaultFormat),
  );
  answer.setFormat(statement.format ?? request.defaultFormat);
  answer.announce(createSummary(outcome, outcome.bytes), outcome.bytes.length);
  if (outcome.bytes.length > 0) await answer.write(outcome.bytes);
  await answer.end();
}

/**
 * Sends what comes while it comes; the last bytes, for the summary. When the client cannot be sent any more, `onGone` is
 * called and the rest is read and dropped, so that the engine is not left waiting on a full pipe.
 */
async function forward(stream: AsyncIterable<Buffer>, answer: Answer, onGone: () => void): Promise<Buffer> {
  let tail: Buffer = Buffer.alloc(0);
  let gone: unknown;
  for await (const chunk of stream) {
    if (gone) continue;
    tail = chunk.length >= TAIL_BYTES ? chunk : Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES);
    await answer.write(chunk).catch((error: unknown) => {
      gone = error;
      onGone();
    });
  }
  if (gone) throw gone;
  return tail;
}

async function runRows(run: SlotRun, statement: RowsStatement): Promise<void> {
  const { engine, request, answer, session, slot, signal } = run;
  const pipe = engine.storage.openPipe(slot.index);
  const gone = new AbortController();
  answer.setFormat(statement.format ?? request.defaultFormat);
  const running = session
    .runUntil(AbortSignal.any([signal, gone.signal]), statement.writeTo(pipe.path, request.defaultFormat))
    .finally(pipe.closeWriter);
  const [sent, ran] = await Promise.allSettled([forward(pipe.stream, answer, () => gone.abort()), running]);
  if (ran.status === 'rejected') {
    const failure = readFailure(ran.reason);
    if (failure.code !== SYNTAX_ERROR || pipe.stream.bytesRead > 0) throw failure;
    // Said again about the text as it came, without what was appended to it.
    await runOther(run, statement);
  } else if (sent.status === 'rejected') throw sent.reason;
  else {
    await engine.names.keepVisible();
    await answer.end(createSummary(ran.value, sent.value));
  }
}

/** With `wait_end_of_query` the result lies in a file until the statement has ended well. */
async function runRowsWhole(run: Run, statement: RowsStatement): Promise<void> {
  const { engine, request, answer, session, signal } = run;
  const path = engine.storage.newResultPath();
  try {
    const outcome = await session
      .runUntil(signal, statement.writeTo(path, request.defaultFormat))
      .catch((error: unknown) => {
        const failure = readFailure(error, [path]);
        if (failure.code === SYNTAX_ERROR) return undefined;
        throw failure;
      });
    if (!outcome) return await runOther(run, statement);
    await engine.names.keepVisible();
    const { bytes, tail } = engine.storage.describeFile(path, TAIL_BYTES);
    answer.setFormat(statement.format ?? request.defaultFormat);
    answer.announce(createSummary(outcome, tail), bytes);
    if (bytes > 0) await forward(createReadStream(path), answer, () => {});
    await answer.end();
  } finally {
    engine.storage.removeFile(path);
  }
}

/** A query id is known only here, so ending a query by it is done here and answered as ClickHouse would. */
function runKill(run: Run, queryId: string): Promise<void> {
  const { user } = run.request.credentials;
  const text = `select 'waiting' as kill_status, ${quoteString(queryId)} as query_id, ${quoteString(user)} as user`;
  return runOther(run, { text, format: undefined });
}

function runStatement(run: SlotRun, statement: RowsStatement | OtherStatement): Promise<void> {
  if (statement.kind === 'other') return runOther(run, statement);
  return run.request.waitEndOfQuery ? runRowsWhole(run, statement) : runRows(run, statement);
}

async function withSession(task: Task, work: (run: Run) => Promise<void>): Promise<void> {
  const session = task.engine.pool.open();
  try {
    const preparation = printPreparation(task.request, task.engine.database, session.database);
    if (preparation) await session.run(preparation);
    await work({ ...task, session });
  } finally {
    session.close();
  }
}

async function withSlot(task: Task, work: (run: SlotRun) => Promise<void>): Promise<void> {
  const slot = await task.engine.pool.acquire(task.signal);
  try {
    await withSession(task, (run) => work({ ...run, slot }));
  } finally {
    slot.release();
  }
}

/** Ending a query by its id needs no slot: it must work when every slot is held by what is to be ended. */
function runText(task: Task, text: string): Promise<void> {
  const statement = parseStatement(text);
  const killed = statement.kind === 'other' ? statement.kills : undefined;
  if (killed !== undefined && task.engine.kill(killed))
    return withSession(task, (run) => runKill(run, killed));
  return withSlot(task, (run) => runStatement(run, statement));
}

/** Answers one request, with its result or its failure; throws nothing a client could cause. */
export async function executeRequest(task: Task, message: IncomingMessage): Promise<void> {
  const { engine, request, answer } = task;
  let file: SpoolFile | undefined;
  try {
    const body = await readBody(message, request, () => {
      file = engine.storage.createSpoolFile();
      return file;
    });
    if (body.kind === 'insert') await withSlot(task, (run) => runInsert(run, body));
    else await runText(task, body.text);
  } catch (error) {
    await answer.fail(readFailure(error));
  } finally {
    await file?.remove();
  }
}
