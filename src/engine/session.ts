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
import { KILL_RETRY_MS, STUCK_TIMEOUT_MS } from './limits.js';
import { createLine, type Line } from './line.js';

export interface Outcome {
  /** The answer of a statement that was not written to a file. */
  bytes: Uint8Array;
  /** Rows and bytes of the result, or of what was inserted from a file. */
  rows: number;
  rowBytes: number;
  elapsedS: number;
}

export interface HeldSession {
  /** The database the session is in. */
  readonly database: string | undefined;
  run(sql: string, format?: string): Promise<Outcome>;
  /** Like run, and told to end, again and again until it has, once `signal` is aborted. */
  runUntil(signal: AbortSignal, sql: string, format?: string): Promise<Outcome>;
  close(): void;
}

export interface SessionPool extends Line {
  readonly version: string;
  readonly timezone: string;
  open(): HeldSession;
  close(): void;
}

const toOutcome = (result: Awaited<ReturnType<Session['queryAsync']>>): Outcome => ({
  bytes: result.bytes(),
  rows: result.rowsRead,
  rowBytes: result.bytesRead,
  elapsedS: result.elapsed,
});

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
