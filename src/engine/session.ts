/**
 * Sessions of the engine library. A session runs one statement at a time and keeps what was set on it, so nothing may be
 * left behind for the next: every request gets a session of its own, opened for it and closed after it. Opening one takes
 * a fraction of a millisecond and 5,000 of them in a row took no memory, which makes resetting what a request changed
 * (settings, parameters, the current database, temporary tables, `readonly`, which forbids resetting) unnecessary.
 * As many as may run at once are opened ahead of time, in the database most requests name.
 *
 * What is rare is the right to run: `sessions` requests at a time, the others wait in line, at most WAITING_MAX of them
 * and WAIT_TIMEOUT_MS each.
 *
 * The library cannot interrupt a statement it was given, but the engine can: each statement carries a mark in a comment,
 * and a control session ends the one with that mark.
 */
import { setTimeout as setTimer } from 'node:timers/promises';
import { Session } from 'chdb';
import { createFailure } from './failure.js';
import { quoteName, quoteString } from './lexer.js';
import { KILL_RETRY_MS, STUCK_TIMEOUT_MS, WAIT_TIMEOUT_MS, WAITING_MAX } from './limits.js';

export interface Outcome {
  /** The answer of a statement that was not written to a file. */
  bytes: Uint8Array;
  /** Rows and bytes of the result, or of what was inserted from a file. */
  rows: number;
  rowBytes: number;
  elapsedS: number;
}

/** The exclusive right to run statements, and the number that names it. */
export interface Slot {
  readonly index: number;
  release(): void;
}

export interface HeldSession {
  /** The database the session is in. */
  readonly database: string | undefined;
  run(sql: string, format?: string): Promise<Outcome>;
  /** Like run, and told to end, again and again until it has, once `signal` is aborted. */
  runUntil(signal: AbortSignal, sql: string, format?: string): Promise<Outcome>;
  close(): void;
}

export interface SessionPool {
  readonly version: string;
  readonly timezone: string;
  /** Waits in line. Throws 202 when the line is full or the wait too long, and when `signal` is aborted. */
  acquire(signal: AbortSignal): Promise<Slot>;
  open(): HeldSession;
  /** Statements that run now and statements that wait. */
  countLoad(): { running: number; waiting: number };
  close(): void;
}

interface Waiter {
  grant(slot: Slot): void;
}

const toOutcome = (result: Awaited<ReturnType<Session['queryAsync']>>): Outcome => ({
  bytes: result.bytes(),
  rows: result.rowsRead,
  rowBytes: result.bytesRead,
  elapsedS: result.elapsed,
});

function createLine(slots: number): Pick<SessionPool, 'acquire' | 'countLoad'> {
  const free = Array.from({ length: slots }, (_, index) => slots - 1 - index);
  const waiting = new Set<Waiter>();

  function createSlot(index: number): Slot {
    let held = true;
    return {
      index,
      release() {
        if (!held) return;
        held = false;
        const [next] = waiting;
        if (!next) {
          free.push(index);
          return;
        }
        waiting.delete(next);
        next.grant(createSlot(index));
      },
    };
  }

  function waitInLine(signal: AbortSignal): Promise<Slot> {
    return new Promise((resolve, reject) => {
      const leave = (message: string): void => {
        waiting.delete(waiter);
        clearTimeout(timer);
        reject(createFailure(202, message));
      };
      const onAbort = (): void => leave('The client went away while its query waited.');
      const timer = setTimeout(
        () => leave(`Too many simultaneous queries: no session became free in ${WAIT_TIMEOUT_MS} ms.`),
        WAIT_TIMEOUT_MS,
      );
      const waiter: Waiter = {
        grant(slot) {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
          resolve(slot);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      waiting.add(waiter);
    });
  }

  return {
    async acquire(signal) {
      if (signal.aborted) throw createFailure(202, 'The client went away before its query ran.');
      const index = free.pop();
      if (index !== undefined) return createSlot(index);
      if (waiting.size >= WAITING_MAX)
        throw createFailure(
          202,
          `Too many simultaneous queries. Maximum: ${slots} running, ${WAITING_MAX} waiting.`,
        );
      return waitInLine(signal);
    },
    countLoad: () => ({ running: slots - free.length, waiting: waiting.size }),
  };
}

/** Opens the engine on a folder, makes `database` when it is missing. Throws when another process has the folder open. */
export async function createSessionPool(options: {
  folder: string;
  sessions: number;
  database: string;
  connectionArgs: readonly string[];
  /** Called when a statement does not end although it was told to, STUCK_TIMEOUT_MS ago. */
  onStuck(sql: string): void;
}): Promise<SessionPool> {
  const { folder, database } = options;
  const control = new Session(folder, { connectionArgs: options.connectionArgs });
  const facts = await control.queryAsync('select version(), timezone() format TSV');
  const [version = '', timezone = ''] = facts.text().trim().split('\t');
  await control.queryAsync(`create database if not exists ${quoteName(database)}`);
  const spares: HeldSession[] = [];
  let marks = 0;
  let closed = false;

  const kill = (mark: string): Promise<unknown> =>
    control.queryAsync(`kill query where endsWith(query, ${quoteString(mark)}) async`).catch(() => undefined);

  function openSession(current: string | undefined): HeldSession {
    const session = new Session(folder);
    const run: HeldSession['run'] = async (sql, format = 'TabSeparated') =>
      toOutcome(await session.queryAsync(sql, { format }));
    return {
      database: current,
      run,
      async runUntil(signal, sql, format) {
        const mark = `/*weir:${++marks}*/`;
        let running = true;
        const killUntilEnded = async (): Promise<void> => {
          const toldAt = Date.now();
          while (running) {
            await kill(mark);
            await setTimer(KILL_RETRY_MS);
            if (running && Date.now() - toldAt > STUCK_TIMEOUT_MS) options.onStuck(sql);
          }
        };
        if (signal.aborted) throw createFailure(394, 'Query was cancelled.');
        signal.addEventListener('abort', killUntilEnded, { once: true });
        try {
          return await run(`${sql} ${mark}`, format);
        } finally {
          running = false;
          signal.removeEventListener('abort', killUntilEnded);
        }
      },
      close: () => session.close(),
    };
  }

  /** Opens a session for a request to come. One that cannot enter the database (it was dropped) is no use to anybody. */
  async function addSpare(): Promise<void> {
    if (closed || spares.length >= options.sessions) return;
    const spare = openSession(database);
    try {
      await spare.run(`use ${quoteName(database)}`);
      if (!closed && spares.length < options.sessions) spares.push(spare);
      else spare.close();
    } catch {
      spare.close();
    }
  }

  for (let count = 0; count < options.sessions; count++) await addSpare();
  return {
    version,
    timezone,
    ...createLine(options.sessions),
    open() {
      const session = spares.pop() ?? openSession(undefined);
      setImmediate(addSpare);
      return session;
    },
    close() {
      closed = true;
      for (const spare of spares.splice(0)) spare.close();
      control.close();
    },
  };
}
